// The two signatures a webhook can bear: Standard Webhooks, and ThisData's X-Signature.
'use strict';

const { createHmac, timingSafeEqual } = require('node:crypto');

/** A message's id, its time in seconds since 1970, its signatures. */
const HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];

/** `v1,<base64>`: HMAC-SHA256 over `{id}.{timestamp}.{raw body}`. */
function sign(secret, id, timestamp, body) {
  const mac = createHmac('sha256', keyBytes(secret)).update(`${id}.${timestamp}.`).update(body);
  return `v1,${mac.digest('base64')}`;
}

/** The first of `secrets` that made one of the space-separated signatures in `header`; undefined when none did. */
function signer(secrets, header, id, timestamp, body) {
  const signatures = header.split(' ');
  return secrets.find((secret) => {
    const expected = sign(secret, id, timestamp, body);
    return signatures.some((signature) => sameText(expected, signature));
  });
}

/**
 * ThisData's signature: lower-case hex HMAC-SHA512 of the raw body, keyed with the secret exactly as shown.
 * It signs neither id nor time, so whoever has seen one can send it again for ever.
 */
function validateWebhook(secret, signature, body) {
  if (!isSecret(secret)) throw new TypeError('validateWebhook needs the shared secret: a non-empty string');
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    throw new TypeError('validateWebhook needs the raw body, a Buffer or string: a parsed body cannot be verified');
  }
  if (typeof signature !== 'string') return false;
  return sameText(createHmac('sha512', secret).update(body).digest('hex'), signature.toLowerCase());
}

/** Generated secrets are base64 behind `whsec_`; one an administrator typed is its own UTF-8 bytes. */
function keyBytes(secret) {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret, 'utf8');
}

/** An HMAC with an empty key is one anybody can make: no such secret may pass. */
function isSecret(secret) {
  return typeof secret === 'string' && keyBytes(secret).length > 0;
}

/** In constant time for texts of one length; what is compared here always has a length known to everybody. */
function sameText(expected, given) {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

module.exports = { HEADERS, isSecret, sign, signer, validateWebhook };

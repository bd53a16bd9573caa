// Signs as Porchlight does, written apart from the client so that one cannot hide the other's mistake.
'use strict';

const crypto = require('node:crypto');

const now = () => Math.floor(Date.now() / 1000);

function standardSignature(secret, id, timestamp, body) {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.split('whsec_')[1], 'base64') : Buffer.from(secret);
  return `v1,${crypto.createHmac('sha256', key).update(Buffer.from(`${id}.${timestamp}.${body}`)).digest('base64')}`;
}

function legacySignature(secret, body) {
  return crypto.createHmac('sha512', secret).update(Buffer.from(body)).digest('hex');
}

/** The headers of one signed webhook. */
function signedHeaders(secret, body, { id = `msg_${crypto.randomUUID()}`, timestamp = now() } = {}) {
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': standardSignature(secret, id, timestamp, body),
  };
}

module.exports = { legacySignature, now, signedHeaders, standardSignature };

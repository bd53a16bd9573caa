// Standard Webhooks signatures, written from the specification: nothing of what is tested is used.
import { createHmac } from 'node:crypto';

/** The `v1` signature of a body's bytes. */
export function sign(secret, id, timestamp, raw) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(raw).digest('base64')}`;
}

/** True when one of a webhook's signatures was made with `secret`. */
export function isSigned(secret, { headers, raw }) {
  const expected = sign(secret, headers['webhook-id'], headers['webhook-timestamp'], raw);
  return headers['webhook-signature'].split(' ').includes(expected);
}

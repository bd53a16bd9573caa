// An order to end sessions, a receiver for it, and the proof of its receipt.
'use strict';

const assert = require('node:assert/strict');
const Porchlight = require('porchlight');
const { listen, post } = require('./loopback');
const { signedHeaders, standardSignature } = require('./signing');

const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
/** The body of an order. */
const order = (more = {}) => JSON.stringify({
  type: 'session.revocation.requested', timestamp: '2026-01-01T00:00:00.5Z',
  data: {
    revocation_id: 'rev_1', user: { id: 'u_42' }, sessions: [{ id: 's_1' }, { id: 's_2' }], scope: 'listed',
    reason: { code: 'user.reported', text: 'It was not me' }, initiated_by: 'user', requested_at: '2025-12-31T23:59:58.25Z',
    confirm_by: '2026-01-01T00:10:00Z', ...more,
  },
});

async function receiver(t, handler, options = {}) {
  return listen(t, Porchlight('k', { webhookSecret: SECRET }).webhook({ secret: SECRET, ...options }, handler));
}

/** Checks the receipt's own signature, then hands it over. */
function receiptOf(answer, id) {
  const { headers, text } = answer;
  assert.equal(headers['webhook-id'], `rcpt_${id}`);
  assert.equal(headers['webhook-signature'], standardSignature(SECRET, `rcpt_${id}`, headers['webhook-timestamp'], text));
  assert.ok(Math.abs(Date.now() / 1000 - headers['webhook-timestamp']) < 5);
  return answer.json.receipt;
}

/** Delivers a body to a handler. */
async function give(t, body, handler) {
  const headers = signedHeaders(SECRET, body);
  const answer = await post(await receiver(t, handler), body, headers);
  return { answer, receipt: () => receiptOf(answer, headers['webhook-id']) };
}

module.exports = { SECRET, give, order, receiptOf, receiver };

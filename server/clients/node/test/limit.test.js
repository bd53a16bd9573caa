// A webhook's handler that takes longer than its time limit.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { webhook } = require('porchlight');
const { listen, post } = require('./support/loopback');
const { signedHeaders } = require('./support/signing');

const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const ORDER = JSON.stringify({
  type: 'session.revocation.requested', timestamp: '2026-01-01T00:00:00Z',
  data: { revocation_id: 'rev_1', user: { id: 'u_42' }, sessions: [{ id: 's_1' }, { id: 's_2' }], scope: 'listed' },
});

function receiver(t, handler, options) {
  return listen(t, webhook({ secret: SECRET, ...options }, handler));
}

test('a handler that hangs is answered 503 after its time limit and asked again', async (t) => {
  const told = [];
  let calls = 0;
  const handler = () => { calls += 1; return calls === 1 ? new Promise(() => {}) : true; };
  const url = await receiver(t, handler, { timeLimit: 100, onError: (error) => told.push(error.message) });
  const headers = signedHeaders(SECRET, ORDER);
  const [first, meanwhile] = await Promise.all([post(url, ORDER, headers), post(url, ORDER, headers)]);
  assert.deepEqual([first.status, meanwhile.status, calls], [503, 503, 1]);
  assert.match(first.json.error, /more than 100 ms; please send it again/);
  assert.deepEqual(told, [first.json.error, first.json.error]);
  assert.equal(first.headers['webhook-signature'], undefined, 'no receipt');
  const again = await post(url, ORDER, headers);
  assert.deepEqual([again.status, again.json.receipt.sessions.length, calls], [200, 2, 2]);
});

test('what ended after its time limit answers the redelivery without another call', async (t) => {
  let calls = 0;
  let end;
  const handler = () => { calls += 1; return new Promise((resolve) => { end = resolve; }); };
  const url = await receiver(t, handler, { timeLimit: 50, onError: () => {} });
  const headers = signedHeaders(SECRET, ORDER);
  assert.equal((await post(url, ORDER, headers)).status, 503);
  end(true);
  const again = await post(url, ORDER, headers);
  assert.deepEqual([again.status, again.json.receipt.sessions[0].outcome, calls], [200, 'revoked', 1]);
  assert.throws(() => webhook({ secret: SECRET, timeLimit: 'x' }, () => {}), /timeLimit/);
});

test('by default the 503 is given while Porchlight still listens, and the next attempt is a new call', async (t) => {
  const calls = [];
  let called;
  const first = new Promise((resolve) => { called = resolve; });
  const url = await receiver(t, () => { calls.push(1); called(); return calls.length === 1 ? new Promise(() => {}) : true; }, { onError: () => {} });
  const headers = signedHeaders(SECRET, ORDER);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const answering = post(url, ORDER, headers);
  await first;
  t.mock.timers.tick(10_000);
  const late = await answering;
  assert.deepEqual([late.status, late.json.error], [503, 'the handler took more than 10000 ms; please send it again']);
  const again = await post(url, ORDER, headers);
  assert.deepEqual([again.status, again.json.receipt.sessions.length, calls.length], [200, 2, 2]);
});

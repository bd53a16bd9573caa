// Receipts for very many sessions: Porchlight reads 256 KiB of an answer and of a post.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { webhook } = require('porchlight');
const { feed, row, run } = require('./support/feed');
const { fakeServer, listen, post } = require('./support/loopback');
const { signedHeaders, standardSignature } = require('./support/signing');

const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const READ = 256 * 1024;
/** As many as an order names, each of so many bytes; the server takes ids of up to 1,000. */
const ids = (bytes) => Array.from({ length: 1000 }, (_, n) => `${n}-`.padEnd(bytes, 'x'));

/** An order for these sessions, a place for its receipts, and a receiver that `handler` works for. */
async function scene(t, sessions, handler, { answer = () => [200, {}], scope = 'listed' } = {}) {
  const inbox = await fakeServer(t, answer);
  const told = [];
  const url = await listen(t, webhook({ secret: SECRET, onError: (error) => told.push(error) }, handler));
  const listed = sessions.map((id) => ({ id }));
  const data = { revocation_id: 'rev_1', user: { id: 'u' }, sessions: listed, scope, receipt_url: `${inbox.url}/receipts/abc` };
  const body = JSON.stringify({ type: 'session.revocation.requested', timestamp: '2026-01-01T00:00:00Z', data });
  const headers = signedHeaders(SECRET, body);
  const deliver = () => post(url, body, headers);
  return { inbox, told, deliver, id: headers['webhook-id'] };
}

/** Each receipt, answered or posted: small enough, and signed. */
function receiptsOf({ inbox, id }, answers) {
  const posted = inbox.requests.map(({ headers, body }) => ({ headers, text: JSON.stringify(body) }));
  return [...posted, ...answers].map(({ headers, text }) => {
    assert.ok(Buffer.byteLength(text) < READ, `${Buffer.byteLength(text)} bytes`);
    assert.equal(headers['webhook-signature'], standardSignature(SECRET, `rcpt_${id}`, headers['webhook-timestamp'], text));
    return JSON.parse(text).receipt;
  });
}

const told = (receipts) => receipts.flatMap(({ sessions }) => sessions.map(({ id, outcome }) => `${id} ${outcome}`)).sort();

test('a thousand sessions with ids of 66 bytes are one answer', async (t) => {
  const sessions = ids(66);
  const order = await scene(t, sessions, () => true);
  const receipts = receiptsOf(order, [await order.deliver()]);
  assert.deepEqual([receipts.length, told(receipts)], [1, sessions.map((id) => `${id} revoked`).sort()]);
});

test('a thousand sessions with the longest ids are told in parts, each once, one of them in the answer', async (t) => {
  const sessions = ids(1000);
  let calls = 0;
  const order = await scene(t, sessions, () => { calls += 1; return true; });
  const answer = await order.deliver();
  const receipts = receiptsOf(order, [answer]);
  assert.deepEqual([answer.status, told(receipts)], [200, sessions.map((id) => `${id} revoked`).sort()]);
  assert.ok(receipts.length > 1 && receipts.every((part) => part.revocation_id === 'rev_1' && part.sessions.length <= 200));
  const again = await order.deliver();
  assert.deepEqual([again.json.receipt, order.inbox.requests.length, calls], [answer.json.receipt, receipts.length - 1, 1], 'nothing is told twice');
});

test('so is a promise for them, and its confirmation', async (t) => {
  const sessions = ids(1000);
  let later;
  const order = await scene(t, sessions, (event) => { later = event; return { defer: 60_000 }; });
  const answer = await order.deliver();
  assert.deepEqual([answer.status, told(receiptsOf(order, [answer]))], [202, sessions.map((id) => `${id} deferred`).sort()]);
  order.inbox.requests.length = 0;
  await later.confirm(true);
  assert.deepEqual(told(receiptsOf(order, [])), sessions.map((id) => `${id} revoked`).sort());
});

test('a part that does not arrive fails the webhook; one that is refused is told and keeps no other back', async (t) => {
  let status = 503;
  const order = await scene(t, ids(1000), () => true, { answer: (_, number) => [number === 1 ? status : 200, {}] });
  assert.equal((await order.deliver()).status, 500);
  assert.equal(order.inbox.requests.length, 1);
  order.inbox.requests.length = 0;
  status = 409;
  const answer = await order.deliver();
  assert.deepEqual([answer.status, order.told.map((error) => error.status)], [200, [503, 409]]);
  assert.equal(told(receiptsOf(order, [answer])).length, 1000);
});

test('of an order about the user as a whole each part says what became of the user, and as many sessions as an order may name', async (t) => {
  const ended = ids(66).slice(0, 600).map((id) => ({ id, outcome: 'revoked' }));
  const strange = Array.from({ length: 3000 }, (_, n) => ({ id: `n${n}`, outcome: 'not_found' }));
  const order = await scene(t, [], () => [...strange, ...ended, ...ended.map(({ id }) => ({ id: `z${id}`, outcome: 'already_ended' }))], { scope: 'all' });
  const receipts = receiptsOf(order, [await order.deliver()]);
  assert.deepEqual(receipts.map(({ outcome }) => outcome), receipts.map(() => 'revoked'));
  assert.equal(new Set(told(receipts)).size, 1000);
  const none = await scene(t, [], () => strange, { scope: 'all' });
  const [{ completed_at: at, ...rest }] = receiptsOf(none, [await none.deliver()]);
  assert.deepEqual([rest, Number.isNaN(Date.parse(at))], [{ revocation_id: 'rev_1', outcome: 'not_found' }, false]);
});

test('what Porchlight does not count is left out where it is too much: unlisted sessions, the end of a long detail', async (t) => {
  const many = Array.from({ length: 3000 }, (_, n) => ({ id: `n${n}`, outcome: 'revoked' }));
  const listed = await scene(t, ['s_1'], () => [...many, { id: 's_1', outcome: 'revoked' }], { scope: 'all' });
  assert.deepEqual((await listed.deliver()).json.receipt.sessions, [{ id: 's_1', outcome: 'revoked' }]);
  const long = await scene(t, ['s_1'], () => [{ id: 's_1', outcome: 'failed', detail: `x${'🔒'.repeat(100_000)}` }]);
  const [{ detail }] = (await long.deliver()).json.receipt.sessions;
  assert.equal(detail, `x${'🔒'.repeat(499)}`);
});

test('an application that polls posts it in parts as well', async (t) => {
  const sessions = ids(1000);
  const server = await feed(t, [[200, { rows: [row('rev_1', sessions)], next: '1' }]]);
  const count = () => server.receipts.reduce((sum, receipt) => sum + receipt.sessions.length, 0);
  await run(server.url, () => true, () => count() === 1000);
  assert.deepEqual(told(server.receipts), sessions.map((id) => `${id} revoked`).sort());
  for (const receipt of server.receipts) assert.ok(Buffer.byteLength(JSON.stringify({ receipt })) < READ);
});

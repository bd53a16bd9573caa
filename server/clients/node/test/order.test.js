// Orders to end sessions: both formats, every kind of outcome, signed receipts, redeliveries.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const Porchlight = require('porchlight');
const { listen, post } = require('./support/loopback');
const { SECRET, give, order, receiptOf, receiver } = require('./support/order');
const { signedHeaders } = require('./support/signing');

const FLAT = JSON.stringify({
  version: 1, was_user: false, alert: { id: 11223344, description: 'Eve Smith logged in from a new location' }, ip: '1.2.3.4',
  verb: 'log-in', user: { id: '112233', name: 'Eve Smith' }, revocation_id: 'rev_2', sessions: [{ id: 's_9' }], confirm_by: '2026-01-01T00:10:00Z',
});

test('the handler sees an order whole, and its outcomes become a signed receipt', async (t) => {
  let seen;
  const outcomes = [{ id: 's_1', outcome: 'revoked' }, { id: 's_2', outcome: 'not_found', detail: 'never had it' }];
  const { answer, receipt } = await give(t, order(), (event) => { seen = event; return outcomes; });
  assert.equal(answer.status, 200);
  const { completed_at: completedAt, ...rest } = receipt();
  assert.deepEqual(rest, { revocation_id: 'rev_1', sessions: outcomes });
  assert.ok(Math.abs(new Date(completedAt) - Date.now()) < 5000);
  const { confirm, raw, id, ...event } = seen;
  assert.deepEqual(raw, JSON.parse(order()));
  assert.deepEqual(event, {
    type: 'session.revocation.requested', timestamp: new Date('2026-01-01T00:00:00.5Z'), wasUser: null, alert: null,
    user: { id: 'u_42' }, revocationId: 'rev_1', isOrder: true, sessions: [{ id: 's_1' }, { id: 's_2' }], scope: 'listed',
    reason: { code: 'user.reported', text: 'It was not me' }, initiatedBy: 'user', requestedAt: new Date('2025-12-31T23:59:58.25Z'),
    confirmBy: new Date('2026-01-01T00:10:00Z'), receiptUrl: null,
  });
});

test('an order tells when it was given, typed or flat; an older server does not say it', async (t) => {
  const at = '2026-01-01T00:00:00.123456Z';
  const flat = JSON.stringify({ ...JSON.parse(FLAT), requested_at: at });
  const seen = [];
  for (const body of [order({ requested_at: at }), flat, order({ requested_at: undefined }), FLAT, order({ requested_at: 'soon' })]) {
    await give(t, body, ({ requestedAt }) => { seen.push(requestedAt); return true; });
  }
  assert.deepEqual(seen, [new Date('2026-01-01T00:00:00.123Z'), new Date('2026-01-01T00:00:00.123Z'), undefined, undefined, undefined]);
});

test('true means that every listed session is revoked', async (t) => {
  const { receipt } = await give(t, order(), async () => true);
  assert.deepEqual(receipt().sessions, [{ id: 's_1', outcome: 'revoked' }, { id: 's_2', outcome: 'revoked' }]);
});

test('an order that lists no session is about the user as a whole, and has one outcome', async (t) => {
  const whole = order({ scope: 'all', sessions: [] });
  let seen;
  const { receipt } = await give(t, whole, ({ user, sessions, scope }) => { seen = { user, sessions, scope }; return { outcome: 'revoked', detail: '3' }; });
  const { completed_at: at, ...rest } = receipt();
  assert.deepEqual([seen, rest], [{ user: { id: 'u_42' }, sessions: [], scope: 'all' }, { revocation_id: 'rev_1', outcome: 'revoked', detail: '3' }]);
  assert.ok(at);
  const listed = await give(t, whole, () => [{ id: 1, outcome: 'not_found' }, { id: 2, outcome: 'revoked' }]);
  assert.deepEqual([listed.receipt().outcome, listed.receipt().sessions.length], ['revoked', 2]);
  const failed = await give(t, whole, () => [{ id: 1, outcome: 'failed' }, { id: 2, outcome: 'revoked' }]);
  assert.equal(failed.receipt().outcome, 'failed');
  const later = await give(t, whole, () => ({ defer: 60_000 }));
  assert.deepEqual([later.answer.status, later.receipt().outcome, Date.parse(later.receipt().until) > Date.now()], [202, 'deferred', true]);
  for (const nothing of [true, [], undefined]) {
    assert.deepEqual((await give(t, whole, () => nothing)).answer.json, { ok: true }, 'whoever only loops over them has ended none');
  }
  const wrong = await give(t, whole, () => ({ outcome: 'gone' }));
  assert.equal(wrong.answer.status, 500);
});

test('sessions that Porchlight did not list may be confirmed too', async (t) => {
  const { receipt } = await give(t, order({ scope: 'all', sessions: undefined }), () => [{ id: 77, outcome: 'revoked' }]);
  assert.deepEqual(receipt().sessions, [{ id: '77', outcome: 'revoked' }]);
});

test('a ThisData body with a revocation is answer and order in one', async (t) => {
  const calls = [];
  const { receipt } = await give(t, FLAT, {
    endSessions: ({ user, sessions, scope }) => { calls.push(['end', user.id, sessions, scope]); return true; },
    answer: ({ type, wasUser, alert }) => { calls.push([type, wasUser, alert.id]); },
    alert: () => { calls.push(['alert']); },
  });
  assert.deepEqual(calls, [['end', '112233', [{ id: 's_9' }], 'listed'], ['question.answered', false, 11223344]]);
  assert.deepEqual(receipt().sessions, [{ id: 's_9', outcome: 'revoked' }]);
});

test('each kind of message finds its function, and one without is acknowledged', async (t) => {
  const calls = [];
  const url = await receiver(t, { alert: ({ wasUser }) => { calls.push(wasUser); } });
  const bodies = ['{"version":1,"was_user":null,"alert":{"id":1}}', '{"type":"alert.opened","data":{}}', '{"type":"question.answered"}', order()];
  for (const body of bodies) {
    const answer = await post(url, body, signedHeaders(SECRET, body));
    assert.deepEqual([answer.status, answer.json], [200, { ok: true }], body);
  }
  assert.deepEqual(calls, [null, null]);
});

test('a typed answer that only tells of an order is not one', async (t) => {
  const seen = [];
  const data = { was_user: false, answer: 'no', revocation_id: 'rev_1', alert: { id: 5 }, user: { id: 'u' } };
  const body = JSON.stringify({ type: 'question.answered', timestamp: '2026-01-01T00:00:00Z', data });
  const url = await receiver(t, { endSessions: () => { seen.push('ended'); return true; }, answer: (event) => { seen.push(event); } });
  const answer = await post(url, body, signedHeaders(SECRET, body));
  assert.deepEqual([answer.status, answer.json], [200, { ok: true }]);
  assert.equal(seen.length, 1);
  const { isOrder, revocationId, wasUser, sessions, scope, requestedAt } = seen[0];
  assert.deepEqual([isOrder, revocationId, wasUser, sessions, scope, requestedAt], [false, 'rev_1', false, [], null, undefined]);
});

test('a typed alert\'s title is its description', async (t) => {
  const seen = [];
  const body = JSON.stringify({ type: 'alert.opened', data: { alert: { id: 5, title: 'Unusual log-in', level: 'red' } } });
  await post(await receiver(t, { alert: ({ alert }) => seen.push(alert) }), body, signedHeaders(SECRET, body));
  assert.deepEqual(seen, [{ id: 5, title: 'Unusual log-in', level: 'red', description: 'Unusual log-in' }]);
});

test('nothing returned claims nothing: acknowledged, without a receipt', async (t) => {
  for (const nothing of [undefined, null, []]) {
    const { answer } = await give(t, order(), () => nothing);
    assert.deepEqual([answer.status, answer.json, answer.headers['webhook-id']], [200, { ok: true }, undefined]);
  }
});

test('a handler that fails, or returns nonsense, asks to be called again and tells no secrets', async (t) => {
  const nonsense = [
    () => { throw new Error('database at 10.0.0.7 is down'); }, async () => { throw new Error('down'); }, () => false, () => 'done',
    () => [{ id: 's_1', outcome: 'gone' }], () => [{ outcome: 'revoked' }], () => [null], () => ({ defer: 'soon' }),
  ];
  for (const handler of nonsense) {
    const told = [];
    const url = await receiver(t, handler, { onError: (error) => told.push(error) });
    const answer = await post(url, order(), signedHeaders(SECRET, order()));
    assert.deepEqual([answer.status, answer.json], [500, { error: 'the webhook could not be handled; please send it again' }], handler.toString());
    assert.equal(told.length, 1);
  }
});

test('a redelivery gets the first one\'s receipt, freshly signed, and the handler is not asked again', async (t) => {
  let calls = 0;
  const url = await receiver(t, async () => { calls += 1; await new Promise((done) => { setTimeout(done, 30); }); return true; });
  const headers = signedHeaders(SECRET, order());
  const answers = await Promise.all([1, 2, 3].map(() => post(url, order(), headers)));
  answers.push(await post(url, order(), headers));
  const receipts = answers.map((answer) => receiptOf(answer, headers['webhook-id']));
  assert.equal(calls, 1);
  for (const receipt of receipts) assert.deepEqual(receipt, receipts[0]);
  await post(url, order(), signedHeaders(SECRET, order()));
  assert.equal(calls, 2, 'another message is another order');
});

test('what did not end well is tried again at the next delivery', async (t) => {
  const results = [new Error('down'), { defer: 1000 }, undefined, [{ id: 's_1', outcome: 'failed' }], true];
  let calls = 0;
  const handler = () => {
    const result = results[calls];
    calls += 1;
    if (result instanceof Error) throw result;
    return result;
  };
  const url = await receiver(t, handler, { onError: () => {} });
  const headers = signedHeaders(SECRET, order());
  const statuses = [];
  for (let delivery = 0; delivery < 7; delivery += 1) statuses.push((await post(url, order(), headers)).status);
  assert.deepEqual(statuses, [500, 202, 200, 200, 200, 200, 200]);
  assert.equal(calls, 5);
});

test('what does not say how every listed session ended is asked again at the next delivery', async (t) => {
  const [one, two] = ['s_1', 's_2'].map((id) => ({ id, outcome: 'revoked' }));
  const results = [[], null, [{ id: 's_3', outcome: 'revoked' }], [one], [two], [two, one], true];
  let calls = 0;
  const url = await receiver(t, () => { calls += 1; return results[calls - 1]; });
  const headers = signedHeaders(SECRET, order());
  for (let delivery = 0; delivery < 8; delivery += 1) assert.equal((await post(url, order(), headers)).status, 200);
  assert.equal(calls, 6, 'both sessions have their end: it is not asked any more');
});

test('the receipt is signed with the secret the order was signed with', async (t) => {
  const url = await listen(t, Porchlight('k', { webhookSecret: ['new', SECRET] }).webhook(() => true));
  const headers = signedHeaders(SECRET, order());
  assert.equal(receiptOf(await post(url, order(), headers), headers['webhook-id']).revocation_id, 'rev_1');
});

test('a forged second message with a known id does not get at the remembered receipt', async (t) => {
  const url = await receiver(t, () => true);
  const headers = signedHeaders(SECRET, order());
  await post(url, order(), headers);
  const forged = await post(url, order({ revocation_id: 'rev_x' }), headers);
  assert.deepEqual([forged.status, forged.json.receipt], [401, undefined]);
});

test('memory of answers is bounded', async (t) => {
  let calls = 0;
  const url = await receiver(t, () => { calls += 1; });
  const first = signedHeaders(SECRET, '{}');
  await post(url, '{}', first);
  for (let n = 0; n < 1000; n += 1) await post(url, '{}', signedHeaders(SECRET, '{}'));
  await post(url, '{}', first);
  assert.equal(calls, 1002, 'the oldest was forgotten');
});

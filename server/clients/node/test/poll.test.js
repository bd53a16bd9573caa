// Polling for orders: each ended once and confirmed, failures outlived, a clean stop.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const Porchlight = require('porchlight');
const { feed, row, run } = require('./support/feed');
const { deadUrl } = require('./support/loopback');

test('an order is seen as a webhook shows it, ended, and its receipt posted', async (t) => {
  const server = await feed(t, [[200, { rows: [row('rev_1')], next: '3' }]]);
  let seen;
  const told = await run(server.url, (order) => { seen = order; return true; }, () => server.polls.length === 2);
  const { confirm, raw, ...order } = seen;
  assert.deepEqual(order, {
    id: null, type: 'session.revocation.requested', timestamp: new Date('2026-01-01T00:00:00Z'), wasUser: null, alert: null,
    user: { key: 'usr_1', id: 'u_42', name: 'Eve' }, revocationId: 'rev_1', isOrder: true, sessions: [{ id: 's_1' }, { id: 's_2' }],
    scope: 'listed', reason: { code: 'user.reported', text: 'It was not me' }, initiatedBy: 'user',
    requestedAt: new Date('2026-01-01T00:00:00Z'), confirmBy: new Date('2026-01-01T00:10:00Z'), receiptUrl: null,
  });
  const [{ path, revocation_id: id, sessions }] = server.receipts;
  assert.deepEqual([path, id], ['/api/v1/revocations/rev_1/receipt', 'rev_1']);
  assert.deepEqual(sessions, [{ id: 's_1', outcome: 'revoked' }, { id: 's_2', outcome: 'revoked' }]);
  assert.deepEqual([server.polls, told], [['0', '3'], []]);
  assert.equal(server.requests[0].headers.authorization, 'Bearer k');
});

test('an order that comes again is not ended again; its receipt is sent again', async (t) => {
  const server = await feed(t, () => [200, { rows: [row('rev_1')], next: '1' }]);
  let calls = 0;
  await run(server.url, () => { calls += 1; return true; }, () => server.receipts.length >= 2);
  assert.equal(calls, 1);
  assert.deepEqual(server.receipts[0], server.receipts[1]);
});

test('what failed is tried again by itself, and neither another order nor the fetching waits for it', async (t) => {
  const server = await feed(t, [[200, { rows: [row('rev_1'), row('rev_2')], next: '2' }], [200, { rows: [row('rev_3')], next: '3' }]]);
  const calls = [];
  const onOrder = ({ revocationId }) => {
    calls.push(revocationId);
    if (revocationId === 'rev_1' && calls.length < 4) throw new Error('the store is down');
    return true;
  };
  const told = await run(server.url, onOrder, () => server.receipts.length === 3);
  assert.deepEqual(calls, ['rev_1', 'rev_2', 'rev_3', 'rev_1']);
  assert.deepEqual([server.polls, told.map(({ message }) => message)], [['0', '2', '3'], ['the store is down']]);
  assert.equal(server.receipts[2].revocation_id, 'rev_1');
});

test('an order that comes again while it waits for its next attempt is not begun twice', async (t) => {
  const page = (next) => [200, { rows: [row('rev_1')], next }];
  const server = await feed(t, [page('1'), page('2'), page('3')]);
  let calls = 0;
  await run(server.url, () => { calls += 1; throw new Error('down'); }, () => server.polls.length === 4);
  assert.equal(calls, 1);
});

test('an order that hangs is told after its time limit and asked again, and holds up no other', async (t) => {
  const server = await feed(t, [[200, { rows: [row('rev_1')], next: '1' }], [200, { rows: [row('rev_2')], next: '2' }]]);
  const calls = [];
  const onOrder = ({ revocationId }) => {
    calls.push(revocationId);
    return revocationId === 'rev_1' && calls.length < 3 ? new Promise(() => {}) : true;
  };
  const told = await run(server.url, onOrder, () => server.receipts.length === 2, { timeLimit: 100 });
  assert.deepEqual(calls, ['rev_1', 'rev_2', 'rev_1']);
  assert.deepEqual(server.receipts.map(({ revocation_id: id }) => id), ['rev_2', 'rev_1']);
  assert.match(told.map(({ message }) => message).join(), /^onOrder took more than 100 ms with the order rev_1[^,]*$/);
});

test('what ended after its time limit is confirmed without another call', async (t) => {
  const server = await feed(t, [[200, { rows: [row('rev_1')], next: '1' }]]);
  let calls = 0;
  let end;
  const onOrder = () => { calls += 1; return new Promise((resolve) => { end = resolve; }); };
  await run(server.url, onOrder, (told) => { if (told.length === 1) end(true); return server.receipts.length === 1; }, { timeLimit: 50 });
  assert.equal(calls, 1);
});

test('a receipt that did not arrive is posted again without ending anything twice; one that is refused is left', async (t) => {
  const server = await feed(t, [[200, { rows: [row('rev_1')], next: '1' }]], (number) => (number <= 2 ? [503, {}] : [200, {}]));
  let calls = 0;
  await run(server.url, () => { calls += 1; return true; }, () => server.receipts.length === 3);
  assert.equal(calls, 1);
  const refusing = await feed(t, [[200, { rows: [row('rev_1')], next: '1' }]], () => [404, { title: 'Not found' }]);
  const told = await run(refusing.url, () => true, (errors) => errors.length === 1);
  assert.deepEqual([told[0].status, refusing.receipts.length], [404, 1]);
});

test('an order is tried again also where what the application throws is what this client was refused', async (t) => {
  const server = await feed(t, [[200, { rows: [row('rev_1')], next: '1' }]]);
  const refused = [404, 422].map((status) => new Porchlight.PorchlightError(`${status}`, { status }));
  let calls = 0;
  const onOrder = () => {
    calls += 1;
    if (refused.length > 0) throw refused.shift();
    return true;
  };
  const told = await run(server.url, onOrder, () => server.receipts.length === 1);
  assert.deepEqual([calls, told.map(({ status }) => status)], [3, [404, 422]]);
});

test('an application\'s own onError may throw', async (t) => {
  const server = await feed(t, [[200, { rows: [row('rev_1')], next: '1' }]]);
  let calls = 0;
  const onOrder = () => { calls += 1; if (calls === 1) throw new Error('down'); return true; };
  await run(server.url, onOrder, () => server.receipts.length === 1, { onError: async () => { throw new Error('no log'); } });
  assert.equal(calls, 2);
});

test('an order may be deferred and confirmed later, or claim nothing', async (t) => {
  const server = await feed(t, [[200, { rows: [row('rev_1', ['s_1']), row('rev_2')], next: '2' }]]);
  let confirm;
  await run(server.url, (order) => {
    if (order.revocationId === 'rev_2') return undefined;
    confirm = order.confirm;
    return { defer: 60_000 };
  }, () => server.polls.length === 2);
  assert.deepEqual(server.receipts.map(({ sessions: [{ outcome }] }) => outcome), ['deferred']);
  await confirm([{ id: 's_1', outcome: 'revoked' }]);
  assert.deepEqual(server.receipts[1].sessions, [{ id: 's_1', outcome: 'revoked' }]);
});

test('a feed that begins again is read from its beginning', async (t) => {
  const server = await feed(t, [[200, { rows: [], next: '9' }], [422, { title: 'Invalid fields' }], [200, { rows: [row('rev_1')], next: '1' }]]);
  const told = await run(server.url, () => true, () => server.receipts.length === 1);
  assert.deepEqual(server.polls.slice(0, 3), ['0', '9', '0']);
  assert.equal(told[0].status, 422);
});

/** How many milliseconds passed between the polls. */
function gaps({ requests }) {
  const times = requests.filter(({ method }) => method === 'GET').map(({ at }) => at);
  return times.slice(1).map((at, index) => at - times[index]);
}

test('what brings nothing and is not held is asked once a second; after an order the next poll is at once', async (t) => {
  const empty = [200, { rows: [], next: '1' }];
  for (const wait of [0, 50]) {
    const server = await feed(t, [[200, { rows: [row('rev_1')], next: '1' }], empty, empty]);
    await run(server.url, () => true, () => server.polls.length === 4, { wait });
    const [afterOrder, ...afterNothing] = gaps(server);
    assert.ok(afterOrder < 900, `${afterOrder} ms`);
    for (const gap of afterNothing) assert.ok(gap >= 990, `${gap} ms`);
    assert.equal(server.requests[0].query.get('wait'), String(wait));
  }
});

test('a page that is given again and again, as by a proxy that keeps it, is asked for once a second', async (t) => {
  const server = await feed(t, () => [200, { rows: [row('rev_1')], next: '1' }]);
  await run(server.url, () => true, () => server.polls.length === 3);
  assert.ok(gaps(server)[1] >= 990, `${gaps(server)} ms`);
});

test('a wait that the server would refuse is refused in words before anything is asked', async (t) => {
  const server = await feed(t, []);
  for (const wait of ['abc', '5', -1, 0.5, 56, 60, NaN, Infinity, null, {}]) {
    const polling = Porchlight('k', { host: server.url }).poll({ onOrder: () => true, wait });
    await assert.rejects(polling, { name: 'TypeError', message: 'wait is a whole number of seconds, 0 to 55' }, String(wait));
  }
  assert.deepEqual(server.requests, []);
});

test('a server that is away or is none is told and tried again; a refused key ends it', async (t) => {
  assert.equal((await run(await deadUrl(), () => true, (told) => told.length === 2))[0].code, 'network');
  const none = await feed(t, [[200, 'hello']]);
  assert.equal((await run(none.url, () => true, (told) => told.length === 1))[0].code, 'answer');
  const stranger = await feed(t, [[401, { title: 'Unauthorised' }]]);
  await assert.rejects(Porchlight('k', { host: stranger.url }).poll({ onOrder: () => true }), { status: 401 });
  await assert.rejects(Porchlight('k').poll({}), TypeError);
  await assert.rejects(Porchlight('k').poll({ onOrder: () => true, timeLimit: 0 }), /timeLimit/);
});

test('it stops at once while a poll hangs or before it begins', async (t) => {
  const server = await feed(t, []);
  const began = Date.now();
  const told = await run(server.url, () => true, () => server.polls.length === 1, { wait: 50 });
  assert.ok(Date.now() - began < 2000);
  assert.deepEqual(told, []);
  await Porchlight('k', { host: server.url }).poll({ onOrder: () => true, signal: AbortSignal.abort() });
  assert.equal(server.polls.length, 1);
});

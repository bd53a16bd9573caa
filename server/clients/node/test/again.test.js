// Polling: an order that failed is looked at before it is tried again, for another may have carried it out.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { feed, row, run } = require('./support/feed');

const LOOK = '/api/v1/revocations/rev_1';
const ended = (outcome) => ({ state: 'confirmed', outcome });
const shown = (...states) => ({ ...row('rev_1'), sessions: states.map((state, at) => ({ id: `s_${at + 1}`, ...state })) });
const confirmed = (...outcomes) => shown(...outcomes.map(ended));
const whole = (word) => ({ ...row('rev_1', []), scope: 'all', whole: word });

/**
 * A feed with one order, whose handler fails once; `answer` is what the server says of it before the second call. Once it has
 * been looked at, the feed brings `rev_2`, which does not fail.
 */
async function failing(t, answer, order = row('rev_1')) {
  const pages = [[200, { rows: [order], next: '1' }]];
  const page = () => {
    if (server.looks.length === 1) pages.push([200, { rows: [row('rev_2')], next: '2' }]);
    return pages.shift() ?? [200, { rows: [], next: '1' }];
  };
  const server = await feed(t, page, undefined, () => answer);
  const calls = [];
  const onOrder = ({ revocationId, sessions }) => {
    calls.push(revocationId);
    if (calls.length === 1) throw new Error('the store is down');
    return sessions.length > 0 ? true : { outcome: 'revoked' };
  };
  return { server, onOrder, calls };
}

const over = {
  'confirmed by a webhook': [200, confirmed('revoked', 'already_ended')],
  'confirmed and seen alive since': [200, shown(ended('revoked'), { state: 'contradicted', said: 'revoked' })],
  'confirmed for the user as a whole': [200, whole(ended('revoked'))],
  'gone with its user': [404, { title: 'Not found', status: 404 }],
};
for (const [name, answer] of Object.entries(over)) {
  test(`an order that failed and is ${name} meanwhile is not tried again`, async (t) => {
    const { server, onOrder, calls } = await failing(t, answer);
    const told = await run(server.url, onOrder, () => server.receipts.length === 1);
    assert.deepEqual([calls, server.looks, server.receipts[0].revocation_id], [['rev_1', 'rev_2'], [LOOK], 'rev_2']);
    assert.deepEqual(told.map(({ message }) => message), ['the store is down']);
  });
}

const open = {
  'confirmed for one of its sessions only': [200, shown(ended('revoked'), { state: 'delivered' })],
  'not found by another, which may be elsewhere': [200, confirmed('revoked', 'not_found')],
  'hidden by a server that fails': [503, {}],
  'unknown to something that is no Porchlight': [404, '<h1>Not found</h1>'],
  'shown as nonsense': [200, { sessions: [] }],
};
for (const [name, answer] of Object.entries(open)) {
  test(`an order that failed and is ${name} is tried again`, async (t) => {
    const { server, onOrder, calls } = await failing(t, answer);
    const told = await run(server.url, onOrder, () => server.receipts.length === 1);
    assert.deepEqual([calls, server.looks, told.length], [['rev_1', 'rev_1'], [LOOK], 1]);
  });
}

test('an order about the user as a whole that is still open is tried again', async (t) => {
  const { server, onOrder, calls } = await failing(t, [200, whole({ state: 'delivered' })], whole({ state: 'requested' }));
  await run(server.url, onOrder, () => server.receipts.length === 1);
  assert.deepEqual([calls, server.receipts[0].outcome], [['rev_1', 'rev_1'], 'revoked']);
});

test('a promise that lies in the past is told and the order asked again, not posted', async (t) => {
  const server = await feed(t, [[200, { rows: [row('rev_1')], next: '1' }]]);
  const results = [{ defer: new Date(Date.now() - 1000) }, { defer: 60_000 }];
  const told = await run(server.url, () => results.shift(), () => server.receipts.length === 1);
  assert.deepEqual(server.receipts[0].sessions.map(({ outcome }) => outcome), ['deferred', 'deferred']);
  assert.match(told.map(({ message }) => message).join(), /^defer is at least a second ahead[^,]*$/);
});

test('stopped while it looks, an order is not tried again', async (t) => {
  const { server, onOrder, calls } = await failing(t, 'hang');
  await run(server.url, onOrder, () => server.looks.length === 1);
  assert.deepEqual(calls, ['rev_1']);
});

test('what ended too late is confirmed without a look', async (t) => {
  const server = await feed(t, [[200, { rows: [row('rev_1')], next: '1' }]]);
  let end;
  const onOrder = () => new Promise((resolve) => { end = resolve; });
  await run(server.url, onOrder, (told) => { if (told.length === 1) end(true); return server.receipts.length === 1; }, { timeLimit: 50 });
  assert.deepEqual(server.looks, []);
});

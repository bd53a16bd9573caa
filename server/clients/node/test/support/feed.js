// A feed of orders over real HTTP, and a client that polls it.
'use strict';

const assert = require('node:assert/strict');
const Porchlight = require('porchlight');
const { fakeServer } = require('./loopback');

/** An order as the API shows it. */
const row = (id, sessions = ['s_1', 's_2']) => ({
  id, user: { key: 'usr_1', id: 'u_42', name: 'Eve' }, scope: 'listed', state: 'requested', initiated_by: 'user',
  reason: { code: 'user.reported', text: 'It was not me' }, requested_at: '2026-01-01T00:00:00Z', confirm_by: '2026-01-01T00:10:00Z',
  sessions: sessions.map((session) => ({ id: session, state: 'requested', detail: null })),
});

/**
 * A server whose feed holds `pages`, or the same page for ever; polls beyond them hang, as a long poll does. `show` answers
 * who looks at one order.
 */
async function feed(t, pages, receipt = () => [200, { verdict: 'accepted' }], show = (id) => [200, row(id)]) {
  const [polls, receipts, looks] = [[], [], []];
  const server = await fakeServer(t, ({ method, path, query, body }) => {
    if (method === 'POST') {
      receipts.push({ path, ...body.receipt });
      return receipt(receipts.length);
    }
    if (path !== '/api/v1/revocations') {
      looks.push(path);
      return show(path.split('/').pop());
    }
    polls.push(query.get('after'));
    const page = typeof pages === 'function' ? pages() : pages[polls.length - 1];
    return page ?? 'hang';
  });
  return { ...server, polls, receipts, looks };
}

/** Polls until `until` holds. */
async function run(url, onOrder, until, more = {}) {
  const [stop, told] = [new AbortController(), []];
  const polling = Porchlight('k', { host: url }).poll({ onOrder, signal: stop.signal, wait: 1, onError: (error) => told.push(error), ...more });
  const deadline = Date.now() + 10_000;
  try {
    while (!until(told)) {
      assert.ok(Date.now() < deadline, `it did not come to it: ${told}`);
      await new Promise((resolve) => { setTimeout(resolve, 5); });
    }
  } finally {
    stop.abort();
  }
  await polling;
  return told;
}

module.exports = { feed, row, run };

// Orders that are put off: promised for later, confirmed then.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { fakeServer, post } = require('./support/loopback');
const { SECRET, give, order, receiptOf, receiver } = require('./support/order');
const { signedHeaders } = require('./support/signing');

const DAY_MS = 24 * 3600 * 1000;

test('deferred work answers 202, and confirms later where the order says', async (t) => {
  const inbox = await fakeServer(t, () => [200, {}]);
  const until = new Date(Date.now() + 60_000);
  let later;
  const body = order({ receipt_url: `${inbox.url}/receipts/abc` });
  const { answer, receipt } = await give(t, body, (event) => { later = event; return { defer: until }; });
  assert.equal(answer.status, 202);
  const sessions = ['s_1', 's_2'].map((id) => ({ id, outcome: 'deferred', until: until.toISOString() }));
  assert.deepEqual(receipt(), { revocation_id: 'rev_1', sessions });

  await later.confirm(true);
  const [{ method, path, headers, body: posted }] = inbox.requests;
  assert.deepEqual([method, path], ['POST', '/receipts/abc']);
  const sent = receiptOf({ headers, text: JSON.stringify(posted), json: posted }, later.id);
  assert.deepEqual([sent.revocation_id, sent.sessions.length], ['rev_1', 2]);
});

test('milliseconds defer too, and a refused confirmation is told', async (t) => {
  const inbox = await fakeServer(t, () => [409, {}]);
  let later;
  const { receipt } = await give(t, order({ receipt_url: inbox.url }), (event) => { later = event; return { defer: 30_000 }; });
  assert.ok(Math.abs(new Date(receipt().sessions[0].until) - Date.now() - 30_000) < 5000);
  await assert.rejects(later.confirm([{ id: 's_1', outcome: 'failed' }]), /409/);
  await assert.rejects(later.confirm(), TypeError);
  const { answer } = await give(t, order(), (event) => { later = event; return { defer: 1000 }; });
  assert.equal(answer.status, 202);
  await assert.rejects(later.confirm(true), /no receipt_url/);
});

test('a promise that Porchlight would refuse, or not count, is told in words and asked for again', async (t) => {
  const ahead = (ms) => new Date(Date.now() + ms);
  const promises = [
    [NaN, /is a Date, or a number/], ['60000', /is a Date, or a number/], [null, /is a Date, or a number/], [new Date(NaN), /is a Date, or a number/],
    [0, /at least a second/], [-60_000, /at least a second/], [ahead(-1), /at least a second/], [new Date(0), /at least a second/],
    [DAY_MS + 1, /at most a day/], [ahead(2 * DAY_MS), /at most a day/], [Infinity, /at most a day/],
  ];
  for (const [defer, words] of promises) {
    const told = [];
    const results = [{ defer }, true];
    const url = await receiver(t, () => results.shift(), { onError: (error) => told.push(error) });
    const headers = signedHeaders(SECRET, order());
    assert.equal((await post(url, order(), headers)).status, 500, String(defer));
    assert.deepEqual([told.length, told[0].name], [1, 'TypeError']);
    assert.match(told[0].message, words);
    assert.equal((await post(url, order(), headers)).json.receipt.sessions[0].outcome, 'revoked', 'it was asked again');
  }
  for (const defer of [1000, DAY_MS, ahead(DAY_MS)]) {
    const { answer, receipt } = await give(t, order(), () => ({ defer }));
    assert.deepEqual([answer.status, receipt().sessions.length], [202, 2], String(defer));
  }
});

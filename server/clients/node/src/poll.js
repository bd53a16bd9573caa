// Fetches orders to end sessions, for applications that no webhook reaches, and posts a receipt for each.
'use strict';

const { setTimeout: pause } = require('node:timers/promises');
const { PorchlightError } = require('./api');
const { readOrder } = require('./message');
const { answerOrder, finished } = require('./receipt');

/** How long the server may hold a poll. It takes up to 55 s; proxies often close at 60. */
const WAIT_SECONDS = 50;
/** What a poll may take beyond that. */
const SLACK_MS = 10_000;
const RECEIPT_TIMEOUT_MS = 10_000;
/** Between attempts after a failure: doubled each time, up to the last. */
const PAUSE_MS = [500, 30_000];
/** How many orders are remembered, so that one that comes again gets the first one's receipt. */
const REMEMBERED = 1000;

/** Polls until `signal` says stop. Rejects only when the key is refused: everything else is told and tried again. */
async function poll(api, options) {
  const { onOrder, signal, wait, onError } = readOptions(options);
  const receipts = new Map();
  const handled = new Set();
  let after = '0';
  let failures = 0;
  while (!signal?.aborted) {
    try {
      const page = await fetchOrders(api, after, wait, signal);
      await handleAll(page.rows.filter(({ id }) => !handled.has(id)), (row) => obey(api, onOrder, receipts, row).then(() => handled.add(row.id)));
      after = page.next;
      handled.clear();
      failures = 0;
    } catch (error) {
      if (signal?.aborted) return;
      if (error.status === 401) throw error;
      onError(error);
      // The server was restored from before: its feed begins again.
      if (error.status === 422) after = '0';
      await rest(failures, signal);
      failures += 1;
    }
  }
}

function readOptions({ onOrder, signal, wait = WAIT_SECONDS, onError = (error) => console.error('Porchlight poll:', error) } = {}) {
  if (typeof onOrder !== 'function') throw new TypeError('poll needs onOrder: a function that ends the sessions of an order');
  return { onOrder, signal, wait, onError };
}

async function fetchOrders(api, after, wait, signal) {
  const page = await api.send('GET', '/api/v1/revocations', { query: { after, wait }, timeout: wait * 1000 + SLACK_MS, signal });
  if (!Array.isArray(page?.rows) || typeof page.next !== 'string') {
    throw new PorchlightError('the answer is not a page of orders: is host a Porchlight server?', { code: 'answer' });
  }
  return page;
}

/** All at once, so that a slow one holds up no other; the first failure is told once all have ended. */
async function handleAll(rows, handle) {
  const outcomes = await Promise.allSettled(rows.map(handle));
  const failed = outcomes.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
}

/** Hands an order to the application and its outcome to Porchlight. */
async function obey(api, onOrder, receipts, row) {
  if (!receipts.has(row.id)) {
    const order = readOrder(row);
    const confirm = (outcomes) => post(api, order, finished(order, outcomes));
    const { body, final } = answerOrder(order, await onOrder({ ...order, confirm }));
    if (!body.receipt) return;
    if (!final) return void await post(api, order, body.receipt);
    remember(receipts, row.id, body.receipt);
  }
  await post(api, { revocationId: row.id }, receipts.get(row.id));
}

function remember(receipts, id, receipt) {
  receipts.set(id, receipt);
  if (receipts.size > REMEMBERED) receipts.delete(receipts.keys().next().value);
}

async function post(api, { revocationId }, receipt) {
  const path = `/api/v1/revocations/${encodeURIComponent(revocationId)}/receipt`;
  await api.send('POST', path, { body: { receipt }, timeout: RECEIPT_TIMEOUT_MS, attempts: 2 });
}

async function rest(failures, signal) {
  const [first, most] = PAUSE_MS;
  await pause(Math.min(first * 2 ** failures, most), undefined, { signal }).catch(() => {});
}

module.exports = poll;

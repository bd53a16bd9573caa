// Fetches orders to end sessions, for applications that no webhook reaches, and posts a receipt for each.
'use strict';

const { setMaxListeners } = require('node:events');
const { PorchlightError } = require('./api');
const { readTimeLimit } = require('./limit');
const { Orders } = require('./orders');
const { idle, rest } = require('./rest');

/** How long the server may hold a poll. It takes up to 55 s; proxies often close at 60. */
const WAIT_SECONDS = 50;
const LONGEST_WAIT_SECONDS = 55;
/** After a poll that brought nothing and was not held: a server that may not hold it, or a proxy, must not be asked without end. */
const IDLE_MS = 1000;
/** Nobody hangs up on an order that was fetched: slow stores have their time, and it is still asked again long before `confirmBy`. */
const TIME_LIMIT_MS = 60_000;
/** What a poll may take beyond that. */
const SLACK_MS = 10_000;

/** Polls until `signal` says stop. Rejects only when the key is refused: everything else is told and tried again. */
async function poll(api, given) {
  const { signal, ...options } = readOptions(given);
  const stop = new AbortController();
  // Each order that waits for its next attempt listens.
  setMaxListeners(0, stop.signal);
  const stopped = () => stop.abort();
  signal?.addEventListener('abort', stopped, { once: true });
  if (signal?.aborted) stopped();
  const orders = new Orders(api, options, stop.signal);
  try {
    await fetchUntil(stop.signal, api, orders, options);
  } finally {
    stop.abort();
    signal?.removeEventListener('abort', stopped);
  }
  await orders.ended();
}

/** Hands each order over and fetches on: one that hangs or fails is its own affair. */
async function fetchUntil(signal, api, orders, { wait, onError }) {
  let after = '0';
  let failures = 0;
  while (!signal.aborted) {
    try {
      const began = performance.now();
      const page = await fetchOrders(api, after, wait, signal);
      const held = performance.now() - began >= Math.max(wait, 1) * 1000;
      const isNews = page.rows.length > 0 && page.next !== after;
      for (const row of page.rows) await orders.take(row);
      after = page.next;
      failures = 0;
      if (!isNews && !held) await idle(IDLE_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 401) throw error;
      onError(error);
      // The server was restored from before: its feed begins again.
      if (error.status === 422) after = '0';
      await rest(failures, signal);
      failures += 1;
    }
  }
}

function readOptions({ onOrder, signal, wait = WAIT_SECONDS, timeLimit, onError = (error) => console.error('Porchlight poll:', error) } = {}) {
  if (typeof onOrder !== 'function') throw new TypeError('poll needs onOrder: a function that ends the sessions of an order');
  if (!Number.isInteger(wait) || wait < 0 || wait > LONGEST_WAIT_SECONDS) {
    throw new TypeError(`wait is a whole number of seconds, 0 to ${LONGEST_WAIT_SECONDS}`);
  }
  return { onOrder, signal, wait, timeLimit: readTimeLimit(timeLimit, TIME_LIMIT_MS), onError: (error) => tell(onError, error) };
}

/** What `onError` throws must end neither the polling nor the process. */
function tell(onError, error) {
  new Promise((resolve) => { resolve(onError(error)); }).catch(() => {});
}

async function fetchOrders(api, after, wait, signal) {
  const page = await api.send('GET', '/api/v1/revocations', { query: { after, wait }, timeout: wait * 1000 + SLACK_MS, signal });
  if (!Array.isArray(page?.rows) || typeof page.next !== 'string') {
    throw new PorchlightError('the answer is not a page of orders: is host a Porchlight server?', { code: 'answer' });
  }
  return page;
}

module.exports = poll;

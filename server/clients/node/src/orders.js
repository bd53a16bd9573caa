// Carries out the orders that polling fetched: each by itself, tried again until its receipt is taken.
'use strict';

const { isRefused } = require('./api');
const { within } = require('./limit');
const { readOrder } = require('./message');
const { inParts, sendEach } = require('./parts');
const { answerOrder, finished } = require('./receipt');
const { rest } = require('./rest');

const RECEIPT_TIMEOUT_MS = 10_000;
/** To look at an order before it is tried again. */
const LOOK_TIMEOUT_MS = 5_000;
/** How many orders are remembered, so that one that comes again gets the first one's receipt. */
const REMEMBERED = 1000;
/** How many are carried out at the same time. */
const AT_ONCE = 100;

class Orders {
  #api;
  #options;
  #signal;
  /** Receipts that are final, by the order's id. */
  #receipts = new Map();
  /** Orders at hand, those that wait for their next attempt among them. */
  #taken = new Map();
  /** Attempts that run. */
  #running = new Set();
  /** Refusals of receipts: the application may well throw what another call of this client refused. */
  #refusals = new WeakSet();

  constructor(api, options, signal) {
    this.#api = api;
    this.#options = options;
    this.#signal = signal;
  }

  /** Begins with an order, unless it is at hand already; waits only while too many run. */
  async take(row) {
    while (this.#running.size >= AT_ONCE) await Promise.race(this.#running);
    if (this.#taken.has(row.id) || this.#signal.aborted) return;
    this.#taken.set(row.id, this.#carryOut(row).finally(() => this.#taken.delete(row.id)));
  }

  /** Until what runs has ended; with the signal's word nothing new begins. */
  async ended() {
    await Promise.all(this.#taken.values());
  }

  async #carryOut(row) {
    for (let failures = 0; !this.#signal.aborted; failures += 1) {
      try {
        return await this.#attempt(row, failures > 0);
      } catch (error) {
        this.#options.onError(error);
        if (this.#refusals.has(error)) return;
        await rest(failures, this.#signal);
      }
    }
  }

  async #attempt(row, isAgain) {
    const attempt = this.#obey(row, isAgain);
    const ended = attempt.then(() => {}, () => {}).finally(() => this.#running.delete(ended));
    this.#running.add(ended);
    await attempt;
  }

  /** Hands an order to the application and its outcome to Porchlight. */
  async #obey(row, isAgain) {
    if (isAgain && !this.#receipts.has(row.id) && (await this.#isDone(row.id))) return;
    // Also that of a call which ended too late, perhaps just now.
    let receipt = this.#receipts.get(row.id);
    if (!receipt) {
      if (this.#signal.aborted) return;
      const { timeLimit } = this.#options;
      const late = () => new Error(`onOrder took more than ${timeLimit} ms with the order ${row.id}: it is asked again`);
      receipt = await within(this.#ask(row), timeLimit, late);
    }
    if (receipt) await this.#post(row, receipt);
  }

  /** Whether another, by a webhook or on another machine, carried it out meanwhile. Where that cannot be told, nobody has. */
  async #isDone(id) {
    try {
      return isAnswered(await this.#api.send('GET', address(id), { timeout: LOOK_TIMEOUT_MS, signal: this.#signal }));
    } catch ({ status, problem }) {
      return status === 404 && problem !== null;
    }
  }

  /** The application's receipt. One that is final counts also when it comes too late: the next attempt posts it. */
  async #ask(row) {
    const order = readOrder(row);
    const confirm = (outcomes) => this.#post(row, finished(order, outcomes));
    const { body, final } = answerOrder(order, await this.#options.onOrder({ ...order, confirm }));
    if (body.receipt && final) this.#remember(row.id, body.receipt);
    return body.receipt;
  }

  #remember(id, receipt) {
    this.#receipts.set(id, receipt);
    if (this.#receipts.size > REMEMBERED) this.#receipts.delete(this.#receipts.keys().next().value);
  }

  async #post(order, whole) {
    const send = (receipt) => this.#api.send('POST', `${address(order.id)}/receipt`, { body: { receipt }, timeout: RECEIPT_TIMEOUT_MS, attempts: 2 });
    try {
      await sendEach(inParts(order, whole), send);
    } catch (error) {
      if (isRefused(error)) this.#refusals.add(error);
      throw error;
    }
  }
}

function address(id) {
  return `/api/v1/revocations/${encodeURIComponent(id)}`;
}

/** Nothing of it is awaited. That somebody did not find a session does not say that it is not here. */
function isAnswered(order) {
  const parts = [...(order?.sessions ?? []), order?.whole ?? []].flat();
  const ended = ({ state, outcome }) => state === 'contradicted' || (state === 'confirmed' && outcome !== 'not_found');
  return parts.length > 0 && parts.every(ended);
}

module.exports = { Orders };

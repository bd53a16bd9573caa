// The application of the drill of lies: gets the orders, and lets each be answered as its user's part has it.
import { startReceiver } from '../support/receiver.js';
import { sign } from '../support/signing.js';
import { call } from './victim.js';

const DEFERRED_MS = 12_000;

/** Starts it: `{url, cast(user, part, order), trust(secret), stop()}`. */
export async function startStage() {
  const cast = new Map();
  let secret;
  const receiver = await startReceiver(({ headers, raw }) => {
    const { data } = JSON.parse(raw);
    const [part, order] = cast.get(data.user?.id) ?? [];
    if (!part || !data.receipt_url) return {};
    order.take(secret, headers['webhook-id'], data);
    const answer = part.answer(order);
    order.saidAt = performance.now();
    if (part.after) setImmediate(() => part.after(order).catch(order.failed));
    return answer;
  });
  return {
    url: receiver.url,
    trust: (told) => { secret = told; },
    cast: (user, part, order) => cast.set(user, [part, order]),
    stop: receiver.stop,
  };
}

/** One user's order, in the hands of the application: what can be said to it, truly or not. */
export class Order {
  /** What was answered with an error. */
  refusals = new Set();
  began = new Date().toISOString();
  #home;
  #secret;
  #message;
  #data;

  /** `home`: `{url, key, strangersKey}` of Porchlight; `overheard`: another order's signed answer. */
  constructor(home, user, overheard) {
    this.#home = home;
    this.user = user;
    this.session = `session of ${user}`;
    this.overheard = overheard;
    this.strangersKey = home.strangersKey;
    this.failed = (error) => { this.error = error; };
  }

  /** The webhook came. */
  take(secret, message, data) {
    this.#secret = secret;
    this.#message = message;
    this.#data = data;
  }

  /** A receipt's text that reports these outcomes of the session. */
  receipt(...outcomes) {
    const until = new Date(Date.now() + DEFERRED_MS).toISOString();
    const sessions = outcomes.map((outcome) => ({ id: this.session, outcome, ...(outcome === 'deferred' && { until }) }));
    return JSON.stringify({ receipt: { revocation_id: this.#data.revocation_id, sessions } });
  }

  /** It with its signature: `{headers, body}`. */
  signed(body, { secret = this.#secret, age = 0 } = {}) {
    const [id, time] = [`rcpt_${this.#message}`, String(Math.floor(Date.now() / 1000) - age)];
    return { headers: { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': sign(secret, id, time, body) }, body };
  }

  /** POSTs a receipt to the order's own URL. */
  post({ headers, body }) {
    return this.#send(this.#data.receipt_url, headers, body);
  }

  /** POSTs a receipt with an API key. */
  byKey(body, key = this.#home.key) {
    return this.#send(`${this.#home.url}/api/v1/revocations/${this.#data.revocation_id}/receipt`, { authorization: `Bearer ${key}` }, body);
  }

  async #send(url, headers, body) {
    this.saidAt = performance.now();
    const { ok, status } = await fetch(url, { method: 'POST', headers, body });
    if (!ok) this.refusals.add(String(status));
  }

  /** Tells of something that happened in the session, now or at a time. */
  event(verb, at) {
    const event = { verb, ip: '122.56.232.10', user: { id: this.user }, session: { id: this.session }, occurred_at: at };
    return call(this.#home.url, this.#home.key, 'POST', '/api/v1/events', event);
  }
}

// W13: secrets are rotated under load. A receiver that knows one secret at a time, and changes to the new one anywhere inside
// the overlap, refuses nothing.
import { setTimeout as pause } from 'node:timers/promises';
import { startReceiver } from '../support/receiver.js';
import { isSigned } from '../support/signing.js';
import { sqlite } from './database.js';
import { call, onNewGround, settled } from './victim.js';

const ENDPOINTS = 8;
// The API's shortest overlap is an hour: the drill brings its end forward in the database.
const OVERLAP_MS = 3_000;
// What was signed before the rotation may still be on its way when its answer is here: nobody swaps sooner.
const IN_FLIGHT_MS = 250;
const AT_ONCE = 8;
// Logged in at once, before they are ended one by one.
const SESSIONS = 500;
const POLICY = { concurrency: 32, retry_after_seconds: [1, 1, 1, 1, 1] };

/** Rotates `count` times while `rate` deliveries a second go out. */
export async function rotations(count, rate) {
  const { victim, key, file, end } = await onNewGround();
  await victim.start();
  const home = { url: victim.url, key, file };
  const receivers = await Promise.all(Array.from({ length: ENDPOINTS }, () => startSingleKeyed(home)));
  const load = publish(home, rate);
  await pause(500);
  let begun = 0;
  await Promise.all(receivers.map(async (receiver) => {
    while (begun < count) await rotate(home, receiver, (begun += 1) % AT_ONCE === 0);
  }));
  const sent = await load.stop();
  await settled(victim, key);
  const failed = await sqlite(file, "SELECT COUNT(*) FROM delivery WHERE state <> 'delivered'");
  await end();
  receivers.forEach(({ stop }) => stop());
  const sum = (name) => receivers.reduce((total, receiver) => total + receiver[name], 0);
  const told = `${sent.count} deliveries at ${sent.rate.toFixed(0)}/s of ${rate} wanted, to ${ENDPOINTS} endpoints, ${sum('refused')} refused by receivers that swapped ${IN_FLIGHT_MS} to ${OVERLAP_MS} ms after the rotation; those that swapped at once refused ${sum('early')} that had been signed before it; ${failed} not delivered in the end`;
  const kept = sum('refused') === 0 && failed === 0 && sent.failed === 0 && sent.rate >= rate * 0.9;
  return { name: `W13 rotations, ${count}`, kept, told: sent.failed ? `${told}; ${sent.failed} not accepted` : told };
}

/** An endpoint whose receiver verifies by one secret at a time: the next one from `swapAt` on. */
async function startSingleKeyed({ url, key }) {
  const own = { refused: 0, early: 0, swapAt: Infinity, atOnce: false };
  const receiver = await startReceiver((webhook) => {
    const secret = Date.now() >= own.swapAt ? own.next : own.secret;
    if (isSigned(secret, webhook)) return {};
    own[own.atOnce && isSigned(own.secret, webhook) ? 'early' : 'refused'] += 1;
    return { status: 401 };
  });
  const { id, secret } = await call(url, key, 'POST', '/api/v1/endpoints', { url: receiver.url, policy: POLICY });
  return Object.assign(own, { id, secret, url: receiver.url, stop: receiver.stop });
}

/** Rotates the secret, ends the overlap soon, lets the receiver swap somewhere inside it, and waits until it is over. */
async function rotate({ url, key, file }, receiver, atOnce) {
  const { secret } = await call(url, key, 'POST', `/api/v1/endpoints/${receiver.id}/secrets`, { overlap_hours: 1 });
  Object.assign(receiver, { next: secret, atOnce, swapAt: atOnce ? Date.now() : Infinity });
  const place = `endpoint_id = (SELECT id FROM endpoint WHERE url = '${receiver.url}')`;
  // Counted from when the database is free for it, which may take seconds; whole seconds, so up to one less.
  const end = `(strftime('%s', 'now') + ${OVERLAP_MS / 1000 + 1}) * 1000000`;
  await sqlite(file, `UPDATE endpoint_secret SET expires_at = ${end} WHERE expires_at IS NOT NULL AND ${place}`);
  const swap = IN_FLIGHT_MS + Math.random() * (OVERLAP_MS - 2 * IN_FLIGHT_MS);
  if (!atOnce) receiver.swapAt = Date.now() + swap;
  await pause(OVERLAP_MS + 1_000 + IN_FLIGHT_MS);
  Object.assign(receiver, { secret, swapAt: Infinity });
}

/** Orders sessions ended at a steady rate, each order a message to every endpoint; `stop()` resolves to the deliveries'
 * `{count, rate, failed}`. */
function publish({ url, key }, rate) {
  const began = performance.now();
  const each = (ENDPOINTS * 1000) / rate;
  let [next, orders, failed, running] = [0, 0, 0, true];
  let live = logIn(url, key, 0);
  const one = async () => {
    while (running) {
      const number = next;
      next += 1;
      if (number % SESSIONS === 0 && number > 0) live = logIn(url, key, number);
      await pause(Math.max(0, began + number * each - performance.now()));
      try {
        await live;
        await call(url, key, 'POST', `/api/v1/sessions/s_${number}/revoke`);
        orders += 1;
      } catch {
        failed += 1;
      }
    }
  };
  const all = Promise.all(Array.from({ length: 32 }, one));
  const stop = async () => {
    running = false;
    await all;
    const count = orders * ENDPOINTS;
    return { count, failed, rate: (count * 1000) / (performance.now() - began) };
  };
  return { stop };
}

/** Sessions to end, each of a user of its own: as many as one batch brings. */
function logIn(url, key, first) {
  const login = (number) => ({ verb: 'log-in', user: { id: `u_${number}` }, session: { id: `s_${number}` } });
  return call(url, key, 'POST', '/api/v1/events', Array.from({ length: SESSIONS }, (_, place) => login(first + place)));
}

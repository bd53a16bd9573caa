// W12: applications that lie about the sessions they were told to end. Each lie is flagged, nobody else is; a receipt is seen
// within a second; no order is left open beyond its time.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../support/until.js';
import { sqlite } from './database.js';
import { PARTS } from './parts.js';
import { Order, startStage } from './stage.js';
import { call, onNewGround } from './victim.js';

// The shortest that settings allow, in seconds.
const CONFIRM = 10;
const TERMINAL = ['confirmed', 'refused', 'unconfirmed', 'contradicted'];
// How long after its time the worker may close an order.
const SLACK_MS = 1_000;
const APART_MS = 60;

/** Plays every part `rounds` times, all beside each other. */
export async function lies(rounds) {
  const { victim, key, file, end } = await onNewGround();
  const strangersKey = await victim.anotherKey('Another');
  await sqlite(file, `UPDATE project SET settings = json_set(settings, '$.confirm_seconds', ${CONFIRM})`);
  await victim.start();
  const stage = await startStage();
  const endpoint = { url: stage.url, types: ['session.revocation.requested'], policy: { concurrency: 64 } };
  stage.trust((await call(victim.url, key, 'POST', '/api/v1/endpoints', endpoint)).secret);
  const scene = { stage, home: { url: victim.url, key, strangersKey } };
  const overheard = await overhear(scene);
  const cast = Array.from({ length: rounds }, () => PARTS).flat();
  const played = await Promise.all(cast.map((part, number) => play(scene, part, `u_${number}`, overheard, number * APART_MS)));
  await end();
  stage.stop();
  return judged(rounds, played);
}

/** A genuine signed answer to an order, for others to replay. */
async function overhear({ stage, home }) {
  let heard;
  const part = { answer: (order) => { heard = order.signed(order.receipt('revoked')); return heard; } };
  const order = new Order(home, 'overheard');
  stage.cast(order.user, part, order);
  await order.event('log-in');
  await call(home.url, home.key, 'POST', `/api/v1/sessions/${encodeURIComponent(order.session)}/revoke`, {});
  return until('an answer is overheard', () => heard);
}

/** One user's session is ordered to end, and its application plays its part: what was seen of it. */
async function play({ stage, home }, part, user, overheard, delay) {
  await pause(delay);
  const api = (method, path, body) => call(home.url, home.key, method, `/api/v1/${path}`, body);
  const order = new Order(home, user, overheard);
  stage.cast(user, part, order);
  await order.event('log-in');
  const { id } = await api('POST', `sessions/${encodeURIComponent(order.session)}/revoke`, {});
  const dossier = () => api('GET', `revocations/${id}`);
  let visible = 0;
  if (part.confirms) {
    await until('the receipt is seen', async () => (await dossier()).state === 'confirmed', { seconds: CONFIRM, every: 20 });
    visible = performance.now() - order.saidAt;
  }
  await part.then?.(order);
  await timeOver(dossier);
  const [{ next_limit: by, state, sessions, settled_at: settled }, alerts, deliveries] = await Promise.all([
    dossier(), api('GET', `alerts?user_id=${user}`), api('GET', `deliveries?revocation=${id}`),
  ]);
  const told = alerts.rows.map(({ kind }) => kind).filter((kind) => /^(revocation|session)\./.test(kind));
  const invalid = deliveries.rows.some(({ signature }) => signature?.receipt === 'invalid') ? ['receipt invalid'] : [];
  const open = sessions.some((one) => !TERMINAL.includes(one.state));
  const flags = [...new Set([...told, ...invalid, ...order.refusals])].sort();
  return { part, order, state, flags, visible, open, late: settled ? Date.parse(settled) - Date.parse(by) : Infinity };
}

/** Waits for the end of an order's time, which a deferral moves. */
async function timeOver(dossier) {
  const left = async () => Date.parse((await dossier()).next_limit) + SLACK_MS - Date.now();
  for (let wait = await left(); wait > 0; wait = await left()) await pause(wait);
}

function judged(rounds, played) {
  const expected = ({ part, state, flags }) => state === part.ends && flags.join() === [...part.flags].sort().join();
  const liars = played.filter(({ part }) => part.lies);
  const honest = played.filter(({ part }) => !part.lies);
  const wrong = played.filter((one) => !expected(one) || one.order.error);
  for (const { part, state, flags, order } of wrong) console.log(`  ${part.name}: ${state} [${flags}]${order.error ? ` ${order.error.message}` : ''}, expected ${part.ends} [${part.flags}]`);
  const flagged = liars.filter(expected).length;
  const accused = honest.filter((one) => !expected(one)).length;
  const waits = played.filter(({ part }) => part.confirms).map(({ visible }) => visible).sort((a, b) => a - b);
  const slowest = waits.at(-1);
  const late = Math.max(...played.map((one) => one.late));
  const open = played.filter((one) => one.open).length;
  const told = `${flagged} of ${liars.length} planted lies flagged as what they are, ${accused} of ${honest.length} honest ones flagged; receipts seen after ${waits[waits.length >> 1].toFixed(0)} ms at the median, ${slowest.toFixed(0)} ms at most; ${open} open at the end, the last closed ${late} ms after its time`;
  const kept = wrong.length === 0 && slowest <= 1_000 && open === 0 && late <= SLACK_MS;
  return { name: `W12 lies, ${rounds} rounds of ${PARTS.length} parts`, kept, told };
}

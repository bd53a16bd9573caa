// What the application did with an order to end sessions, as the receipt Porchlight reads.
'use strict';

/** From the worst to what only says "not here". */
const OUTCOMES = ['failed', 'revoked', 'already_ended', 'not_found'];
const FINAL = OUTCOMES.slice(1);
/** The longest detail, in characters. */
const DETAIL = 500;
/** A promise must lie ahead when it is read … */
const SOONEST_MS = 1000;
/** … and counts until a day after the order. */
const LATEST_MS = 24 * 3600 * 1000;

/**
 * The answer to an order, from what its handler returned: `true` (all listed sessions revoked), an outcome for each
 * session, one outcome for an order that lists none, `{defer}` (later), or nothing, which claims nothing: also null and no
 * outcomes. `final`: every listed session, or the user as a whole, has its end; else asking again could bring a better
 * answer.
 */
function answerOrder(order, result) {
  if (saysNothing(order, result)) return { status: 200, body: { ok: true }, final: false };
  if (result.defer !== undefined) return { status: 202, body: { receipt: deferred(order, result.defer) }, final: false };
  const receipt = finished(order, result);
  return { status: 200, body: { receipt }, final: isFinal(order, receipt) };
}

/** An order that lists no session is about every session of its user. */
function isWhole({ scope, sessions }) {
  return scope === 'all' && sessions.length === 0;
}

/** `true` speaks of the listed sessions. Where none is listed, whoever only looped over them has ended none. */
function saysNothing(order, result) {
  const empty = result === undefined || result === null || (Array.isArray(result) && result.length === 0);
  return empty || (result === true && isWhole(order));
}

function deferred(order, defer) {
  const until = deferredUntil(defer);
  if (isWhole(order)) return { revocation_id: order.revocationId, outcome: 'deferred', until };
  const sessions = order.sessions.map(({ id }) => ({ id, outcome: 'deferred', until }));
  return { revocation_id: order.revocationId, sessions };
}

/** A session that the order lists and the receipt does not could still be ended by another call. */
function isFinal(order, { outcome, sessions = [] }) {
  if (isWhole(order)) return FINAL.includes(outcome);
  const told = new Set(sessions.map(({ id }) => id));
  return sessions.every((session) => FINAL.includes(session.outcome)) && order.sessions.every(({ id }) => told.has(String(id)));
}

/** The receipt of an order that has been carried out. */
function finished(order, result) {
  const head = { revocation_id: order.revocationId, completed_at: new Date().toISOString() };
  if (isWhole(order)) return { ...head, ...wholeOutcome(result) };
  const outcomes = result === true ? order.sessions.map(({ id }) => ({ id, outcome: 'revoked' })) : result;
  if (!Array.isArray(outcomes)) {
    throw new TypeError('the handler of an order returns true, [{id, outcome}], {defer} or nothing');
  }
  return { ...head, sessions: outcomes.map(readOutcome) };
}

/** Of several sessions that the application ended, the worst outcome speaks for the user. */
function wholeOutcome(result) {
  if (Array.isArray(result) && result.length > 0) {
    const sessions = result.map(readOutcome);
    return { outcome: OUTCOMES.find((one) => sessions.some(({ outcome }) => outcome === one)), sessions };
  }
  if (typeof result?.outcome !== 'string') {
    throw new TypeError('the handler of an order that lists no session returns {outcome}, [{id, outcome}], {defer} or nothing');
  }
  return { outcome: checked(result.outcome), detail: words(result.detail) };
}

function readOutcome({ id, outcome, detail }) {
  if (id === undefined || id === null) throw new TypeError('an outcome names its session: {id, outcome}');
  return { id: String(id), outcome: checked(outcome), detail: words(detail) };
}

/** As much as Porchlight keeps. */
function words(detail) {
  if (detail === undefined || detail === null) return undefined;
  return [...String(detail).slice(0, 2 * DETAIL)].slice(0, DETAIL).join('');
}

function checked(outcome) {
  if (!OUTCOMES.includes(outcome)) throw new TypeError(`an outcome is one of ${OUTCOMES.join(', ')}, not ${outcome}`);
  return outcome;
}

/** A Date, or milliseconds from now. Porchlight refuses a promise that is over, and makes a day of one for longer. */
function deferredUntil(defer) {
  const now = Date.now();
  const ahead = defer instanceof Date ? defer.getTime() - now : defer;
  if (typeof ahead !== 'number' || Number.isNaN(ahead)) {
    throw new TypeError('defer is a Date, or a number of milliseconds from now');
  }
  if (ahead < SOONEST_MS) throw new TypeError('defer is at least a second ahead: sessions cannot be put off until the past');
  if (ahead > LATEST_MS) throw new TypeError('defer is at most a day ahead: a promise counts no longer than a day after the order');
  return new Date(now + ahead).toISOString();
}

module.exports = { answerOrder, finished };

// What the application did with an order to end sessions, as the receipt Porchlight reads.
'use strict';

const OUTCOMES = ['revoked', 'already_ended', 'not_found', 'failed'];
const FINAL = OUTCOMES.slice(0, 3);

/**
 * The answer to an order, from what its handler returned: `true` (all listed sessions revoked), an outcome for each
 * session, `{defer}` (later), or nothing, which claims nothing: also null and no outcomes. `final`: every listed session has
 * its end; else asking again could bring a better answer.
 */
function answerOrder(order, result) {
  if (saysNothing(result)) return { status: 200, body: { ok: true }, final: false };
  if (result?.defer !== undefined) {
    const until = deferredUntil(result.defer);
    const sessions = order.sessions.map(({ id }) => ({ id, outcome: 'deferred', until }));
    return { status: 202, body: { receipt: { revocation_id: order.revocationId, sessions } }, final: false };
  }
  const receipt = finished(order, result);
  return { status: 200, body: { receipt }, final: isFinal(order, receipt) };
}

function saysNothing(result) {
  return result === undefined || result === null || (Array.isArray(result) && result.length === 0);
}

/** A session that the order lists and the receipt does not could still be ended by another call. */
function isFinal(order, { sessions }) {
  const told = new Set(sessions.map(({ id }) => id));
  return sessions.every(({ outcome }) => FINAL.includes(outcome)) && order.sessions.every(({ id }) => told.has(String(id)));
}

/** The receipt of an order that has been carried out. */
function finished(order, result) {
  const outcomes = result === true ? order.sessions.map(({ id }) => ({ id, outcome: 'revoked' })) : result;
  if (!Array.isArray(outcomes)) {
    throw new TypeError('the handler of an order returns true, [{id, outcome}], {defer} or nothing');
  }
  return { revocation_id: order.revocationId, completed_at: new Date().toISOString(), sessions: outcomes.map(readOutcome) };
}

function readOutcome({ id, outcome, detail }) {
  if (id === undefined || id === null) throw new TypeError('an outcome names its session: {id, outcome}');
  if (!OUTCOMES.includes(outcome)) throw new TypeError(`an outcome is one of ${OUTCOMES.join(', ')}, not ${outcome}`);
  return { id: String(id), outcome, detail };
}

/** A Date, or milliseconds from now. */
function deferredUntil(defer) {
  return (defer instanceof Date ? defer : new Date(Date.now() + defer)).toISOString();
}

module.exports = { answerOrder, finished };

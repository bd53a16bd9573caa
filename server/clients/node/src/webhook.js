// Receives Porchlight's webhooks: verifies, hands over each once, answers orders with a signed receipt.
'use strict';

const { rawBody } = require('./body');
const { answerInParts, confirm, receiptHeaders } = require('./confirm');
const { readTimeLimit, within } = require('./limit');
const { readMessage } = require('./message');
const Refusal = require('./refusal');
const { HEADERS, isSecret, signer, validateWebhook } = require('./signature');

const TOLERANCE_SECONDS = 300;
/** Porchlight hangs up after 15 s, unless its endpoint has another limit: what is said later, nobody reads. */
const TIME_LIMIT_MS = 10_000;
/** How many messages are remembered, so that a redelivery gets the first one's answer. */
const REMEMBERED = 1000;

/** A request listener for Express (`app.post(path, webhook(secret, handler))`) and for `http.createServer`. */
function webhook(options, handler) {
  const { secrets, legacy, timeLimit, onError } = readOptions(options);
  const handle = readHandler(handler);
  const answers = new Map();

  return async function porchlightWebhook(req, res) {
    let proof = {};
    let answer;
    try {
      if (req.method !== 'POST') throw new Refusal(405, 'webhooks are POSTed');
      const body = await rawBody(req);
      proof = verify(req.headers, body, await secrets(), legacy);
      answer = await once(answers, proof.id, () => obey(handle, body, proof, onError), timeLimit);
    } catch (error) {
      const told = error instanceof Refusal ? error : new Refusal(500, 'the webhook could not be handled; please send it again');
      if (told.status >= 500) onError(error);
      answer = { status: told.status, body: { error: told.message } };
    }
    respond(res, answer, proof);
  };
}

function readOptions(options) {
  const given = typeof options === 'object' && !Array.isArray(options) ? options : { secret: options };
  const { secret, legacy = false, timeLimit, onError = (error) => console.error('Porchlight webhook:', error) } = given ?? {};
  const others = { legacy, timeLimit: readTimeLimit(timeLimit, TIME_LIMIT_MS), onError };
  if (typeof secret === 'function') return { secrets: async () => readSecrets(await secret()), ...others };
  const fixed = readSecrets(secret);
  return { secrets: async () => fixed, ...others };
}

function readSecrets(secret) {
  const secrets = [secret].flat();
  if (secrets.length === 0 || !secrets.every(isSecret)) throw new TypeError('webhook needs the secret of the endpoint');
  return secrets;
}

/** One function for everything, or one for each thing an application usually does. */
function readHandler(handler) {
  if (typeof handler === 'function') return handler;
  const { endSessions, alert, answer } = handler ?? {};
  const chosen = [endSessions, alert, answer].filter((one) => one !== undefined);
  if (chosen.length === 0 || chosen.some((one) => typeof one !== 'function')) {
    throw new TypeError('webhook needs a handler: a function, or functions named endSessions, alert, answer');
  }
  return async (event) => {
    const outcomes = event.isOrder ? await endSessions?.(event) : undefined;
    if (event.type === 'alert.opened') await alert?.(event);
    if (event.type === 'question.answered') await answer?.(event);
    return outcomes;
  };
}

/** Who signed it: the message's id and the secret that fits. Throws the refusal otherwise. */
function verify(headers, body, secrets, legacy) {
  const [id, timestamp, signatures] = HEADERS.map((name) => headers[name]);
  if (legacy && !id && !timestamp && !signatures) return verifyLegacy(headers['x-signature'], body, secrets);
  if (!id || !timestamp || !signatures) throw new Refusal(401, `the signature is missing: expected ${HEADERS.join(', ')}`);
  const secret = signer(secrets, signatures, id, timestamp, body);
  if (secret === undefined) throw new Refusal(401, 'the signature does not fit this body and secret');
  const age = Math.floor(Date.now() / 1000) - Number(timestamp);
  // Written so that a timestamp that is no number fails too.
  if (!(Math.abs(age) <= TOLERANCE_SECONDS)) throw new Refusal(401, `the timestamp is more than ${TOLERANCE_SECONDS} s off`);
  return { id, secret };
}

function verifyLegacy(signature, body, secrets) {
  if (!signature) throw new Refusal(401, `the signature is missing: expected ${HEADERS.join(', ')} or x-signature`);
  const secret = secrets.find((one) => validateWebhook(one, signature, body));
  if (secret === undefined) throw new Refusal(401, 'the signature does not fit this body and secret');
  return { id: null, secret };
}

/**
 * Runs `work` once for each message id, also when redeliveries overlap; what is not final, failed or ran out of time may
 * be asked again. An answer that is final counts also when it comes too late: a redelivery gets it.
 */
async function once(answers, id, work, timeLimit) {
  if (id === null) return within(work(), timeLimit, () => tooLate(timeLimit));
  if (answers.has(id)) return answers.get(id);
  const working = work();
  const answer = within(working, timeLimit, () => tooLate(timeLimit));
  remember(answers, id, answer);
  const forget = () => { if (answers.get(id) === answer) answers.delete(id); };
  working.then(({ final }) => (final ? remember(answers, id, working) : forget()), forget);
  answer.catch(forget);
  return answer;
}

function remember(answers, id, answer) {
  answers.set(id, answer);
  if (answers.size > REMEMBERED) answers.delete(answers.keys().next().value);
}

function tooLate(timeLimit) {
  return new Refusal(503, `the handler took more than ${timeLimit} ms; please send it again`);
}

async function obey(handle, body, proof, onError) {
  const event = readMessage(body, proof.id);
  // A probe asks only whether its signature is taken.
  if (event.type === 'probe') return { status: 200, body: { ok: true }, final: true };
  if (!event.isOrder) {
    await handle(event);
    return { status: 200, body: { ok: true }, final: true };
  }
  const result = await handle({ ...event, confirm: (outcomes) => confirm(event, outcomes, proof) });
  return answerInParts(event, result, proof, onError);
}

function respond(res, { status, body }, proof) {
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', 'content-length': Buffer.byteLength(text) };
  if (status === 405) headers.allow = 'POST';
  // What is left of a body that was not read to its end must not be taken for the next request.
  if (status === 413) headers.connection = 'close';
  res.writeHead(status, body.receipt ? { ...headers, ...receiptHeaders(proof, text) } : headers);
  res.end(text);
}

module.exports = webhook;

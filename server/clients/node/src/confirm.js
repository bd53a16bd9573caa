// Receipts that Porchlight gets by themselves or in an answer: signed, and in parts where one would be too large.
'use strict';

const { PorchlightError, isRefused } = require('./api');
const { inParts, sendEach } = require('./parts');
const { answerOrder, finished } = require('./receipt');
const { HEADERS, sign } = require('./signature');

const TIMEOUT_MS = 10_000;

/** Sends the receipt of a deferred order to where the order says. */
async function confirm(order, outcomes, proof) {
  if (!order.receiptUrl) throw new Error('this order names no receipt_url: answer it instead');
  await sendEach(inParts(order, finished(order, outcomes)), (receipt) => post(order, receipt, proof));
}

/** The answer to an order. Of a receipt that is too large for one it bears the first part; the others are posted before. */
async function answerInParts(order, result, proof, onError) {
  const answer = answerOrder(order, result);
  if (!answer.body.receipt) return answer;
  const [first, ...others] = inParts(order, answer.body.receipt);
  const whole = { ...answer, body: { receipt: first } };
  if (others.length === 0) return whole;
  if (!order.receiptUrl) return { ...whole, final: false };
  try {
    await sendEach(others, (receipt) => post(order, receipt, proof));
  } catch (error) {
    if (!isRefused(error)) throw error;
    onError(error);
  }
  return whole;
}

async function post(order, receipt, proof) {
  const body = JSON.stringify({ receipt });
  const headers = { 'content-type': 'application/json', ...receiptHeaders(proof, body) };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const { ok, status, body: unread } = await fetch(order.receiptUrl, { method: 'POST', headers, body, redirect: 'manual', signal });
  await unread?.cancel();
  if (!ok) throw new PorchlightError(`the receipt was refused with HTTP status ${status}`, { code: 'status', status });
}

/** The receipt's own signature, so that nobody between can claim that sessions ended. */
function receiptHeaders({ id, secret }, body) {
  if (!id) return {};
  const receiptId = `rcpt_${id}`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  return { [HEADERS[0]]: receiptId, [HEADERS[1]]: timestamp, [HEADERS[2]]: sign(secret, receiptId, timestamp, body) };
}

module.exports = { answerInParts, confirm, receiptHeaders };

// Turns a webhook's verified body, typed or in ThisData's flat format, into the one event a handler sees.
'use strict';

const Refusal = require('./refusal');

/** Reads the bytes of a verified webhook; `id` is its `webhook-id`, null where only ThisData's signature came. */
function readMessage(raw, id) {
  const body = parseObject(raw);
  const typed = typeof body.type === 'string';
  const data = typed ? (body.data ?? {}) : body;
  const wasUser = data.was_user ?? null;
  return {
    id,
    type: typed ? body.type : wasUser === null ? 'alert.opened' : 'question.answered',
    timestamp: time(body.timestamp),
    wasUser,
    alert: readAlert(data.alert),
    user: data.user ?? null,
    ...readOrder(data),
    raw: body,
  };
}

/** ThisData calls `description` what a typed body calls `title`. */
function readAlert(alert) {
  return alert ? { ...alert, description: alert.description ?? alert.title ?? null } : null;
}

/** What an order to end sessions adds; all null, and no sessions, when the message is none. */
function readOrder(data) {
  const revocationId = data.revocation_id ?? null;
  const sessions = Array.isArray(data.sessions) ? data.sessions.filter((session) => typeof session?.id === 'string') : [];
  return {
    revocationId,
    isOrder: revocationId !== null,
    sessions: revocationId === null ? [] : sessions,
    scope: revocationId === null ? null : (data.scope ?? 'listed'),
    reason: data.reason ?? null,
    initiatedBy: data.initiated_by ?? null,
    confirmBy: time(data.confirm_by),
    receiptUrl: data.receipt_url ?? null,
  };
}

function parseObject(raw) {
  let body;
  try {
    body = JSON.parse(raw.toString('utf8'));
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Refusal(400, 'the body is not a JSON object');
  return body;
}

function time(text) {
  const date = new Date(text ?? NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}

module.exports = { readMessage };

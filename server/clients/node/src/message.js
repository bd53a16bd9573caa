// Turns a webhook's verified body, typed or in ThisData's flat format, into the one event a handler sees.
'use strict';

const Refusal = require('./refusal');

/** The one typed message that asks for something; others only mention the order they belong to. */
const ORDER = 'session.revocation.requested';

/** Reads the bytes of a verified webhook; `id` is its `webhook-id`, null where only ThisData's signature came. */
function readMessage(raw, id) {
  return readBody(parseObject(raw), id);
}

/** The same event from an order as the API shows it; it has no message and no `receipt_url`. */
function readOrder({ id, requested_at: timestamp, ...rest }) {
  const { user, sessions = [], scope, reason, initiated_by, confirm_by } = rest;
  const listed = sessions.map((session) => ({ id: session.id }));
  const data = { revocation_id: id, user, sessions: listed, scope, reason, initiated_by, requested_at: timestamp, confirm_by };
  return readBody({ type: ORDER, timestamp, data }, null);
}

function readBody(body, id) {
  const typed = typeof body.type === 'string';
  const data = typed ? (body.data ?? {}) : body;
  const wasUser = data.was_user ?? null;
  const isOrder = typed ? body.type === ORDER : (data.revocation_id ?? null) !== null;
  return {
    id,
    type: typed ? body.type : wasUser === null ? 'alert.opened' : 'question.answered',
    timestamp: time(body.timestamp),
    wasUser,
    alert: readAlert(data.alert),
    user: data.user ?? null,
    revocationId: data.revocation_id ?? null,
    ...orderParts(data, isOrder),
    raw: body,
  };
}

/** ThisData calls `description` what a typed body calls `title`. */
function readAlert(alert) {
  return alert ? { ...alert, description: alert.description ?? alert.title ?? null } : null;
}

/** What an order to end sessions adds; empty when the message is none, though it may tell of one. */
function orderParts(data, isOrder) {
  if (!isOrder) {
    return { isOrder, sessions: [], scope: null, reason: null, initiatedBy: null, requestedAt: undefined, confirmBy: null, receiptUrl: null };
  }
  const sessions = Array.isArray(data.sessions) ? data.sessions.filter((session) => typeof session?.id === 'string') : [];
  return {
    isOrder,
    sessions,
    scope: data.scope ?? 'listed',
    reason: data.reason ?? null,
    initiatedBy: data.initiated_by ?? null,
    // Older servers do not say it.
    requestedAt: time(data.requested_at) ?? undefined,
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

module.exports = { readMessage, readOrder };

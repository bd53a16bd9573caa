// Builds the event that is sent from the request it happened in and what the caller adds.
'use strict';

/** The server reads no more of what a visitor chooses. */
const MAX_CLAIM = 2_048;

/**
 * The event in Porchlight's own field names.
 *
 * The address is the one the application itself believes: `req.ip`, which Express takes from X-Forwarded-For only
 * where `trust proxy` says so. Reading that header here would let anybody choose the address they log in from.
 */
function buildEvent(req, options) {
  const headers = req?.headers ?? {};
  const agent = options.userAgent ?? options.user_agent;
  return {
    id: options.id,
    verb: options.verb,
    ip: plainAddress(options.ip ?? req?.ip ?? req?.socket?.remoteAddress),
    user_agent: agent ?? headers['user-agent'],
    client_hints: hints(agent === undefined ? headers : {}, options.clientHints),
    password_breached: options.passwordBreached,
    user: withTextId(options.user),
    session: session(headers.cookie, options.session),
    device: withTextId(options.device),
    source: options.source,
    object: options.object,
    occurred_at: isoTime(options.occurredAt),
  };
}

/** Without the prefix a dual-stack socket puts before an IPv4 address. */
function plainAddress(ip) {
  return typeof ip === 'string' ? ip.replace(/^::ffff:(?=\d+\.)/i, '') : ip;
}

/**
 * What the browser says of itself beside its user agent; only Chromium's say it, and only over TLS. The request's own belong to
 * the request's user agent, not to one that the caller gives.
 */
function hints(headers, given) {
  const platform = given?.platform ?? headers['sec-ch-ua-platform'];
  const mobile = given?.mobile ?? headers['sec-ch-ua-mobile'];
  return platform === undefined && mobile === undefined ? undefined : { platform, mobile };
}

/** Database ids are numbers, bigints and objects as often as strings; the log knows text only. */
function withTextId(thing) {
  if (thing?.id === undefined || thing.id === null) return thing;
  return { ...thing, id: String(thing.id) };
}

/**
 * Adds the browser script's cookie, where the page has one. `cookieExpected` is ThisData's spelling. A cookie of any
 * length is sent, because the server shortens one that is too long: left out, it would be a device that nobody misses.
 */
function session(cookies, given) {
  const { cookieExpected, ...rest } = given ?? {};
  const cookie = /(?:^|;\s*)__tdli=([^;\s]+)\s*(?:;|$)/.exec(cookies ?? '')?.[1].slice(0, MAX_CLAIM);
  const known = { ...withTextId(rest) };
  if (cookie && known.td_cookie_id === undefined) known.td_cookie_id = cookie;
  if (cookieExpected !== undefined) known.td_cookie_expected = cookieExpected;
  return Object.keys(known).length > 0 ? known : undefined;
}

/** A Date, milliseconds since 1970 or text; a date that is none throws a RangeError. */
function isoTime(time) {
  return time === undefined || time === null ? undefined : new Date(time).toISOString();
}

module.exports = { buildEvent };

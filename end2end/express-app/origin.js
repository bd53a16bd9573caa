// Where a login comes from: the request and its device cookie, or in the demo a place that was chosen.
'use strict';

const { randomUUID } = require('node:crypto');
const places = require('./demo/places.json');

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** Gives each browser a token that outlives its sessions: `req.device`. */
function device(req, res, next) {
  const known = /(?:^|;\s*)device=([0-9a-f-]{36})(?:;|$)/.exec(req.headers.cookie ?? '')?.[1];
  req.device = known ?? randomUUID();
  if (!known) res.cookie('device', req.device, { httpOnly: true, sameSite: 'lax', maxAge: YEAR_MS });
  next();
}

/** What to tell Porchlight beside what it reads from the request itself. */
function originOf(req, demo) {
  const place = demo && Object.hasOwn(places, String(req.body?.from)) ? places[req.body.from] : undefined;
  if (!place) return { device: { id: req.device } };
  return { ip: place.ip, userAgent: place.userAgent, device: { id: place.device ?? randomUUID() } };
}

module.exports = { device, originOf, places };

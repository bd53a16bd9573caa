// A receipt in parts, where it is more than Porchlight reads of one answer or post.
'use strict';

const { isRefused } = require('./api');

/** Porchlight reads 256 KiB. */
const LARGEST = 200 * 1024;
/** For what stands around the sessions. */
const HEAD = 1024;
/** What one receipt may say, as an order may name; and what one of several says. */
const [MOST_SESSIONS, SESSIONS_EACH] = [1000, 200];

/** Receipts that together say what `receipt` does, each small enough, without what Porchlight does not count anyway. */
function inParts(order, receipt) {
  const { sessions = [], ...head } = receipt;
  if (sessions.length <= MOST_SESSIONS && size(receipt) <= LARGEST) return [receipt];
  const told = counted(order, head, sessions);
  return told.length > 0 ? chunks(told).map((part) => ({ ...head, sessions: part })) : [head];
}

/** Of an order that lists sessions, those; of one about the user as a whole, as many as an order may name. */
function counted(order, { outcome }, sessions) {
  if (outcome !== undefined) return sessions.filter((session) => session.outcome !== 'not_found').slice(0, MOST_SESSIONS);
  const listed = new Set(order.sessions.map(({ id }) => id));
  const own = sessions.filter(({ id }) => listed.has(id));
  // None: refused for that, and the words that come back say why.
  return own.length > 0 ? own : sessions.slice(0, SESSIONS_EACH);
}

function chunks(sessions) {
  const parts = [];
  let room = 0;
  for (const session of sessions) {
    const needed = size(session) + 1;
    if (needed > room || parts.at(-1).length === SESSIONS_EACH) {
      parts.push([]);
      room = LARGEST - HEAD;
    }
    parts.at(-1).push(session);
    room -= needed;
  }
  return parts;
}

function size(value) {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Sends one after the other. A part that is refused keeps no other back; rejects at the end with the first refusal. */
async function sendEach(receipts, send) {
  let refusal;
  for (const receipt of receipts) {
    try {
      await send(receipt);
    } catch (error) {
      if (!isRefused(error)) throw error;
      refusal ??= error;
    }
  }
  if (refusal) throw refusal;
}

module.exports = { inParts, sendEach };

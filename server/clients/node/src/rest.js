// Pauses that end as soon as a signal says stop.
'use strict';

const { setTimeout: pause } = require('node:timers/promises');

/** Between attempts after a failure: doubled each time, up to the last. */
const PAUSE_MS = [500, 30_000];

/** Never rejects: who asked looks at the signal. */
async function idle(ms, signal) {
  await pause(ms, undefined, { signal }).catch(() => {});
}

/** After so many failures before this one. */
async function rest(failures, signal) {
  const [first, most] = PAUSE_MS;
  await idle(Math.min(first * 2 ** failures, most), signal);
}

module.exports = { idle, rest };

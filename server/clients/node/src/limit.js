// The time that an application's handler may take.
'use strict';

/** What `setTimeout` can wait for. */
const LONGEST_MS = 2 ** 31 - 1;

/** The option `timeLimit`, in milliseconds; `usual` where it is not given. */
function readTimeLimit(timeLimit, usual) {
  if (timeLimit === undefined) return usual;
  if (!(timeLimit > 0 && timeLimit <= LONGEST_MS)) throw new TypeError(`timeLimit is milliseconds, 1 to ${LONGEST_MS}`);
  return timeLimit;
}

/** What `work` comes to, or what `late` makes of the time limit. `work` itself goes on: nothing can stop it. */
async function within(work, timeLimit, late) {
  let timer;
  const limit = new Promise((_, reject) => { timer = setTimeout(() => reject(late()), timeLimit); });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

module.exports = { readTimeLimit, within };

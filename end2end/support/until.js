// Waits for a condition, never for a while: what a test needs has come, or the test says what did not.
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Calls `look` until it gives something, and resolves to that. `what` says what is awaited, for the message when it
 * does not come within `seconds`. What `look` throws counts as not yet, and is told when the time is up.
 */
export async function until(what, look, { seconds = 20, every = 40 } = {}) {
  const end = performance.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`${what}: not within ${seconds} s${last ? ` (${last.message})` : ''}`, { cause: last });
    }
    await pause(every);
  }
}

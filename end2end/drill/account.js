// A receiver that keeps its own account: which message came when, how often.
import { once } from 'node:events';
import { createServer } from 'node:http';

/** Starts it: `{url, times, count(), duplicates(), stop()}`; each answer takes up to `slow` milliseconds. */
export async function startAccount({ slow = 0 } = {}) {
  const times = new Map();
  let count = 0;
  const server = createServer((request, response) => {
    const id = request.headers['webhook-id'];
    const own = times.get(id);
    if (own) own.push(performance.now());
    else times.set(id, [performance.now()]);
    count += 1;
    request.resume().on('end', () => setTimeout(() => response.end(), Math.random() * slow));
  }).listen(0, '127.0.0.1');
  server.keepAliveTimeout = 60_000;
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    times,
    count: () => count,
    duplicates: () => count - times.size,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

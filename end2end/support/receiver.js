// An endpoint that answers as a test wants it to, and keeps what it got.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { whole } from './tap.js';

/** Starts it: `{url, taken, stop()}`. `answer(webhook)` gives `{status, headers, body}`; without it all is 200. */
export async function startReceiver(answer = () => ({})) {
  const taken = [];
  const server = createServer(async (request, response) => {
    const webhook = { headers: request.headers, raw: await whole(request) };
    taken.push(webhook);
    const { status = 200, headers = {}, body = '' } = answer(webhook);
    response.writeHead(status, headers);
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${server.address().port}/`, taken, stop };
}

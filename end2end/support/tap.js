// Stands on the way of the webhooks: passes each on, and keeps its bytes with the answer it got.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { until } from './until.js';

/** Starts it before `target`: `{url, taken, find(what, matches), stop()}`; taken are `{headers, raw, body, status, answer}`. */
export async function startTap(target) {
  const taken = [];
  const server = createServer(async (request, response) => {
    const raw = await whole(request);
    const { host, connection, 'content-length': length, ...headers } = request.headers;
    const answer = await fetch(target, { method: 'POST', headers, body: raw });
    const text = await answer.text();
    taken.push({ headers: request.headers, raw, body: JSON.parse(raw), status: answer.status, answer: text });
    response.writeHead(answer.status, passedBack(answer.headers));
    response.end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const find = (what, matches) => until(`a webhook comes: ${what}`, () => taken.find(({ body }) => matches(body)));
  const stop = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${server.address().port}/webhook`, taken, find, stop };
}

/** The whole body of a request, in its bytes. */
export async function whole(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function passedBack(headers) {
  const ours = [...headers].filter(([name]) => name === 'content-type' || name.startsWith('webhook-'));
  return Object.fromEntries(ours);
}

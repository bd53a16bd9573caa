// Real HTTP on loopback: a server that keeps what it was sent, and a client that sends exactly what it is told.
'use strict';

const http = require('node:http');

/** Starts any request listener; closed when the test ends. Resolves to its address. */
async function listen(t, listener) {
  const server = http.createServer(listener);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/**
 * A server that records each request and answers with `answer(request, number)`: `[status, body, headers]`,
 * `'hang'` (never) or `'hang up'` (closes the connection).
 */
async function fakeServer(t, answer = () => [200, VERDICT]) {
  const requests = [];
  const url = await listen(t, async (req, res) => {
    const chunks = [];
    for await (const chunk of req) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const { pathname, searchParams } = new URL(req.url, 'http://localhost');
    const request = { method: req.method, path: pathname, query: searchParams, headers: req.headers, body: text && JSON.parse(text), at: performance.now() };
    requests.push(request);
    const reply = answer(request, requests.length);
    if (reply === 'hang') return;
    if (reply === 'hang up') return void req.socket.destroy();
    const [status, body, headers = {}] = reply;
    res.writeHead(status, { 'content-type': 'application/json', ...headers });
    res.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  return { url, requests };
}

const VERDICT = {
  id: 'evt_0fz5r2bn3e9qj', score: 0.91, level: 'red', decision: 'challenge',
  reasons: [{ code: 'net.country.new', text: 'China is a new country', evidence: 2.5 }],
};

/** An address nobody listens on. */
async function deadUrl() {
  const server = http.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** POSTs the bytes; resolves to `{status, headers, text, json}`. */
function post(url, body, headers = {}, method = 'POST') {
  return new Promise((resolve, reject) => {
    const req = http.request(url, { method, headers, agent: false }, async (res) => {
      const chunks = [];
      for await (const chunk of res) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      resolve({ status: res.statusCode, headers: res.headers, text, json: text.startsWith('{') ? JSON.parse(text) : null });
    });
    req.on('error', reject);
    req.end(body);
  });
}

module.exports = { VERDICT, deadUrl, fakeServer, listen, post };

// Stands in for Porchlight over real HTTP: keeps each event, and sends signed webhooks as the server does.
'use strict';

const crypto = require('node:crypto');
const http = require('node:http');

const KEY = 'fake-api-key';
const SECRET = `whsec_${crypto.randomBytes(24).toString('base64')}`;

/** Starts it for one test. `delay` ms pass before each verdict. */
async function fakePorchlight(t, { delay = 0 } = {}) {
  const events = [];
  const server = http.createServer(async (req, res) => {
    const chunks = [];
    for await (const chunk of req) chunks.push(chunk);
    const known = req.headers.authorization === `Bearer ${KEY}` && req.method === 'POST' && req.url === '/api/v1/events';
    if (known) events.push(JSON.parse(Buffer.concat(chunks)));
    setTimeout(() => {
      res.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ id: `evt_${events.length}`, score: 0.1, level: 'green', decision: 'allow', reasons: [] }));
    }, delay);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { host: `http://127.0.0.1:${server.address().port}`, key: KEY, secret: SECRET, events };
}

function signature(id, timestamp, body) {
  const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
  return `v1,${crypto.createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** Sends one signed body; resolves to `{status, receipt}`, and rejects when the receipt's signature is wrong. */
async function deliver(app, body) {
  const id = `msg_${crypto.randomUUID()}`;
  const text = JSON.stringify(body);
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = {
    'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature(id, timestamp, text),
  };
  const response = await fetch(`${app.url}/webhook`, { method: 'POST', headers, body: text });
  const answer = await response.text();
  const { receipt } = JSON.parse(answer);
  if (receipt) {
    const expected = signature(`rcpt_${id}`, response.headers.get('webhook-timestamp'), answer);
    if (response.headers.get('webhook-signature') !== expected) throw new Error('the receipt is not signed');
  }
  return { status: response.status, receipt };
}

/** A typed order to end sessions, delivered; resolves to the outcomes as `{session: outcome}`. */
async function order(app, user, sessions, scope = 'listed') {
  const data = { revocation_id: 'rev_1', user: { id: user }, sessions: sessions.map((id) => ({ id })), scope, initiated_by: 'operator' };
  const { receipt } = await deliver(app, { type: 'session.revocation.requested', timestamp: new Date().toISOString(), data });
  return Object.fromEntries(receipt.sessions.map(({ id, outcome }) => [id, outcome]));
}

module.exports = { deliver, fakePorchlight, order };

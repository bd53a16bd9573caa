// The webhook receiver over real HTTP: who is let in, in Express 4, Express 5 and bare node.
'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const { test } = require('node:test');
const express = require('express');
const express4 = require('express4');
const { webhook } = require('porchlight');
const { listen, post } = require('./support/loopback');
const { legacySignature, now, signedHeaders, standardSignature } = require('./support/signing');

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ALERT = JSON.stringify({ type: 'alert.opened', timestamp: '2026-01-01T00:00:00Z', data: { alert: { id: 7 }, user: { id: 'ü' } } });

/** A receiver in bare node that keeps what its handler was given. */
async function receiver(t, options = SECRET, result = undefined) {
  const events = [];
  const url = await listen(t, webhook(options, (event) => { events.push(event); return result; }));
  return { url, events };
}

const mounts = {
  'bare node': (listener) => listener,
  'Express 5': (listener) => express().post('/webhook', listener),
  'Express 4': (listener) => express4().post('/webhook', listener),
  'Express 5 behind express.raw()': (listener) => express().post('/webhook', express.raw({ type: '*/*' }), listener),
  'Express 4 that keeps rawBody': (listener) => express4()
    .use(express4.json({ verify: (req, _, raw) => { req.rawBody = raw; } })).post('/webhook', listener),
  'Express 4 with a parser for other types': (listener) => express4().use(express4.urlencoded({ extended: false })).post('/webhook', listener),
};
for (const [name, mount] of Object.entries(mounts)) {
  test(`${name}: a signed webhook reaches the handler, a tampered one does not`, async (t) => {
    const events = [];
    const url = `${await listen(t, mount(webhook(SECRET, (event) => { events.push(event); })))}/webhook`;
    const headers = signedHeaders(SECRET, ALERT);
    const good = await post(url, ALERT, headers);
    assert.deepEqual([good.status, good.json], [200, { ok: true }]);
    const bad = await post(url, ALERT.replace('7', '8'), headers);
    assert.deepEqual([bad.status, bad.json.error], [401, 'the signature does not fit this body and secret']);
    assert.deepEqual(events.map(({ id, alert, user }) => [id, alert.id, user.id]), [[headers['webhook-id'], 7, 'ü']]);
  });
}

for (const [name, framework] of [['Express 5', express], ['Express 4', express4]]) {
  test(`${name}: mounted after a JSON parser, it says so`, async (t) => {
    const told = [];
    const app = framework().use(framework.json());
    app.post('/webhook', webhook({ secret: SECRET, onError: (error) => told.push(error.message) }, () => true));
    const answer = await post(`${await listen(t, app)}/webhook`, ALERT, signedHeaders(SECRET, ALERT));
    assert.equal(answer.status, 500);
    assert.match(answer.json.error, /mount the webhook before any body parser/);
    assert.deepEqual(told, [answer.json.error]);
  });
}

test('missing, partial, foreign and stale signatures are refused with their reason', async (t) => {
  const { url, events } = await receiver(t);
  const good = signedHeaders(SECRET, ALERT);
  const without = (name) => Object.fromEntries(Object.entries(good).filter(([header]) => header !== name));
  const cases = [
    [{}, /missing/],
    [without('webhook-id'), /missing/],
    [without('webhook-timestamp'), /missing/],
    [without('webhook-signature'), /missing/],
    [{ 'x-signature': legacySignature(SECRET, ALERT) }, /missing/],
    [signedHeaders('another secret', ALERT), /does not fit/],
    [signedHeaders(SECRET, ALERT, { timestamp: now() - 301 }), /timestamp/],
    [signedHeaders(SECRET, ALERT, { timestamp: now() + 302 }), /timestamp/],
    [signedHeaders(SECRET, ALERT, { timestamp: 'soon' }), /timestamp/],
    [signedHeaders(SECRET, ALERT, { timestamp: 'NaN' }), /timestamp/],
    [{ ...good, 'webhook-timestamp': String(now() - 1) }, /does not fit/],
  ];
  for (const [headers, reason] of cases) {
    const answer = await post(url, ALERT, headers);
    assert.equal(answer.status, 401, JSON.stringify(headers));
    assert.match(answer.json.error, reason);
    assert.equal(answer.headers['webhook-signature'], undefined);
  }
  assert.equal(events.length, 0);
  assert.equal((await post(url, ALERT, signedHeaders(SECRET, ALERT, { timestamp: now() - 290 }))).status, 200);
});

test('a probe is verified and answered, and the handler is not told of it', async (t) => {
  const { url, events } = await receiver(t);
  const probe = JSON.stringify({ type: 'probe', timestamp: '2026-01-01T00:00:00Z', data: { kind: 'enforce' } });
  assert.equal((await post(url, probe, signedHeaders(SECRET, probe))).status, 200);
  assert.equal((await post(url, probe, signedHeaders('another secret', probe))).status, 401);
  assert.equal(events.length, 0);
});

test('while secrets rotate, either signature of either secret is enough', async (t) => {
  const { url, events } = await receiver(t, [SECRET, 'typed by an administrator']);
  for (const secret of [SECRET, 'typed by an administrator']) {
    assert.equal((await post(url, ALERT, signedHeaders(secret, ALERT))).status, 200);
  }
  const headers = signedHeaders('retired', ALERT);
  headers['webhook-signature'] += ` ${standardSignature(SECRET, headers['webhook-id'], headers['webhook-timestamp'], ALERT)}`;
  assert.equal((await post(url, ALERT, headers)).status, 200);
  assert.equal(events.length, 3);
});

test('a secret may be looked up at each webhook', async (t) => {
  let secret = '';
  const told = [];
  const { url } = await receiver(t, { secret: async () => secret, onError: (error) => told.push(error) });
  const none = await post(url, ALERT, signedHeaders('s', ALERT));
  assert.equal(none.status, 500);
  assert.doesNotMatch(none.text, /secret/, 'what is wrong inside is told to the application alone');
  assert.match(told[0].message, /needs the secret/);
  secret = 's';
  assert.equal((await post(url, ALERT, signedHeaders('s', ALERT))).status, 200);
});

test('ThisData\'s signature alone is accepted only where it is asked for', async (t) => {
  const body = '{"version":1,"was_user":false,"alert":{"id":3}}';
  const { url, events } = await receiver(t, { secret: 'hello', legacy: true });
  assert.equal((await post(url, body, { 'x-signature': legacySignature('hello', body) })).status, 200);
  assert.deepEqual([events[0].id, events[0].wasUser], [null, false]);
  assert.equal((await post(url, body, { 'x-signature': legacySignature('hullo', body) })).status, 401);
  assert.equal((await post(url, body, {})).status, 401);
  const halfStandard = { 'x-signature': legacySignature('hello', body), 'webhook-id': 'msg_1' };
  assert.equal((await post(url, body, halfStandard)).status, 401, 'a broken standard signature does not fall back');
});

test('other methods, large bodies and nonsense are refused', async (t) => {
  const { url, events } = await receiver(t);
  const get = await post(url, undefined, {}, 'GET');
  assert.deepEqual([get.status, get.headers.allow], [405, 'POST']);
  const large = 'x'.repeat(1024 * 1024 + 1);
  const refused = await post(url, large, { ...signedHeaders(SECRET, large), connection: 'keep-alive' });
  assert.deepEqual([refused.status, refused.headers.connection], [413, 'close']);
  const app = express().post('/', express.raw({ type: '*/*', limit: '2mb' }), webhook(SECRET, () => {}));
  assert.equal((await post(await listen(t, app), large, signedHeaders(SECRET, large))).status, 413);
  const largest = JSON.stringify({ type: 't', pad: 'x'.repeat(1024 * 1024 - 21) });
  assert.equal(Buffer.byteLength(largest), 1024 * 1024);
  assert.equal((await post(url, largest, signedHeaders(SECRET, largest))).status, 200);
  for (const body of ['', '{', 'null', '[]', '"text"', '1']) {
    const answer = await post(url, body, signedHeaders(SECRET, body));
    assert.deepEqual([answer.status, /not .*JSON/.test(answer.json.error)], [400, true], body);
  }
  assert.equal(events.length, 1);
});

for (const [name, before] of [
  ['in the middle', async () => {}],
  ['before the webhook is reached', (req) => new Promise((resolve) => { req.on('error', () => {}).on('close', resolve); })],
  ['because the application closed the request', async (req) => { setTimeout(() => req.destroy(), 20); }],
]) {
  test(`a sender that is gone ${name} leaves nothing behind`, async (t) => {
    const told = [];
    const listener = webhook({ secret: SECRET, onError: (error) => told.push(error) }, () => told.push('handled'));
    let done;
    const handled = new Promise((resolve) => { done = resolve; });
    const url = await listen(t, async (req, res) => {
      await before(req);
      done(await listener(req, res));
    });
    const req = http.request(url, { method: 'POST', headers: { 'content-length': 100 } });
    req.on('error', () => {});
    req.write('half');
    setTimeout(() => req.destroy(), 60);
    await handled;
    assert.deepEqual(told, []);
  });
}

test('a receiver without secret or handler says so when it is mounted', () => {
  for (const secret of [undefined, null, '', [], [''], 'whsec_', {}, { secret: [] }]) {
    assert.throws(() => webhook(secret, () => {}), /needs the secret/, JSON.stringify(secret));
  }
  for (const handler of [undefined, {}, 'x', { endSession: () => {} }, { alert: true }]) {
    assert.throws(() => webhook(SECRET, handler), /needs a handler/, JSON.stringify(handler));
  }
});

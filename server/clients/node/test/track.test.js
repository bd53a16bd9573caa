// track and verify: what is sent, what comes back, and that no failure ever reaches the login.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const express = require('express');
const express4 = require('express4');
const Porchlight = require('porchlight');
const { VERDICT, deadUrl, fakeServer, listen } = require('./support/loopback');

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const request = (more = {}) => ({ headers: { 'user-agent': 'Firefox, Windows 98' }, ip: '192.0.2.7', ...more });

test('a log-in is sent with address and user agent of its request, and the verdict comes back', async (t) => {
  const { url, requests } = await fakeServer(t);
  const verdict = await Porchlight('secret-key', { host: url }).track(request(), {
    user: { id: 42, name: 'Eve Smith', email: 'eve.smith@example.com', mobile: '+6421555', authenticated: true },
    session: { id: 's_1' }, device: { id: 'd_1' }, source: { name: 'Shop' }, object: { url: '/' },
    occurredAt: new Date(0),
  });
  assert.deepEqual(verdict, { failed: false, error: null, ...VERDICT });
  const [{ method, path, headers, body }] = requests;
  assert.deepEqual([method, path, headers.authorization], ['POST', '/api/v1/events', 'Bearer secret-key']);
  assert.match(headers['content-type'], /^application\/json/);
  assert.match(body.id, UUID);
  assert.deepEqual({ ...body, id: 0 }, {
    id: 0, verb: 'log-in', ip: '192.0.2.7', user_agent: 'Firefox, Windows 98',
    user: { id: '42', name: 'Eve Smith', email: 'eve.smith@example.com', mobile: '+6421555', authenticated: true },
    session: { id: 's_1' }, device: { id: 'd_1' }, source: { name: 'Shop' }, object: { url: '/' },
    occurred_at: '1970-01-01T00:00:00.000Z',
  });
});

test('what the caller gives wins over the request', async (t) => {
  const { url, requests } = await fakeServer(t);
  const porchlight = new Porchlight('k', { host: `${url}/` });
  await porchlight.track(request(), { verb: porchlight.verbs.LOG_IN_DENIED, ip: '198.51.100.1', userAgent: 'curl', id: 'mine' });
  await porchlight.track(null, { verb: 'transfer', ip: '198.51.100.2' });
  assert.deepEqual(requests[0].body, { id: 'mine', verb: 'log-in-denied', ip: '198.51.100.1', user_agent: 'curl' });
  assert.deepEqual({ ...requests[1].body, id: 0 }, { id: 0, verb: 'transfer', ip: '198.51.100.2' });
});

test("the browser's hints go along with its own user agent, and what is known of the password", async (t) => {
  const { url, requests } = await fakeServer(t);
  const porchlight = Porchlight('k', { host: url });
  const req = request({ headers: { 'user-agent': 'Chrome', 'sec-ch-ua-platform': '"Windows"', 'sec-ch-ua-mobile': '?0' } });
  await porchlight.track(req, { passwordBreached: true });
  await porchlight.track(req, { userAgent: 'Another' });
  await porchlight.track(req, { userAgent: 'Another', clientHints: { platform: 'Android', mobile: true } });
  const told = requests.map(({ body }) => [body.client_hints, body.password_breached]);
  assert.deepEqual(told, [[{ platform: '"Windows"', mobile: '?0' }, true], [undefined, undefined], [{ platform: 'Android', mobile: true }, undefined]]);
});

for (const [name, framework] of [['Express 5', express], ['Express 4', express4]]) {
  test(`${name}: X-Forwarded-For counts only where the application trusts it`, async (t) => {
    const { url, requests } = await fakeServer(t);
    for (const trust of [false, 'loopback']) {
      const app = framework();
      app.set('trust proxy', trust);
      app.post('/login', async (req, res) => res.json(await Porchlight('k', { host: url }).track(req)));
      const address = await listen(t, app);
      await fetch(`${address}/login`, { method: 'POST', headers: { 'x-forwarded-for': '203.0.113.9', 'user-agent': 'Chrome' } });
    }
    assert.deepEqual(requests.map(({ body }) => body.ip), ['127.0.0.1', '203.0.113.9']);
    assert.equal(requests[1].body.user_agent, 'Chrome');
  });
}

test('a bare node request, a mapped address and the browser cookie are understood', async (t) => {
  const { url, requests } = await fakeServer(t);
  const porchlight = Porchlight('k', { host: url });
  const req = { headers: { cookie: 'a=1; __tdli=c00k1e; b=2' }, socket: { remoteAddress: '::ffff:192.0.2.1' } };
  await porchlight.track(req, { session: { id: 5, cookieExpected: true } });
  await porchlight.track({ socket: { remoteAddress: '2001:db8::1' } }, { session: { td_cookie_id: 'own' } });
  await porchlight.track({ ip: '::ffff:c000:201' });
  assert.equal(requests[0].body.ip, '192.0.2.1');
  assert.deepEqual(requests[0].body.session, { id: '5', td_cookie_id: 'c00k1e', td_cookie_expected: true });
  assert.equal(requests[1].body.ip, '2001:db8::1');
  assert.deepEqual(requests[1].body.session, { td_cookie_id: 'own' });
  for (const length of [201, 2_048, 9_000]) {
    await porchlight.track({ headers: { cookie: `__tdli=${'x'.repeat(length)}; a=b` } });
  }
  const sent = requests.slice(3).map(({ body }) => body.session.td_cookie_id.length);
  assert.deepEqual(sent, [201, 2_048, 2_048], 'a monstrous cookie is one all the same, as far as the server reads it');
  assert.equal(requests[2].body.ip, '::ffff:c000:201', 'half an address would be none');
});

test('verify asks without an id, so that nothing is remembered', async (t) => {
  const { url, requests } = await fakeServer(t, () => [200, { ...VERDICT, id: undefined }]);
  const verdict = await Porchlight('k', { host: url }).verify(request(), { user: { id: 'u' } });
  assert.equal(requests[0].path, '/api/v1/verify');
  assert.deepEqual(requests[0].body, { verb: 'log-in', ip: '192.0.2.7', user_agent: 'Firefox, Windows 98', user: { id: 'u' } });
  assert.deepEqual([verdict.id, verdict.score, verdict.failed], [null, 0.91, false]);
});

for (const [name, first] of [['a 503', [503, {}]], ['a closed connection', 'hang up']]) {
  test(`${name} is tried again once, with the same id`, async (t) => {
    const { url, requests } = await fakeServer(t, (_, number) => (number === 1 ? first : [200, VERDICT]));
    const verdict = await Porchlight('k', { host: url }).track(request());
    assert.equal(verdict.level, 'red');
    assert.equal(requests.length, 2);
    assert.equal(requests[0].body.id, requests[1].body.id);
  });
}

async function failOpen(host, options = {}, trackOptions = {}) {
  const told = [];
  const porchlight = Porchlight('k', { host, onError: (error) => told.push(error), ...options });
  const verdict = await porchlight.track(request(), trackOptions);
  const { error, ...rest } = verdict;
  assert.deepEqual(rest, { failed: true, id: null, score: 0, level: 'green', decision: 'allow', reasons: [] });
  assert.deepEqual(told, [error]);
  return error;
}

test('a server that is down lets the user in', async () => {
  const error = await failOpen(await deadUrl());
  assert.equal(error.code, 'network');
  assert.match(error.message, /ECONNREFUSED/);
});

test('a server that hangs lets the user in when the time is up', async (t) => {
  const { url } = await fakeServer(t, () => 'hang');
  const started = Date.now();
  const error = await failOpen(url, { timeout: 150 });
  assert.equal(error.code, 'timeout');
  assert.ok(Date.now() - started < 1500, 'the time limit was kept');
});

test('a server that keeps failing is asked twice and lets the user in', async (t) => {
  const { url, requests } = await fakeServer(t, () => [500, { title: 'Internal error' }]);
  const error = await failOpen(url);
  assert.deepEqual([error.code, error.status, error.message, requests.length], ['status', 500, 'Internal error', 2]);
});

test('a problem document becomes the error, and is not tried again', async (t) => {
  const problem = { type: 'about:blank', title: 'Unprocessable', status: 422, detail: 'ip: must be an address', field: 'ip' };
  const { url, requests } = await fakeServer(t, () => [422, problem, { 'content-type': 'application/problem+json' }]);
  const error = await failOpen(url);
  assert.ok(error instanceof Porchlight.PorchlightError);
  assert.deepEqual([error.message, error.status, error.problem, requests.length], [problem.detail, 422, problem, 1]);
});

test('an answer that is not a verdict is a failure', async (t) => {
  for (const body of ['<html>', 'null', '{"ok":true}', '', '[]']) {
    const { url } = await fakeServer(t, () => [200, body]);
    assert.equal((await failOpen(url)).code, 'answer', body);
  }
});

test('a redirect is not followed: the key stays here', async (t) => {
  const elsewhere = await fakeServer(t);
  const { url } = await fakeServer(t, () => [307, '', { location: `${elsewhere.url}/api/v1/events` }]);
  assert.match((await failOpen(url)).message, /redirected to .*set host/);
  assert.equal(elsewhere.requests.length, 0);
});

test('options that cannot be sent let the user in', async (t) => {
  const { url, requests } = await fakeServer(t);
  const circular = {};
  circular.self = circular;
  await failOpen(url, {}, { object: circular });
  await failOpen(url, {}, { occurredAt: 'yesterday-ish' });
  await failOpen(url, {}, { object: { big: 1n } });
  assert.equal(requests.length, 0);
});

test('an onError that throws or rejects disturbs nobody', async () => {
  const host = await deadUrl();
  for (const onError of [() => { throw new Error('sync'); }, async () => { throw new Error('async'); }]) {
    assert.equal((await Porchlight('k', { host, onError }).track(request())).failed, true);
  }
});

test('a callback is served as ThisData did', async (t) => {
  const { url } = await fakeServer(t);
  const porchlight = Porchlight('k', { host: url });
  const good = await new Promise((resolve) => { porchlight.track(request(), {}, (...args) => resolve(args)); });
  assert.deepEqual([good[0], good[1].level], [null, 'red']);
  const short = await new Promise((resolve) => { porchlight.verify(request(), (...args) => resolve(args)); });
  assert.equal(short[1].score, 0.91);
  const dead = await deadUrl();
  const bad = await new Promise((resolve) => { Porchlight('k', { host: dead }).track(null, {}, (...args) => resolve(args)); });
  assert.ok(bad[0] instanceof Error);
  assert.equal(bad[1].decision, 'allow');
});

test('a client without key or with a senseless host says so when it is made', () => {
  assert.throws(() => Porchlight(), /API key/);
  assert.throws(() => Porchlight('  '), /API key/);
  assert.throws(() => Porchlight('k', { host: 'porchlight' }), /host must be an address/);
  assert.throws(() => Porchlight('k', { host: 'ftp://x' }), /http/);
  assert.throws(() => Porchlight('k', { timeout: 0 }), /timeout/);
});

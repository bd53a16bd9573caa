// What a visitor sees of login and logout, and what Porchlight is told of them.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { startApp } = require('../app');
const places = require('../demo/places.json');
const { browser } = require('./support/browser');
const { fakePorchlight } = require('./support/fake-porchlight');

const EVE = { id: '112233', name: 'Eve Smith', email: 'eve.smith@example.com' };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function start(t, options = {}) {
  const porchlight = await fakePorchlight(t, options);
  const app = await startApp({ porchlight, ...options });
  t.after(app.close);
  return { app, events: porchlight.events };
}

test('a login is told with user, session, device, address and user agent', async (t) => {
  const { app, events } = await start(t);
  const eve = browser(app.url, { 'x-forwarded-for': '203.0.113.9', 'user-agent': 'Firefox' });
  const answer = await eve.login('eve', 'harbour-bridge');
  assert.deepEqual([answer.status, answer.location], [302, '/home']);
  const { html } = await eve.get('/home');
  assert.match(html, /Hello, Eve Smith/);
  const [{ id, ...event }] = events;
  assert.match(id, UUID);
  assert.deepEqual(event, {
    verb: 'log-in', ip: '203.0.113.9', user_agent: 'Firefox', user: EVE,
    session: { id: await eve.session() }, device: { id: eve.cookies.get('device') },
  });
});

test('the log never holds what opens a session, and logging in changes it', async (t) => {
  const { app, events } = await start(t);
  const eve = browser(app.url);
  await eve.login('eve', 'harbour-bridge');
  const first = eve.cookies.get('sid');
  await eve.login('eve', 'harbour-bridge');
  assert.notEqual(eve.cookies.get('sid'), first);
  const sid = decodeURIComponent(first).slice(2).split('.')[0];
  assert.ok(sid.length > 20 && !JSON.stringify(events).includes(sid));
  const replay = browser(app.url);
  replay.cookies.set('sid', first);
  assert.equal(await replay.session(), null, 'the session before it is over');
});

test('a failed login is told, with the claimed user when there is such a one', async (t) => {
  const { app, events } = await start(t);
  const visitor = browser(app.url);
  for (const [name, password] of [['eve', 'wrong'], ['nobody', 'harbour-bridge'], ['', ''], ['eve', 'undefined'], ['__proto__', 'x']]) {
    const answer = await visitor.login(name, password);
    assert.equal(answer.status, 401);
    assert.match(answer.html, /do not belong together/);
  }
  assert.equal(await visitor.session(), null);
  assert.deepEqual(events.map(({ verb }) => verb), Array(5).fill('log-in-denied'));
  const denied = { ...EVE, authenticated: false };
  assert.deepEqual(events.map(({ user }) => user), [denied, undefined, undefined, denied, undefined]);
});

test('what was typed comes back as text', async (t) => {
  const { app } = await start(t);
  const { html } = await browser(app.url).login('"><script>alert(1)</script>', 'x');
  assert.doesNotMatch(html, /<script>/);
  assert.match(html, /&lt;script&gt;/);
});

test('a logout ends the session and is told', async (t) => {
  const { app, events } = await start(t);
  const eve = browser(app.url);
  await eve.login('eve', 'harbour-bridge');
  const session = await eve.session();
  const stolen = browser(app.url);
  stolen.cookies.set('sid', eve.cookies.get('sid'));
  assert.equal((await eve.logout()).location, '/login');
  assert.deepEqual([events[1].verb, events[1].user, events[1].session], ['log-out', EVE, { id: session }]);
  assert.equal(await eve.session(), null);
  assert.equal(await stolen.session(), null, 'a copied cookie is worth nothing either');
});

test('a device keeps its token over sessions, another browser has another', async (t) => {
  const { app, events } = await start(t);
  const [one, other] = [browser(app.url), browser(app.url)];
  await one.login('eve', 'harbour-bridge');
  await one.logout();
  await one.login('eve', 'harbour-bridge');
  await other.login('eve', 'harbour-bridge');
  const [first, out, second, foreign] = events.map(({ device }) => device.id);
  assert.equal(new Set([first, out, second]).size, 1);
  assert.notEqual(foreign, first);
});

test('with Porchlight gone, users log in all the same', async (t) => {
  const app = await startApp({ porchlight: { host: 'http://127.0.0.1:9', key: 'k', secret: 's' } });
  t.after(app.close);
  t.mock.method(console, 'error', () => {});
  const eve = browser(app.url);
  assert.equal((await eve.login('eve', 'harbour-bridge')).location, '/home');
  assert.ok(await eve.session());
});

test('places can be chosen in the demo, and only there', async (t) => {
  const demo = await start(t, { demo: true });
  const eve = browser(demo.app.url, { 'user-agent': 'really' });
  const { html } = await eve.get('/login');
  for (const { label } of Object.values(places)) assert.ok(html.includes(label), label);
  for (const from of ['home', 'thief', 'thief', '', 'toString']) await eve.login('eve', 'harbour-bridge', { from });
  await eve.login('eve', 'harbour-bridge', { from: 'thief' });
  await eve.logout();
  const seen = demo.events.map(({ ip, user_agent: agent }) => [ip, agent]);
  const [home, thief, here] = [[places.home.ip, places.home.userAgent], [places.thief.ip, places.thief.userAgent], ['127.0.0.1', 'really']];
  assert.deepEqual(seen, [home, thief, thief, here, here, thief, thief]);
  const devices = demo.events.map(({ device }) => device.id);
  assert.equal(devices[0], places.home.device);
  assert.equal(devices[3], eve.cookies.get('device'));
  assert.equal(new Set(devices).size, 5, 'each thief has a device of their own, and keeps it until the logout');

  const real = await start(t);
  const visitor = browser(real.app.url, { 'user-agent': 'really' });
  assert.doesNotMatch((await visitor.get('/login')).html, /thief|harbour-bridge/);
  await visitor.login('eve', 'harbour-bridge', { from: 'thief' });
  assert.deepEqual([real.events[0].ip, real.events[0].user_agent], here);
});

test('pages that do not exist and forms that are none are answered calmly', async (t) => {
  const { app } = await start(t);
  t.mock.method(console, 'error', () => {});
  assert.equal((await browser(app.url).get('/admin')).status, 404);
  for (const [type, body] of [['application/json', '{'], ['application/x-www-form-urlencoded', 'username=a&username=b&password=%'], ['text/plain', 'x']]) {
    const response = await fetch(`${app.url}/login`, { method: 'POST', headers: { 'content-type': type }, body });
    assert.equal(response.status, 401, type);
  }
  const large = await fetch(`${app.url}/login`, { method: 'POST', body: new URLSearchParams({ username: 'x'.repeat(200_000) }) });
  assert.equal(large.status, 413);
  assert.doesNotMatch(await large.text(), /at .*\.js/);
});

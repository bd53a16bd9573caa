// The loop: Porchlight orders, the session dies, the receipt says so, the thief stands at the login page.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { startApp } = require('../app');
const { browser } = require('./support/browser');
const { deliver, fakePorchlight, order } = require('./support/fake-porchlight');

const [EVE, JOHN] = ['112233', '12345'];

async function start(t, options = {}) {
  const porchlight = await fakePorchlight(t, options);
  const app = await startApp({ porchlight });
  t.after(app.close);
  return { app, events: porchlight.events };
}

async function signIn(app, username = 'eve', password = 'harbour-bridge') {
  const someone = browser(app.url);
  await someone.login(username, password);
  return { ...someone, name: await someone.session() };
}

test('"not me" kills the thief\'s session and no other', async (t) => {
  const { app, events } = await start(t);
  const victim = await signIn(app);
  const thief = browser(app.url, { 'x-forwarded-for': '177.32.10.20', 'user-agent': 'Firefox' });
  await thief.login('eve', 'harbour-bridge');
  assert.equal((await thief.get('/home')).status, 200);
  const stolen = events[1].session.id;

  const { status, receipt } = await deliver(app, {
    version: 1, was_user: false, alert: { id: 7, description: 'Eve Smith logged in from a new location' }, verb: 'log-in', ip: '177.32.10.20',
    user: { id: EVE }, revocation_id: 'rev_7', sessions: [{ id: stolen }], confirm_by: new Date(Date.now() + 60_000).toISOString(),
  });
  assert.equal(status, 200);
  assert.deepEqual([receipt.revocation_id, receipt.sessions], ['rev_7', [{ id: stolen, outcome: 'revoked' }]]);

  const next = await thief.get('/home');
  assert.deepEqual([next.status, next.location], [302, '/login']);
  assert.match((await thief.get('/login')).html, /Your session has ended/);
  assert.doesNotMatch((await thief.get('/login')).html, /Your session has ended/, 'said once');
  assert.equal(await victim.session(), victim.name);
});

test('each scope ends what it says, and each outcome is true', async (t) => {
  const { app } = await start(t);
  const [a, b, c, d] = [await signIn(app), await signIn(app), await signIn(app), await signIn(app)];
  const john = await signIn(app, 'john', 'worldline-2036');
  assert.deepEqual(await order(app, EVE, [a.name], 'one'), { [a.name]: 'revoked' });
  assert.deepEqual(await order(app, EVE, [a.name, b.name, 's_never'], 'listed'), {
    [a.name]: 'already_ended', [b.name]: 'revoked', s_never: 'not_found',
  });
  assert.deepEqual(await order(app, EVE, [c.name], 'others'), { [c.name]: 'revoked' });
  assert.equal(await d.session(), d.name, 'the one that was not named is kept');
  assert.deepEqual(await order(app, EVE, [a.name], 'all'), { [a.name]: 'already_ended', [d.name]: 'revoked' });
  assert.deepEqual(await order(app, EVE, [john.name], 'one'), { [john.name]: 'not_found' });
  assert.deepEqual(await Promise.all([a, b, c, d].map((one) => one.session())), [null, null, null, null]);
  assert.equal(await john.session(), john.name, 'another user\'s session is none of this order\'s business');
  assert.deepEqual(await order(app, JOHN, [], 'all'), { [john.name]: 'revoked' });
});

test('an order that comes late ends what it names, and all that began before it; who signed in since stays', async (t) => {
  const { app } = await start(t);
  const [listed, before] = [await signIn(app), await signIn(app)];
  const givenAt = (await app.sessions.of(EVE)).at(-1).login.at;
  while (new Date().toISOString() <= givenAt) await new Promise(setImmediate);
  const since = await signIn(app);
  const late = (sessions) => ({
    type: 'session.revocation.requested', timestamp: new Date().toISOString(),
    data: { revocation_id: 'rev_1', user: { id: EVE }, sessions, scope: 'all', requested_at: givenAt },
  });
  const { receipt } = await deliver(app, late([{ id: listed.name }]));
  assert.deepEqual(new Set(receipt.sessions.map(({ id }) => id)), new Set([listed.name, before.name]));
  assert.equal(await since.session(), since.name);
  const whole = await deliver(app, late([]));
  assert.equal(whole.receipt.outcome, 'not_found', 'none that began before it is left');
  const named = await deliver(app, late([{ id: since.name }]));
  assert.deepEqual(named.receipt.sessions, [{ id: since.name, outcome: 'revoked' }], 'what is named ends whenever it began');
});

test('a session that ended by logout is told so', async (t) => {
  const { app } = await start(t);
  const eve = await signIn(app);
  await eve.logout();
  assert.deepEqual(await order(app, EVE, [eve.name]), { [eve.name]: 'already_ended' });
});

test('a session that dies while its login is still being answered stays dead', async (t) => {
  const { app, events } = await start(t, { delay: 300 });
  const thief = browser(app.url);
  const underWay = thief.login('eve', 'harbour-bridge');
  while (events.length === 0) await new Promise((resolve) => { setTimeout(resolve, 5); });
  const { id } = events[0].session;
  assert.deepEqual(await order(app, EVE, [id]), { [id]: 'revoked' });
  await underWay;
  assert.equal(await thief.session(), null);
  assert.deepEqual(await order(app, EVE, [id]), { [id]: 'already_ended' });
});

test('saving a session that has ended does not bring it back', async (t) => {
  const { app } = await start(t);
  const eve = await signIn(app);
  const [{ sid, login }] = await app.sessions.of(EVE);
  await order(app, EVE, [eve.name]);
  await new Promise((resolve) => { app.sessions.set(sid, { cookie: {}, login }, resolve); });
  assert.equal(await eve.session(), null);
  assert.deepEqual(await app.sessions.of(EVE), []);
});

test('an order that nobody signed ends nothing', async (t) => {
  const { app } = await start(t);
  const eve = await signIn(app);
  const body = JSON.stringify({ type: 'session.revocation.requested', data: { revocation_id: 'r', user: { id: EVE }, scope: 'all', sessions: [] } });
  const response = await fetch(`${app.url}/webhook`, { method: 'POST', body });
  assert.equal(response.status, 401);
  assert.equal(await eve.session(), eve.name);
});

test('without a secret there is no webhook', async (t) => {
  const app = await startApp({ porchlight: { host: 'http://127.0.0.1:9', key: 'k' } });
  t.after(app.close);
  assert.equal((await fetch(`${app.url}/webhook`, { method: 'POST', body: '{}' })).status, 404);
});

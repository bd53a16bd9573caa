// An application that was written for ThisData: its webhook's body, its signature, its client call, and a revocation inside.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { give, linkTo } from '../support/answer.js';
import { home, thief } from '../support/places.js';
import { startStage } from '../support/stage.js';
import { whole } from '../support/tap.js';
import { until } from '../support/until.js';

const Porchlight = createRequire(import.meta.url)('../express-app/node_modules/porchlight');
const EVE = { id: '112233', name: 'Eve Smith', email: 'eve.smith@example.com' };

let stage;
before(async () => { stage = await startStage(); });
after(() => stage.stop());

/** ThisData's receiver as its documentation had it, reading the raw body; `answer(body)` gives what it replies. */
async function receiver(t, answer = () => ({})) {
  const taken = [];
  let secret;
  const server = createServer(async (request, response) => {
    const raw = (await whole(request)).toString('latin1');
    const genuine = Porchlight('unused').validateWebhook(secret, request.headers['x-signature'], raw);
    const body = JSON.parse(raw);
    taken.push({ genuine, raw, body, headers: request.headers });
    response.writeHead(genuine ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer(body)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  return { url: `http://127.0.0.1:${server.address().port}/`, taken, trust: (told) => { secret = told; } };
}

/** Five logins at home, one by the thief, as the flat `/v1/events` of ThisData takes them. */
async function stolen(project) {
  const track = async (place, session) => {
    const event = { verb: 'log-in', ip: place.ip, user_agent: place.userAgent, user: EVE, session: { id: session } };
    const response = await fetch(`${stage.porchlight.url}/v1/events?api_key=${project.key}`, { method: 'POST', body: JSON.stringify(event) });
    assert.equal(response.status, 200);
  };
  for (let login = 1; login <= 5; login += 1) await track(home, `home-${login}`);
  await track(thief, 'stolen-1');
}

/** Everything that was due has gone out: no delivery is pending, and there is one at least. */
function settled(project) {
  return until('all deliveries are done', async () => {
    const { rows } = await project.api.get('/deliveries');
    return rows.length > 0 && rows.every(({ state }) => state !== 'pending') && rows;
  });
}

async function answer(mail, word) {
  const page = await stage.browser.window({ javaScriptEnabled: false });
  await page.goto(linkTo(mail, word));
  await give(page, word);
  await page.getByRole('heading', { name: 'Thank you' }).waitFor();
  await page.context().close();
}

test('an anomaly says was_user null, a no says false exactly once, with the order inside', async (t) => {
  const confirm = ({ revocation_id: id, sessions }) => (id
    ? { receipt: { revocation_id: id, completed_at: new Date().toISOString(), sessions: sessions.map((one) => ({ ...one, outcome: 'revoked' })) } }
    : {});
  const old = await receiver(t, confirm);
  const project = await stage.project('ThisData no');
  const endpoint = await project.api.post('/endpoints', { url: old.url, format: 'thisdata', secret: 'hello-thisdata' });
  assert.equal(endpoint.secret, 'hello-thisdata');
  old.trust(endpoint.secret);

  await stolen(project);
  const mail = await stage.mailbox.mailTo(EVE.email, 1);
  const opened = await until('the anomaly is told', () => old.taken[0]);
  assert.equal(opened.body.was_user, null);
  assert.equal(opened.body.version, 1);
  assert.ok(Number.isSafeInteger(opened.body.alert.id) && opened.body.alert.description.includes('Eve Smith'), opened.raw);
  assert.deepEqual([opened.body.ip, opened.body.verb, opened.body.user], [thief.ip, 'log-in', EVE]);
  assert.ok(!('revocation_id' in opened.body), 'nothing is ordered before the answer');

  await answer(mail, 'no');
  const { rows } = await until('the order is confirmed', async () => {
    const found = await project.api.get('/revocations');
    return found.rows[0]?.state === 'confirmed' && found;
  });
  assert.equal(rows.length, 1);
  await settled(project);
  const denied = old.taken.filter(({ body }) => body.was_user === false);
  assert.equal(denied.length, 1, 'exactly once');
  assert.equal(denied[0].body.revocation_id, rows[0].id);
  assert.deepEqual(denied[0].body.sessions, [{ id: 'stolen-1' }]);
  assert.ok(Date.parse(denied[0].body.confirm_by) > Date.now());
  assert.equal(denied[0].body.alert.id, opened.body.alert.id);
  assert.equal(old.taken.length, 2);
  for (const { genuine, raw, headers } of old.taken) {
    assert.ok(genuine, 'X-Signature is right');
    assert.match(headers['webhook-signature'], /^v1,/, 'the standard signature stands beside it');
    assert.match(raw, /^[\x20-\x7e]*$/, 'ASCII only');
  }
});

test('a yes says true, once, and orders nothing', async (t) => {
  const old = await receiver(t);
  const project = await stage.project('ThisData yes');
  old.trust((await project.api.post('/endpoints', { url: old.url, format: 'thisdata' })).secret);
  await stolen(project);
  const mail = await until('the mail of this project comes', () => stage.mailbox.mails.find(({ subject, text }) => `${subject}${text}`.includes('ThisData yes')));
  await answer(mail, 'yes');
  await until('the answer is told', () => old.taken.some(({ body }) => body.was_user === true));
  await settled(project);
  assert.deepEqual(old.taken.map(({ body, genuine }) => [body.was_user, genuine]), [[null, true], [true, true]]);
  assert.deepEqual((await project.api.get('/revocations')).rows, []);
});

test('a receiver with another secret is shown as one that refuses', async (t) => {
  const old = await receiver(t);
  const project = await stage.project('ThisData wrong secret', { asks: false });
  await project.api.post('/endpoints', { url: old.url, format: 'thisdata' });
  old.trust('not the secret');
  await stolen(project);
  const delivery = await until('the refusal is recorded', async () => {
    const { rows } = await project.api.get('/deliveries');
    return rows[0]?.last_status === 401 && rows[0];
  });
  assert.equal(delivery.state, 'pending', 'it is tried again');
  assert.equal(old.taken[0].genuine, false);
});

// events and rules: the calls an application awaits, which do reject; and the two ways to load the package.
'use strict';

const assert = require('node:assert/strict');
const { inspect } = require('node:util');
const { test } = require('node:test');
const Porchlight = require('porchlight');
const { fakeServer } = require('./support/loopback');

test('events sends its filters as the query', async (t) => {
  const page = { rows: [{ id: 'evt_1' }], next: null };
  const { url, requests } = await fakeServer(t, () => [200, page]);
  const since = new Date('2026-01-01T00:00:00Z');
  const found = await Porchlight('k', { host: `${url}/base/` }).events({ user_id: 'ü&1', verb: ['a', 'b'], since, cursor: undefined });
  assert.deepEqual(found, page);
  const [{ method, path, query, headers }] = requests;
  assert.deepEqual([method, path, headers.authorization], ['GET', '/base/api/v1/events', 'Bearer k']);
  assert.deepEqual([...query], [['user_id', 'ü&1'], ['verb', 'a,b'], ['since', '2026-01-01T00:00:00.000Z']]);
});

test('rules are listed, read, made, changed and removed', async (t) => {
  const rule = { id: '816677874491720987', name: 'n', type: 'blacklist', target: 'location.ip', filters: ['192.0.2.0/24'] };
  const { url, requests } = await fakeServer(t, ({ method, path }) => {
    if (method === 'DELETE') return [204, ''];
    if (method === 'GET' && path === '/v1/rules') return [200, [rule]];
    return [path === '/v1/rules' ? 201 : 200, rule];
  });
  const { rules } = Porchlight('k', { host: url });
  assert.deepEqual(await rules.list(), [rule]);
  assert.deepEqual(await rules.get(rule.id), rule);
  assert.deepEqual(await rules.create({ name: 'n' }), rule);
  assert.deepEqual(await rules.update('a/b', { name: 'm' }), rule);
  assert.equal(await rules.remove(rule.id), null);
  assert.deepEqual(requests.map(({ method, path, body }) => [method, path, body]), [
    ['GET', '/v1/rules', ''],
    ['GET', `/v1/rules/${rule.id}`, ''],
    ['POST', '/v1/rules', { name: 'n' }],
    ['POST', '/v1/rules/a%2Fb', { name: 'm' }],
    ['DELETE', `/v1/rules/${rule.id}`, ''],
  ]);
});

test('a refusal rejects, or reaches the callback, with the server\'s words', async (t) => {
  const { url, requests } = await fakeServer(t, () => [404, { messages: ['no such rule'] }]);
  const { rules, events } = Porchlight('k', { host: url });
  await assert.rejects(rules.get('1'), { name: 'PorchlightError', code: 'status', status: 404, message: 'no such rule' });
  await assert.rejects(rules.remove(undefined), TypeError);
  assert.equal(requests.length, 1, 'a rule without an id is not asked for');
  const error = await new Promise((resolve) => { rules.list(resolve).catch(() => {}); });
  assert.equal(error.status, 404);
  assert.equal(typeof events, 'function');
});

test('the key shows in no log of the client and its errors', async (t) => {
  const { url } = await fakeServer(t, () => [401, { title: 'Unauthorized' }]);
  const porchlight = Porchlight('k3y-very-secret', { host: url, webhookSecret: 'whsec_c2VjcmV0LXNlY3JldA==' });
  const verdict = await porchlight.track(null);
  for (const thing of [porchlight, verdict]) {
    assert.doesNotMatch(inspect(thing, { depth: 9, showHidden: true }) + JSON.stringify(thing), /k3y|c2Vj/);
  }
});

test('import and require give the same client', async () => {
  const esm = await import('porchlight');
  assert.equal(esm.default, Porchlight);
  for (const name of ['Porchlight', 'PorchlightError', 'validateWebhook', 'verbs', 'webhook']) {
    assert.equal(esm[name], Porchlight[name], name);
    assert.ok(esm[name], name);
  }
  assert.ok(Porchlight('k') instanceof Porchlight);
  assert.ok(new Porchlight('k') instanceof Porchlight);
});

test('each verb of the contract, and each that is weighed beside it, has its constant', () => {
  assert.deepEqual(Object.values(Porchlight.verbs).sort(), [
    'access', 'api-key-create', 'authentication-challenge', 'authentication-challenge-fail',
    'authentication-challenge-pass', 'data-export', 'desktop-login-success', 'email-update', 'log-in',
    'log-in-challenge', 'log-in-denied', 'log-out', 'password-reset', 'password-reset-fail', 'password-reset-request',
    'password-update', 'payout-update', 'recovery-codes-view', 'recovery-update', 'two-factor-disable',
    'two-factor-update',
  ]);
  assert.equal(Porchlight('k').verbs, Porchlight.verbs);
});

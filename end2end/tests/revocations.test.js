// An order that an operator gives: whoever waits for its confirmation sees it come.
import assert from 'node:assert/strict';
import { scene } from '../support/scene.js';
import { thief } from '../support/places.js';
import { login, stolen } from '../support/seed.js';
import { until } from '../support/until.js';

const { both } = scene({ mail: false });
const WAITING = 'Waiting for the application’s confirmation…';

/** What the application says once the sessions are dead. */
async function confirm(project) {
  const { rows: [order] } = await project.api.get('/revocations');
  const sessions = order.sessions.map(({ id }) => ({ id, outcome: 'revoked' }));
  await project.api.post(`/revocations/${order.id}/receipt`, {
    receipt: { revocation_id: order.id, completed_at: new Date().toISOString(), sessions },
  });
}

/** Waits for the confirmation as this reader can: by looking on, or by loading the page again. */
async function seen({ page, mode, settled }, text) {
  const refresh = page.getByRole('link', { name: 'Refresh' });
  if (mode.javaScriptEnabled) {
    assert.equal(await refresh.count(), 0, 'the page reads itself again');
  } else {
    await refresh.click();
    await settled();
  }
  await page.getByText(WAITING).waitFor({ state: 'detached' });
  await page.getByText(text, { exact: true }).first().waitFor();
}

both('the user’s page shows the confirmation when it comes', async ({ page, visit, desk, project }) => {
  const sessions = await stolen(project);
  const { rows: [user] } = await project.api.get('/users');
  await visit(project.path(`users/${user.key}`));
  assert.equal(await page.getByText(WAITING).count(), 0, 'nothing is under way');
  const row = page.getByRole('table', { name: 'Live sessions' }).getByRole('row').filter({ hasText: sessions.stolen });
  await row.getByText('Revoke…').click();
  await row.getByRole('button', { name: 'Revoke this session' }).click();
  await page.getByText('The order is on its way').waitFor();
  await page.getByText(WAITING).waitFor();
  await confirm(project);
  await seen(desk, 'confirmed');
});

both('so do the alert’s page and the order’s own', async ({ page, visit, desk, project }) => {
  for (const path of ['alerts', 'revocations']) {
    await stolen(project, { id: path, name: `User of ${path}` });
    await visit(project.path('alerts'));
    await page.getByRole('link', { name: `User of ${path} logged in` }).click();
    await page.getByText('Revoke this session…').click();
    await page.getByRole('button', { name: 'Revoke this session' }).click();
    await page.getByText(WAITING).waitFor();
    if (path === 'revocations') {
      await page.getByRole('table', { name: 'Orders to end sessions' }).getByRole('link').first().click();
      await page.getByRole('heading', { name: /^Order to end sessions/ }).waitFor();
    }
    await confirm(project);
    await seen(desk, 'confirmed');
  }
});

both('an order whose session was seen alive says what it was told, and what was seen, when and from where', async ({ page, visit, project }) => {
  const sessions = await stolen(project);
  const order = await project.api.post(`/sessions/${sessions.stolen}/revoke`, {});
  await confirm(project);
  // What happened until shortly after the receipt may have been under way.
  await until('it is contradicted', async () => {
    await project.api.post('/events', login(thief, sessions.stolen, { verb: 'access' }));
    return (await project.api.get(`/revocations/${order.id}`)).state === 'contradicted';
  }, { every: 500 });
  const { sessions: [ended] } = await project.api.get(`/revocations/${order.id}`);
  assert.equal(ended.said, 'revoked');
  await visit(project.path(`revocations/${order.id}`));
  await page.getByText('the application said: revoked').waitFor();
  const moments = await page.locator('.timeline li .strong').allInnerTexts();
  assert.deepEqual(moments.slice(-2), ['Said to be dead', 'Seen alive']);
  const seenAlive = page.getByRole('table', { name: 'Seen alive' }).locator('tbody tr');
  await seenAlive.getByText('Access').first().waitFor();
  assert.equal(await seenAlive.count(), 1);
  await seenAlive.locator('.row-link').click();
  await page.waitForURL(/\/events\/evt_/);
});

both('orders, deliveries and inbound webhooks are narrowed by user, session, order and day', async ({ page, visit, settled, project }) => {
  await project.api.post('/endpoints', { url: 'https://app.example/hook', types: ['session.revocation.requested'] });
  const own = ({ id }) => stolen(project, { id, name: `User ${id}`, email: `${id}@example.com` });
  const [anna, ben] = [await own({ id: 'anna' }), await own({ id: 'ben' })];
  const order = await project.api.post(`/sessions/${anna.stolen}/revoke`, {});
  await project.api.post(`/sessions/${ben.stolen}/revoke`, {});
  const rows = (name) => page.getByRole('table', { name }).locator('tbody tr');
  /** Fills one filter in and leaves the rest. */
  const narrow = async (label, value) => {
    const bar = page.getByRole('search');
    await bar.getByLabel(label, { exact: true }).fill(value);
    await bar.getByRole('button', { name: 'Filter' }).click();
    await page.getByRole('link', { name: 'Clear' }).waitFor();
    await settled();
  };
  for (const [path, table, nothing] of [['revocations', 'Orders to end sessions', 'No order matches'], ['deliveries', 'Deliveries', 'No delivery matches']]) {
    for (const [label, value, other] of [['User id or mail', 'anna', 'anne'], ['User id or mail', 'Anna@Example.com', 'anne@example.com'], ['Session', anna.stolen, anna.own], ['Order', order.id, `${order.id.slice(0, -7)}0000000`]]) {
      await visit(project.path(path));
      await rows(table).nth(1).waitFor();
      await narrow(label, value);
      await rows(table).nth(1).waitFor({ state: 'detached' });
      await rows(table).first().waitFor();
      assert.equal(await rows(table).count(), 1, `${path} by ${label}`);
      await narrow(label, other);
      await page.getByText(nothing).waitFor();
    }
    const today = new Date().toISOString().slice(0, 10);
    await visit(`${project.path(path)}?since=${today}&until=${today}`);
    await rows(table).nth(1).waitFor();
    await visit(`${project.path(path)}?until=2026-01-01`);
    await page.getByText(nothing).waitFor();
  }
  await project.api.post('/sources', { name: 'Gateway' });
  await visit(project.path('inbound'));
  await narrow('Session', anna.stolen);
  await page.getByText('Nothing matches').waitFor();
});

both('a filter that means nothing is named at its field, and nothing is listed for it', async ({ page, visit, project }) => {
  await project.api.post('/endpoints', { url: 'https://app.example/hook' });
  await project.api.post('/sources', { name: 'Gateway' });
  const { stolen: session } = await stolen(project);
  await project.api.post(`/sessions/${session}/revoke`, {});
  for (const [path, query, label, fault] of [
    ['revocations', 'state=lost', 'State', '“lost” is none of these.'],
    ['revocations', 'revocation=rev_x', 'Order', /“rev_x”/],
    ['revocations', 'since=yesterday', 'From day', 'Must be a day, like 2026-01-31: “yesterday”'],
    ['deliveries', 'since=soon', 'From day', 'Must be a day, like 2026-01-31: “soon”'],
    ['deliveries', 'since=2026-02-02&until=2026-02-01', 'To day', 'Must not be before the first day: “2026-02-01”'],
    ['inbound', 'status=lost', 'Signature', '“lost” is none of these.'],
    ['inbound', 'source=nobody', 'Source', /“nobody”/],
    ['inbound', 'until=never', 'To day', 'Must be a day, like 2026-01-31: “never”'],
  ]) {
    await visit(`${project.path(path)}?${query}`);
    await page.locator('.filter').filter({ hasText: label }).locator('.field-error').getByText(fault).waitFor();
    await page.getByRole('alert').getByText('Nothing is listed for it.').waitFor();
    for (const table of ['Orders to end sessions', 'Deliveries', 'Received webhooks']) assert.equal(await page.getByRole('table', { name: table }).count(), 0, query);
    assert.equal(await page.getByText(/No order matches|No delivery matches|Nothing matches|No orders|Nothing received/).count(), 0, `${query} is not taken for a list without rows`);
  }
  await visit(`${project.path('revocations')}?state=lost`);
  await page.getByRole('link', { name: 'Clear' }).click();
  await page.getByRole('table', { name: 'Orders to end sessions' }).waitFor();
  assert.equal(await page.locator('.field-error').count(), 0);
});

both('a link from before names an order as `order`: the filter shows it and keeps it', async ({ page, visit, settled, project }) => {
  const { own, stolen: session } = await stolen(project);
  const order = await project.api.post(`/sessions/${session}/revoke`, {});
  await project.api.post(`/sessions/${own}/revoke`, {});
  const rows = page.getByRole('table', { name: 'Orders to end sessions' }).locator('tbody tr');
  const bar = page.getByRole('search');
  await visit(`${project.path('revocations')}?order=${order.id}`);
  await rows.first().waitFor();
  assert.equal(await rows.count(), 1);
  assert.equal(await bar.getByLabel('Order', { exact: true }).inputValue(), order.id);
  await bar.getByRole('button', { name: 'Filter' }).click();
  await page.waitForURL((url) => url.searchParams.get('revocation') === order.id);
  await settled();
  await rows.first().waitFor();
  assert.equal(await rows.count(), 1);
  await visit(`${project.path('revocations')}?order=rev_x`);
  await page.locator('.filter').filter({ hasText: 'Order' }).locator('.field-error').getByText(/“rev_x”/).waitFor();
  await page.getByRole('alert').getByText('Nothing is listed for it.').waitFor();
});

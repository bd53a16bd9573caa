// How pages lie on screens of several widths: what belongs together stands together, nothing is cut off unseen.
import assert from 'node:assert/strict';
import { startReceiver } from '../support/receiver.js';
import { scene } from '../support/scene.js';
import { thief } from '../support/places.js';
import { login, stolen } from '../support/seed.js';
import { until } from '../support/until.js';

const { both } = scene({ mail: false });
const box = (locator) => locator.boundingBox();

/** An endpoint, a theft, an order to end its session: each list has a row; the newest names things at length. */
async function seed(project) {
  const long = 'long'.repeat(15);
  await project.api.post('/endpoints', { url: 'http://127.0.0.1:9/', format: 'standard' });
  const sessions = await stolen(project);
  await project.api.post(`/sessions/${sessions.stolen}/revoke`, {});
  await project.api.post('/events', { ...login(thief, long), device: { id: `device-${long}` } });
}

both('the button of filters stands beside an input, not beside its name', async ({ page, visit, project }) => {
  await stolen(project);
  for (const name of ['events', 'users', 'alerts', 'deliveries', 'revocations', 'outbox']) {
    await visit(project.path(name));
    const bar = page.locator('.filter-bar');
    const button = await box(bar.getByRole('button', { name: 'Filter' }));
    const input = await box(bar.locator('input:not([type="hidden"]), select').last());
    assert.equal(button.y + button.height, input.y + input.height, name);
  }
});

both('a telephone shows each row as a card of named values, and it is a table still', async ({ page, visit, project }) => {
  await seed(project);
  await page.setViewportSize({ width: 390, height: 844 });
  const { rows: [user] } = await project.api.get('/users');
  for (const [path, table, names] of [
    ['events', 'Events', ['Level', 'User', 'What', 'When', 'Where', 'Client', 'Session']],
    ['users', 'Users', ['User', 'E-mail', 'Level', 'Last seen', 'Events', 'First seen']],
    ['alerts', 'Alerts', ['Select', 'Level', 'Alert', 'User', 'Events', 'Opened', 'Answer', 'State']],
    ['deliveries', 'Deliveries', ['Select', 'Message', 'User', 'Order', 'State', 'Answer', 'Signature', 'Published']],
    ['revocations', 'Orders to end sessions', ['Ordered', 'State', 'User', 'Confirmed', 'Why', 'Time limit']],
    [`users/${user.key}`, 'Live sessions', ['Select', 'Session', 'State', 'Where', 'Client', 'Last seen', 'Began']],
  ]) {
    await visit(project.path(path));
    const row = page.getByRole('table', { name: table, exact: true }).locator('tbody tr').first();
    await row.waitFor();
    const cells = await row.evaluate((tr) => [...tr.cells].filter((cell) => cell.dataset.label).map((cell) => ({
      name: cell.dataset.label, shown: getComputedStyle(cell, '::before').content, top: cell.getBoundingClientRect().top,
    })));
    assert.deepEqual(cells.map(({ name }) => name), names, path);
    for (const { name, shown } of cells) assert.ok(shown.includes(`"${name}"`), `${path}: ${name} is shown as ${shown}`);
    // What is empty is not shown.
    const tops = cells.map(({ top }) => top).filter((top) => top > 0);
    assert.deepEqual(tops, [...tops].sort((a, b) => a - b), `${path}: the values stand under each other`);
    const cut = await page.evaluate(() => [...document.querySelectorAll('.table-scroll')].filter((one) => one.scrollWidth > one.clientWidth).length);
    assert.equal(cut, 0, `${path}: no table goes on out of sight`);
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    const roles = new Set(nodes.filter((node) => !node.ignored).map((node) => node.role.value));
    for (const role of ['table', 'columnheader', 'row', 'cell']) assert.ok(roles.has(role), `${path} has the role ${role}`);
  }
});

both('no table is cut off in a window of 1280 pixels', async ({ page, visit, project }) => {
  await seed(project);
  await page.setViewportSize({ width: 1280, height: 900 });
  await project.api.post('/sources', { name: 'Fraud desk' });
  const endpoint = await project.api.post('/endpoints', { url: 'https://app.example/a/path/of/some/length/to/receive/webhooks' });
  await project.api.post(`/endpoints/${endpoint.id}/keys`, {});
  await project.api.post(`/endpoints/${endpoint.id}/secrets`, { overlap_hours: 24 });
  for (const name of ['', 'events', 'users', 'alerts', 'deliveries', 'revocations', 'inbound', 'webhooks', `webhooks/${endpoint.id}`, `webhooks/${endpoint.id}/keys`]) {
    await visit(name ? project.path(name) : project.path(''));
    await page.getByRole('table').first().waitFor();
    const cut = await page.evaluate(() => [...document.querySelectorAll('.table-scroll')].filter((one) => one.scrollWidth > one.clientWidth)
      .map((one) => `${one.querySelector('table').getAttribute('aria-label')} by ${one.scrollWidth - one.clientWidth}`));
    assert.deepEqual(cut, [], name);
  }
});

both('every tab of the settings is in sight on a telephone', async ({ page, visit, project }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await visit(project.path('settings'));
  for (const tab of await page.getByRole('navigation', { name: 'Settings' }).getByRole('link').all()) {
    const { x, width } = await box(tab);
    assert.ok(x >= 0 && x + width <= 390, `${await tab.innerText()} ends at ${x + width}`);
  }
});

both('what is asked before a session is ended is in sight on a telephone', async ({ page, visit, project }) => {
  await seed(project);
  await page.setViewportSize({ width: 390, height: 844 });
  const { rows: [user] } = await project.api.get('/users');
  await visit(project.path(`users/${user.key}`));
  for (const label of ['Sign out everywhere…', 'Revoke…']) {
    const confirm = page.locator('details.confirm').filter({ hasText: label }).first();
    await confirm.getByText(label).click();
    const { x, width } = await box(confirm.locator('.confirm-panel'));
    assert.ok(x >= 0 && x + width <= 390, `${label} opens from ${x} to ${x + width}`);
    await confirm.getByText(label).click();
  }
});

both('operators and one’s own sessions are cards on a telephone', async ({ page, visit }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const [path, table, names] of [
    ['/operators', 'Operators', ['Operator', 'Role', 'Last seen']],
    ['/account', 'Where you are signed in', ['Browser', 'Address', 'Since', 'Until']],
  ]) {
    await visit(path);
    const row = page.getByRole('table', { name: table, exact: true }).locator('tbody tr').first();
    const cells = await row.evaluate((tr) => [...tr.cells].filter((cell) => cell.dataset.label).map((cell) => ({
      name: cell.dataset.label, shown: getComputedStyle(cell, '::before').content, top: cell.getBoundingClientRect().top,
    })));
    assert.deepEqual(cells.map(({ name }) => name), names, path);
    for (const { name, shown } of cells) assert.ok(shown.includes(`"${name}"`), `${path}: ${name} is shown as ${shown}`);
    const tops = cells.map(({ top }) => top);
    assert.deepEqual(tops, [...tops].sort((a, b) => a - b), `${path}: the values stand under each other`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390, `${path} is no wider`);
  }
});

/** The words of marks that reach beyond the screen, or beyond what around them hides what sticks out. */
const cut = (page) => page.evaluate(() => {
  const hides = (around, mark) => getComputedStyle(around).overflowX !== 'visible' && mark.right > around.getBoundingClientRect().right + 0.5;
  const isCut = (badge) => {
    const mark = badge.getBoundingClientRect();
    let around = badge.parentElement;
    while (around && !hides(around, mark)) around = around.parentElement;
    return mark.width > 0 && (mark.right > innerWidth || around !== null || badge.scrollWidth > badge.clientWidth + 1);
  };
  return [...document.querySelectorAll('.badge')].filter(isCut).map((badge) => badge.textContent);
});

both('no mark is cut on a telephone, however long its words', async ({ page, visit, project }) => {
  const receiver = await startReceiver();
  try {
    await project.api.post('/endpoints', { url: receiver.url, format: 'standard' });
    const sessions = await stolen(project);
    await project.api.post(`/sessions/${sessions.stolen}/revoke`, {});
    const state = async () => (await project.api.get('/revocations')).rows[0].state;
    await until('the order is answered without a receipt', async () => (await state()) === 'acknowledged');
    const { rows: [user] } = await project.api.get('/users');
    const { rows: [order] } = await project.api.get('/revocations');
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of ['', 'alerts', `users/${user.key}`, 'revocations', `revocations/${order.id}`, 'deliveries', 'webhooks']) {
      await visit(project.path(path));
      assert.deepEqual(await cut(page), [], path);
    }
    await visit(project.path(`users/${user.key}`));
    assert.ok(await page.locator('.badge', { hasText: 'acknowledged, effect unknown' }).count() > 1, 'the longest is among them');
  } finally {
    await receiver.stop();
  }
});

both('on a telephone the filters that are wanted less often are behind a touch, unless one is set', async ({ page, visit, project }) => {
  await seed(project);
  await project.api.post('/sources', { name: 'Fraud desk' });
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ['deliveries', 'revocations', 'inbound']) {
    await visit(project.path(path));
    const session = page.getByRole('search').getByLabel('Session', { exact: true });
    assert.equal(await session.isVisible(), false, path);
    await page.getByText('More filters').click();
    await session.fill('nowhere');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText(/No delivery matches|No order matches|Nothing matches/).waitFor();
    await visit(`${project.path(path)}?session=nowhere`);
    assert.equal(await session.isVisible(), true, `${path}: it is set`);
  }
});

both('on a telephone the log begins in sight, and what to do about an alert is a touch away', async ({ page, visit, project }) => {
  await stolen(project);
  await page.setViewportSize({ width: 390, height: 844 });
  await visit(project.path('events'));
  const first = await box(page.getByRole('table', { name: 'Events' }).locator('tbody tr').first());
  assert.ok(first.y < 500, `the first event is ${first.y} pixels down`);
  assert.equal(await page.getByLabel('Address').isVisible(), false);
  await page.getByText('More filters').click();
  await page.getByLabel('Address').fill('203.0.113.7');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByText('No event matches').waitFor();

  await visit(project.path('alerts'));
  await page.getByRole('link', { name: /^Eve Smith logged in/ }).click();
  await page.getByRole('link', { name: 'What now' }).click();
  const { y } = await box(page.getByRole('heading', { name: 'What now' }));
  assert.ok(y >= 0 && y < 844, `it is ${y} pixels down`);
});

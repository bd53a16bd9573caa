// /p/{project}: what a new project says, and where things stand.
import assert from 'node:assert/strict';
import { home } from '../support/places.js';
import { freePort } from '../support/porchlight.js';
import { scene } from '../support/scene.js';
import { login, stolen } from '../support/seed.js';
import { until } from '../support/until.js';

const { both } = scene({ mail: false });

both('a project without events shows how to send one, and notices it', async ({ page, visit, project, mode }) => {
  await visit(project.path(''));
  await page.getByRole('heading', { name: 'Send the first event' }).waitFor();
  await project.api.post('/events', login(home, 's-1'));
  if (mode.javaScriptEnabled) await page.getByText('The first event has arrived.').waitFor();
  else await page.getByRole('link', { name: 'Look again' }).click();
  if (mode.javaScriptEnabled) await page.getByRole('link', { name: 'go to the overview' }).click();
  await page.getByRole('heading', { name: 'Unusual events' }).waitFor();
  await page.getByText('No alert is open.').waitFor();
});

both('what waits is on the overview', async ({ page, visit, project }) => {
  await stolen(project);
  await visit(project.path(''));
  await page.getByRole('table', { name: 'Open alerts' }).getByText('Eve Smith logged in from Brazil').waitFor();
  await page.getByText('1 high-risk event').first().waitFor();
  await page.getByRole('table', { name: 'Unusual events' }).getByText('Brazil is a new country').waitFor();
  await page.getByRole('link', { name: /^Review 1 alert/ }).click();
  await page.getByRole('heading', { name: 'Alerts', exact: true }).waitFor();
});

both('endpoints at which nothing arrives are one notice', async ({ page, visit, project }) => {
  for (let left = 2; left > 0; left -= 1) {
    await project.api.post('/endpoints', { url: `http://127.0.0.1:${await freePort()}/hook`, format: 'standard' });
  }
  await stolen(project);
  await until('both are known to fail', async () => {
    await visit(project.path(''));
    return page.getByText('Nothing arrives at 2 endpoints: ').isVisible();
  });
  assert.equal(await page.locator('.notice').count(), 1);
  await page.getByRole('link', { name: 'See why' }).click();
  await page.getByRole('table', { name: 'Endpoints' }).getByText('failing').first().waitFor();
});

both('time to kill is shown over the stretch that is asked for, with what a quantile of few is', async ({ page, visit, project }) => {
  const sessions = await stolen(project);
  await visit(project.path(''));
  await page.getByText('No session was ordered ended in the last 30 days.').waitFor();
  await project.api.post(`/sessions/${sessions.stolen}/revoke`, {});
  const { rows: [order] } = await project.api.get('/revocations');
  await project.api.post(`/revocations/${order.id}/receipt`, {
    receipt: { revocation_id: order.id, completed_at: new Date().toISOString(), sessions: [{ id: sessions.stolen, outcome: 'revoked' }] },
  });
  await visit(project.path(''));
  await page.getByText('Of 1 order given in the last 30 days. Of fewer than 20, p95 is the slowest.').waitFor();
  const together = page.getByRole('table', { name: 'Time to kill' }).locator('tbody tr').filter({ hasText: 'Together' });
  const [half, most, orders] = await together.locator('td.number').allInnerTexts();
  assert.match(half, /^\d[\d.]* (µs|ms|s|min)$/);
  assert.deepEqual([most, orders], [half, '1']);
  await page.getByRole('group', { name: 'How far back' }).getByRole('link', { name: '24 h' }).click();
  await page.getByText('Of 1 order given in the last 24 hours.').waitFor();
});

both('each number of the overview is that of the list it leads to', async ({ page, visit, project }) => {
  const sessions = await stolen(project);
  const refused = await project.api.post(`/sessions/${sessions.own}/revoke`, {});
  await project.api.post(`/revocations/${refused.id}/receipt`, { receipt: { sessions: [{ id: sessions.own, outcome: 'failed' }] } });
  await project.api.post(`/sessions/${sessions.stolen}/revoke`, {});
  for (const [words, state, mark] of [
    ['1 order to end sessions was not confirmed in the last 30 days', 'failed', 'refused'],
    ['1 order to end sessions waits for the application’s answer', 'waiting', 'requested, not taken'],
  ]) {
    await visit(project.path(''));
    await page.locator('.notice').filter({ hasText: words }).getByRole('link', { name: 'See which' }).click();
    await page.waitForURL(new RegExp(`state=${state}`));
    const orders = page.getByRole('table', { name: 'Orders to end sessions' }).locator('tbody tr');
    await orders.getByText(mark, { exact: true }).first().waitFor();
    assert.equal(await orders.count(), 1, state);
  }
  for (const [name, table] of [['Unusual events, 30 days', 'Events'], ['Events today', 'Events'], ['Users named, 30 days', 'Users']]) {
    await visit(project.path(''));
    const tile = page.locator('.tile').filter({ hasText: name });
    const number = await tile.locator('.tile-number').innerText();
    await tile.getByRole('link', { name }).click();
    await page.waitForURL(/since=/);
    const rows = page.getByRole('table', { name: table, exact: true }).locator('tbody tr');
    await rows.first().waitFor();
    assert.equal(String(await rows.count()), number, name);
  }
});

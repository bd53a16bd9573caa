// /p/{project}/users and /users/{user}: finding somebody, and what is kept of them.
import assert from 'node:assert/strict';
import { scene } from '../support/scene.js';
import { EVE, stolen } from '../support/seed.js';

const { both } = scene({ mail: false });
const MAX = { id: '7', name: 'Max Fischer', email: 'max@example.com' };
const rows = (page) => page.getByRole('table', { name: 'Users' }).locator('tbody tr');

both('a user is found by a part of the e-mail, in any case', async ({ page, visit, project }) => {
  await stolen(project);
  await stolen(project, MAX);
  await visit(project.path('users'));
  assert.equal(await rows(page).count(), 2);
  await page.getByLabel('Search').fill('MAX@');
  await page.getByRole('button', { name: 'Filter' }).click();
  await rows(page).filter({ hasText: EVE.name }).waitFor({ state: 'detached' });
  await rows(page).getByRole('link', { name: 'Max Fischer' }).click();
  await page.getByRole('heading', { name: /^Max Fischer/ }).waitFor();
});

both('whom nobody matches is said', async ({ page, visit, project }) => {
  await stolen(project);
  await visit(`${project.path('users')}?q=nobody`);
  await page.getByRole('heading', { name: 'Nobody matches' }).waitFor();
});

both("a user's page shows habits, sessions, alerts and timeline", async ({ page, visit, project }) => {
  const sessions = await stolen(project);
  await visit(project.path('users'));
  await page.getByRole('link', { name: EVE.name }).first().click();
  await page.getByRole('heading', { name: /^Eve Smith/ }).waitFor();
  const live = page.getByRole('table', { name: 'Live sessions' }).locator('tbody tr');
  assert.equal(await live.count(), 2);
  for (const id of [sessions.own, sessions.stolen]) await live.filter({ hasText: id }).getByText('live', { exact: true }).waitFor();
  await page.getByText('4 sessions ended lately').click();
  await page.getByRole('table', { name: 'Ended sessions' }).getByText(`${sessions.own}-1`).waitFor();
  await page.getByRole('table', { name: 'This user’s alerts' }).getByText('Eve Smith logged in from Brazil').waitFor();
  await page.getByRole('heading', { name: 'Usually' }).waitFor();
  await page.getByText('New Zealand', { exact: true }).first().waitFor();
  assert.equal(await page.getByRole('table', { name: 'Timeline' }).locator('.row-link').count(), 10);
});

both('signing a user out everywhere orders all their sessions ended', async ({ page, visit, project }) => {
  const sessions = await stolen(project);
  await visit(project.path('users'));
  await page.getByRole('link', { name: EVE.name }).first().click();
  await page.getByText('Sign out everywhere…').click();
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByText('The order is on its way').waitFor();
  const { rows: [order] } = await project.api.get('/revocations');
  assert.deepEqual([order.scope, order.sessions.map(({ id }) => id).sort()], ['all', [sessions.own, sessions.stolen].sort()]);
  await page.getByRole('table', { name: 'Orders to end this user’s sessions' }).getByText('requested', { exact: true }).waitFor();
});

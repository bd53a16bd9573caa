// /p/{project}/users and /users/{user}: finding somebody, and what is kept of them.
import assert from 'node:assert/strict';
import { home } from '../support/places.js';
import { scene } from '../support/scene.js';
import { EVE, login, stolen } from '../support/seed.js';
import { until } from '../support/until.js';

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
  await page.getByRole('table', { name: 'Orders to end this user’s sessions' }).getByText('requested, not taken').waitFor();
});

both('a red login stays on its user and its session when a green one follows, until the alert is closed so', async ({ page, visit, project }) => {
  const sessions = await stolen(project);
  await project.api.post('/events', login(home, 'later-of-eve'));
  await visit(project.path('users'));
  await rows(page).filter({ hasText: EVE.name }).locator('.badge', { hasText: /^red$/ }).waitFor();
  await page.getByRole('link', { name: EVE.name }).first().click();
  const live = page.getByRole('table', { name: 'Live sessions' }).locator('tbody tr');
  await live.filter({ hasText: sessions.stolen }).locator('.unsettled .badge', { hasText: /^red$/ }).waitFor();
  assert.equal(await live.filter({ hasText: 'later-of-eve' }).locator('.unsettled').count(), 0);

  await page.getByRole('table', { name: 'This user’s alerts' }).getByText('Eve Smith logged in from Brazil').click();
  await page.getByText('count as their “yes”').waitFor();
  await page.getByLabel('Close as').selectOption('false_alarm');
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByRole('button', { name: 'Reopen' }).waitFor();
  await visit(project.path('users'));
  await rows(page).filter({ hasText: EVE.name }).locator('.badge', { hasText: /^green$/ }).waitFor();
});

const THIRD = 'third-of-eve';
const ordered = async (project) => {
  const { rows: orders } = await project.api.get('/revocations');
  return orders.map(({ scope, sessions }) => [scope, sessions.map(({ id }) => id).sort()]);
};

/** Eve's page with three live sessions: their ids, their rows, and a way to tick some. */
async function three({ page, visit, project }) {
  const { own, stolen: theirs } = await stolen(project);
  await project.api.post('/events', login(home, THIRD));
  const { rows: [user] } = await project.api.get('/users');
  await visit(project.path(`users/${user.key}`));
  const row = (id) => page.getByRole('table', { name: 'Live sessions' }).locator('tbody tr').filter({ hasText: id });
  const select = async (...ids) => { for (const id of ids) await row(id).getByRole('checkbox').check(); };
  return { own, theirs, row, select };
}

both('selected sessions are revoked, and no other', async (at) => {
  const { page, project } = at;
  const { theirs, select } = await three(at);
  assert.match(await page.title(), /^Eve .*· Users · Porchlight$/, 'a tab says whose it is');
  await select(theirs, THIRD);
  await page.getByText('Revoke selected…').click();
  await page.getByRole('button', { name: 'Revoke selected' }).click();
  await page.getByText('The order is on its way').waitFor();
  assert.deepEqual(await ordered(project), [['listed', [theirs, THIRD].sort()]]);
});

both('all others than one session, or than the selected ones, are revoked', async (at) => {
  const { page, project } = at;
  const { own, theirs, row, select } = await three(at);
  await row(own).getByText('Revoke…').click();
  await row(own).getByRole('button', { name: 'Revoke all others than this' }).click();
  await page.getByText('The order is on its way').waitFor();
  assert.deepEqual(await ordered(project), [['others', [theirs, THIRD].sort()]]);
  await select(theirs);
  await page.getByText('Revoke all others…').click();
  await page.getByRole('button', { name: 'Revoke all others', exact: true }).click();
  await until('it is ordered too', async () => (await ordered(project)).length === 2);
  assert.deepEqual((await ordered(project))[0], ['others', [own, THIRD].sort()]);
});

both('where nothing is selected nothing is revoked', async (at) => {
  const { page, project } = at;
  await three(at);
  for (const [label, button] of [['Revoke selected…', 'Revoke selected'], ['Revoke all others…', 'Revoke all others']]) {
    await page.getByText(label).click();
    await page.getByRole('button', { name: button, exact: true }).click();
    await page.getByRole('alert').getByText('No session is selected.').waitFor();
  }
  assert.deepEqual(await ordered(project), []);
});

both('a tick stays with its session while another session goes', async (at) => {
  const { page, mode, project, visit } = at;
  const { own, theirs, row, select } = await three(at);
  await project.api.post(`/sessions/${theirs}/revoke`, {});
  await visit(page.url());
  await select(own);
  const { rows: [order] } = await project.api.get('/revocations');
  await project.api.post(`/revocations/${order.id}/receipt`, {
    receipt: { revocation_id: order.id, completed_at: new Date().toISOString(), sessions: [{ id: theirs, outcome: 'revoked' }] },
  });
  // Without a script the page stands still.
  if (mode.javaScriptEnabled) await row(theirs).waitFor({ state: 'detached' });
  assert.deepEqual([await row(own).getByRole('checkbox').isChecked(), await row(THIRD).getByRole('checkbox').isChecked()], [true, false]);
});

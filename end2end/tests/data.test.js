// /p/{project}/data: which data the judgement has, and which verbs it reads nothing into.
import assert from 'node:assert/strict';
import { home } from '../support/places.js';
import { scene } from '../support/scene.js';
import { login } from '../support/seed.js';

const { both } = scene({ mail: false });

both('a near miss of a sensitive verb is told with what may have been meant, and leads to its events', async ({ page, visit, project }) => {
  await visit(project.path('data'));
  await page.getByText('None in the last 30 days').waitFor();
  const sent = (verb, ago) => login(home, 's-1', { verb, ago });
  const answer = await project.api.post('/events', [sent('log-in', 5), sent('user.email.changed', 4), sent('page-view', 3), sent('page-view', 2), sent('email-update', 1)]);
  await visit(project.path('data'));
  const rows = page.getByRole('table', { name: 'Unknown verbs' }).locator('tbody tr');
  await rows.first().waitFor();
  const told = await rows.evaluateAll((all) => all.map((tr) => [0, 1, 3].map((cell) => tr.cells[cell].innerText.replace(/\s+/g, ' ').trim())));
  assert.deepEqual(told, [['user.email.changed near miss', '1', 'email-update'], ['page-view', '2', 'like none that is known']]);

  await rows.first().getByRole('link', { name: 'user.email.changed' }).click();
  await page.waitForURL(/events\?verb=user\.email\.changed$/);
  const found = page.getByRole('table', { name: 'Events' }).locator('tbody tr');
  await found.first().waitFor();
  assert.equal(await found.count(), 1);
  await visit(project.path(`events/${answer.results[1].id}`));
  await page.getByText('Did the application mean email-update?').waitFor();
  await visit(project.path(`events/${answer.results[4].id}`));
  await page.getByRole('heading', { level: 1, name: 'Email update' }).waitFor();
  assert.equal(await page.getByText('Did the application mean').count(), 0);
});

both('what each signal is for, and whether its data is there', async ({ page, visit, project }) => {
  await visit(project.path('data'));
  const rows = page.getByRole('table', { name: 'Detection data' }).locator('tbody tr');
  await rows.first().waitFor();
  const states = Object.fromEntries(await rows.evaluateAll((all) => all.map((tr) => [tr.querySelector('.strong').innerText, tr.querySelector('.badge').innerText])));
  assert.deepEqual(states, { Country: 'on', City: 'on', Network: 'on', Hosting: 'on', VPN: 'off', Tor: 'off' });
});

both('which weights of the evidence are in force', async ({ page, visit, project }) => {
  await visit(project.path('data'));
  await page.getByRole('heading', { level: 2, name: 'Weights of the evidence' }).waitFor();
  await page.getByText('The shipped ones. From 50 answers on').waitFor();
  await page.getByText('alpha 1.000, beta 0.000, attackers 0.600 0.250 0.100 0.050').waitFor();
});

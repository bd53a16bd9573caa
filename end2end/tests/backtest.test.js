// /p/{project}/backtest: what a rule would have done, before it does anything.
import assert from 'node:assert/strict';
import { home } from '../support/places.js';
import { scene } from '../support/scene.js';
import { login, stolen } from '../support/seed.js';

const { both } = scene({ mail: false });

const figure = (page, name) => page.getByRole('table', { name: 'As it is and with the draft' }).getByRole('row').filter({ hasText: name });

/** Tries a condition on the last days, and waits for the outcome. */
async function attempt({ page, visit, project }, condition, effect) {
  await visit(project.path('backtest'));
  await page.getByLabel(/^Condition/).fill(condition);
  await page.getByLabel(/^Does/).selectOption(effect);
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.waitForURL(/\?run=bt_/);
  await figure(page, 'Events blocked').waitFor();
}

both('a rule is tried on the log and changes nothing', async (desk) => {
  const { page, visit, project } = desk;
  for (const session of ['s-1', 's-2', 's-3']) await project.api.post('/events', login(home, session));
  await attempt(desk, 'place.country == "NZ"', 'block');
  const blocked = await figure(page, 'Events blocked').innerText();
  assert.match(blocked, /\b0\b[\s\S]*\b3\b/, 'none as it is, three with the draft');
  await page.getByRole('table', { name: 'Examples' }).getByRole('row').nth(3).waitFor();
  await page.getByRole('table', { name: 'Hits of rules' }).getByText('block if place.country == "NZ"').waitFor();
  await page.locator('pre').getByText('place.country == "NZ"').waitFor();
  await page.getByText('3 logins, of which 0 are unusual and unanswered').waitFor();
  assert.equal((await project.api.post('/verify', login(home, 's-4'))).decision, 'allow', 'nothing is in force');

  await page.getByRole('link', { name: 'Try something else' }).click();
  await page.getByRole('table', { name: 'Back-tests' }).getByRole('link', { name: /block if place\.country == "NZ"/ }).click();
  await figure(page, 'Events blocked').waitFor();
  await visit(project.path('rules'));
  await page.getByText('No rules').waitFor();
});

both('what nobody answered for is told by itself, and makes the hits of honest logins a range', async (desk) => {
  const { page, project } = desk;
  await stolen(project);
  await attempt(desk, 'place.country != ""', 'challenge');
  await page.getByText(/logins, of which 1 are unusual and unanswered/).waitFor();
  await page.getByText('Nobody has answered for 1 unusual login among them').waitFor();
  const unanswered = figure(page, 'Alarming logins, unanswered');
  assert.match(await unanswered.innerText(), /\b1\b[\s\S]*\b1\b/);
  await page.getByText('nobody has answered').first().waitFor();
});

both('a rule that is there is tried without', async ({ page, visit, project }) => {
  await project.api.post('/rules', { name: 'Not from home', effect: 'block', condition: 'place.country == "NZ"' });
  await project.api.post('/events', login(home, 's-1'));
  await visit(project.path('rules'));
  await page.getByRole('link', { name: 'Try on the log' }).click();
  await page.getByLabel('Instead').selectOption('remove');
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.waitForURL(/\?run=bt_/);
  await figure(page, 'Events blocked').waitFor();
  assert.match(await figure(page, 'Events blocked').innerText(), /\b1\b[\s\S]*\b0\b/);
});

both('a list of countries, evidence and a tag are drafted, and several rules left out', async ({ page, visit, project }) => {
  for (const name of ['One', 'Two']) await project.api.post('/rules', { name, effect: 'block', condition: 'place.country == "NZ"' });
  await project.api.post('/events', login(home, 's-1'));
  await visit(project.path('backtest'));
  for (const name of ['One', 'Two']) await page.getByLabel(name, { exact: true }).check();
  await page.getByLabel(/^Or addresses, ranges, countries/).fill('nz, au');
  await page.getByLabel(/^Does/).selectOption('evidence');
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.getByRole('alert').filter({ hasText: /evidence/i }).waitFor();
  await page.getByLabel(/^How much, or which tag/).fill('+2.3');
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.waitForURL(/\?run=bt_/);
  await figure(page, 'Events blocked').waitFor();
  assert.match(await figure(page, 'Events blocked').innerText(), /\b1\b[\s\S]*\b0\b/);
  await page.getByText(/The new rule: evidence\(\+2\.3\d*\) from/).waitFor();
  await page.getByText(/without rule “One”; without rule “Two”/).first().waitFor();
});

both('a stretch of the past and a rule for some events only are tried, and what can never hit is told', async ({ page, visit, project }) => {
  await project.api.post('/events', login(home, 's-1'));
  await visit(project.path('backtest'));
  await page.getByLabel(/^Until/).fill('2024-01-01 00:00');
  await page.getByLabel(/^Condition/).fill('place.country == "nz"');
  await page.getByLabel(/^Name/).fill('Abroad');
  await page.getByLabel(/^Only these verbs/).fill('log-in, access');
  await page.getByLabel(/^Only events of the source/).fill('guest-7');
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.waitForURL(/\?run=bt_/);
  await page.getByText('0 events, 0 logins').waitFor();
  await page.getByText('to 2024-01-01 00:00:00 UTC').waitFor();
  await page.getByText(/only events of guest-7, only log-in, access where/).waitFor();
  await page.getByText('place.country is never “nz”: write “NZ”.').waitFor();
  await page.getByRole('table', { name: 'Hits of rules' }).getByText('Abroad').waitFor();

  await visit(project.path('backtest'));
  await page.getByLabel(/^Until/).fill('2999-01-01');
  await page.getByLabel(/^Condition/).fill('network.tor');
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.getByRole('alert').filter({ hasText: /must be a time that has been/ }).waitFor();
});

both('a draft that changes nothing, or cannot be read, is refused', async ({ page, visit, project }) => {
  await visit(project.path('backtest'));
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByRole('alert').innerText(), /must change something/);
  await page.getByLabel(/^Condition/).fill('place.country ==');
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.getByRole('alert').filter({ hasText: /condition/i }).waitFor();
  assert.equal(await page.getByRole('table', { name: 'Back-tests' }).count(), 0);
});

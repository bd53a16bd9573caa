// /p/{project}/rules: what an operator rules overrides the judgement, from the next event on.
import assert from 'node:assert/strict';
import { home } from '../support/places.js';
import { scene } from '../support/scene.js';
import { login } from '../support/seed.js';

const { both } = scene({ mail: false });

both('a denied country is blocked until the rule is removed', async ({ page, visit, project }) => {
  const judge = () => project.api.post('/verify', login(home, 's-1'));
  assert.equal((await judge()).decision, 'allow');
  await visit(project.path('rules'));
  await page.getByLabel(/^Name/).fill('Not from there');
  await page.getByLabel(/^By/).selectOption({ label: 'country' });
  await page.getByLabel(/^Addresses, ranges or countries/).fill('nz');
  await page.getByRole('button', { name: 'Create rule' }).click();
  const row = page.getByRole('table', { name: 'Rules' }).getByRole('row').filter({ hasText: 'Not from there' });
  await row.getByText('denies').waitFor();
  const denied = await judge();
  assert.deepEqual([denied.level, denied.decision, denied.reasons[0].text], ['red', 'block', 'Denied by the rule “Not from there”']);

  await row.getByText('Remove…').click();
  await row.getByRole('button', { name: 'Remove this rule' }).click();
  await page.getByText('No rules').waitFor();
  assert.equal((await judge()).decision, 'allow');
});

both('a range that is none is refused and named', async ({ page, visit, project }) => {
  await visit(project.path('rules'));
  await page.getByLabel(/^Name/).fill('Broken');
  await page.getByLabel(/^Addresses, ranges or countries/).fill('10.0.0.0/33');
  await page.getByRole('button', { name: 'Create rule' }).click();
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByRole('alert').innerText(), /must be an address or a range/);
  await page.getByText('No rules').waitFor();
});

// /operators, and what each role may: a button that is not shown must not work either.
import assert from 'node:assert/strict';
import { scene } from '../support/scene.js';
import { stolen } from '../support/seed.js';

const { both, stage } = scene({ mail: false });

both('an owner makes an operator, who signs in and does what the role allows', async ({ page, visit, mode }) => {
  const email = `ana.${mode.short}@example.com`;
  await visit('/operators');
  await page.getByLabel('Name').fill('Ana Lyst');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Role').selectOption('analyst');
  await page.getByLabel(/^First password/).fill(stage().password);
  await page.getByRole('button', { name: 'Create operator' }).click();
  await page.getByText('Ana Lyst can sign in now.').waitFor();
  await page.getByRole('row').filter({ hasText: email }).getByText('analyst').first().waitFor();
  const theirs = await stage().desk(mode, email);
  await theirs.visit('/projects');
  await theirs.page.getByRole('heading', { name: 'Projects', exact: true }).waitFor();
  assert.equal(await theirs.page.getByRole('button', { name: 'Create project' }).count(), 0);
  await theirs.close();
});

both('a viewer who sends a form of an admin is refused, and nothing is changed', async ({ page, visit, project }) => {
  await stolen(project);
  await visit(project.path('keys'));
  assert.equal(await page.getByRole('button', { name: 'Create key' }).count(), 0);
  const send = (path, form) => page.request.post(`${stage().porchlight.url}/fn/porchlight_app/pages/${path}`, { form: { project: project.id, ...form } });
  for (const [path, form] of [
    ['keys/create_key', { name: 'Sneaked in' }], ['alert/actions/acknowledge_alert', { alert: '1' }], ['user/sessions/revoke_session', { session: 'stolen-112233' }],
    ['webhooks/new/create_endpoint', { url: 'https://example.com/', format: 'standard' }],
  ]) assert.equal((await send(path, form)).status(), 403, path);
  const { rows } = await project.api.get('/revocations');
  assert.deepEqual(rows, []);
  const { rows: [user] } = await project.api.get('/users');
  for (const path of ['alerts', `users/${user.key}`]) {
    await visit(project.path(path));
    await page.getByText('Eve Smith').first().waitFor();
    assert.equal(await page.getByRole('checkbox').count(), 0, `there is nothing to select for on ${path}`);
    assert.equal(await page.getByText(/^(Revoke|Sign out everywhere)…$/).count(), 0, path);
  }
  await visit('/operators');
  await page.getByText('Your role does not allow this.').first().waitFor();
}, { as: 'viewer@example.com' });

both('what was changed is told in words, with its code', async ({ page, visit, project }) => {
  await project.api.post('/endpoints', { url: 'https://shop.example/hook', format: 'standard' });
  await visit(project.path('ledger'));
  const row = page.getByRole('table', { name: 'Changes' }).locator('tbody tr').filter({ hasText: 'added a webhook endpoint' });
  await row.getByText('endpoint.created', { exact: true }).waitFor();
  await row.getByText('Particulars').click();
  await row.getByText('https://shop.example/hook').waitFor();
  await row.getByRole('link').click();
  await page.getByRole('heading', { name: 'shop.example/hook' }).waitFor();
});

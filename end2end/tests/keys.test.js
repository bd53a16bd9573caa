// /p/{project}/keys: a key is made, shown once, used, and revoked.
import assert from 'node:assert/strict';
import { api } from '../support/api.js';
import { scene } from '../support/scene.js';
import { until } from '../support/until.js';

const { both, stage } = scene({ mail: false });

both('a key is shown once, works, and is refused once it is revoked', async ({ page, visit, project }) => {
  await visit(project.path('keys'));
  await page.getByLabel(/^Name/).fill('Production');
  await page.getByRole('button', { name: 'Create key' }).click();
  const key = await page.getByRole('region', { name: 'Shown once' }).getByLabel('The secret').innerText();
  const row = page.getByRole('row').filter({ hasText: 'Production' });
  await row.waitFor();
  const calls = api(stage().porchlight.url, key);
  await calls.get('/events');

  await visit(project.path('keys'));
  assert.ok(!(await page.content()).includes(key), 'it is shown once');
  await row.getByText('Revoke…').click();
  await row.getByRole('button', { name: 'Revoke this key' }).click();
  await row.waitFor({ state: 'detached' });
  await until('the key is refused', () => calls.get('/events').then(() => false, (error) => error.message.includes(' 401 ')));
  await project.api.get('/events');
});

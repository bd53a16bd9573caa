// /projects: the list, and a new project with its first key.
import assert from 'node:assert/strict';
import { api } from '../support/api.js';
import { scene } from '../support/scene.js';

const { both, stage } = scene({ mail: false });

both('a new project shows its first key once, and the key works', async ({ page, visit, mode }) => {
  const name = `Fresh ${mode.short}`;
  await visit('/projects');
  await page.getByLabel(/^Name/).fill(name);
  await page.getByLabel(/^Ask users/).check();
  await page.getByRole('button', { name: 'Create project' }).click();
  const key = await page.getByRole('region', { name: 'Shown once' }).getByLabel('The secret').innerText();
  assert.match(key, /^pl_\S{20,}$/);
  assert.match(new URL(page.url()).pathname, /^\/p\/prj_\w+$/);
  const { rows } = await api(stage().porchlight.url, key).get('/events');
  assert.deepEqual(rows, []);
  await visit(new URL(page.url()).pathname);
  assert.ok(!(await page.content()).includes(key), 'it is shown once');
  await visit('/projects');
  const row = page.getByRole('row').filter({ hasText: name });
  await row.getByText('asks users').waitFor();
});

both('a name that is taken is refused and says so', async ({ page, visit, project }) => {
  await visit('/projects');
  await page.getByLabel(/^Name/).fill(project.name);
  await page.getByRole('button', { name: 'Create project' }).click();
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByRole('alert').innerText(), /name/i);
});

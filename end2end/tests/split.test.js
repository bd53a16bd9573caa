// What of the console a browser fetches, and when.
import assert from 'node:assert/strict';
import { scene } from '../support/scene.js';
import { stolen } from '../support/seed.js';

const { both } = scene({ mail: false });
const LIMIT = 400_000;

/** The modules that a page fetches from now on: a list of `{name, size}` that fills; size as it travels. */
function modules(page) {
  const list = [];
  page.on('response', (response) => {
    const name = /\/pkg\/([a-z0-9]+)\.[0-9a-f]+\.wasm$/.exec(response.url())?.[1];
    if (name) list.push(response.request().sizes().then(({ responseBodySize }) => ({ name, size: responseBodySize })));
  });
  return async () => Promise.all(list);
}

both('the first page fetches its own part of the module, the settings fetch theirs', async ({ page, visit, settled, project, mode }) => {
  if (!mode.javaScriptEnabled) return;
  await stolen(project);
  const fetched = modules(page);
  await visit(project.path(''));
  const first = await fetched();
  assert.deepEqual(first.map(({ name }) => name), ['porchlight']);
  assert.ok(first[0].size <= LIMIT, `${first[0].size} bytes`);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  await settled();
  assert.ok((await fetched()).some(({ name }) => name === 'settings'));
});

both('where a part is gone, after an update, the page is loaded anew and still reads', async ({ page, visit, project, mode, complaints }) => {
  await stolen(project);
  await visit(project.path(''));
  await page.route('**/pkg/settings.*.wasm', (route) => route.fulfill({ status: 404 }));
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  assert.equal(new URL(page.url()).pathname, project.path('settings'));
  await page.getByLabel('Name').first().waitFor();
  if (mode.javaScriptEnabled) assert.match(complaints.splice(0).join(), /HTTP status code is not ok/);
});

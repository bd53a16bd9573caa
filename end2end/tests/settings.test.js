// /p/{project}/settings: what is saved is kept, what is wrong is refused.
import assert from 'node:assert/strict';
import { scene } from '../support/scene.js';

const { both, stage } = scene({ mail: false });

both('settings are kept', async ({ page, visit, project, mode }) => {
  await visit(project.path('settings'));
  const support = page.getByLabel(/^Where a worried user finds help/);
  await page.getByLabel(/^Name/).fill(`Renamed ${mode.short}`);
  await page.getByLabel(/^An alert opens on/).selectOption('orange');
  await page.getByLabel(/^Ask the user by mail/).uncheck();
  await support.fill('help@example.com');
  await page.getByLabel(/^Seconds to confirm/).fill('90');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByText('Settings saved.').waitFor();
  await visit(project.path('settings'));
  assert.equal(await page.getByLabel(/^Name/).inputValue(), `Renamed ${mode.short}`);
  assert.equal(await page.getByLabel(/^An alert opens on/).inputValue(), 'orange');
  assert.equal(await page.getByLabel(/^Ask the user by mail/).isChecked(), false);
  assert.equal(await support.inputValue(), 'help@example.com');
  assert.equal(await page.getByLabel(/^Seconds to confirm/).inputValue(), '90');
});

both('a name that another project has is refused, and nothing is changed', async ({ page, visit, project, mode }) => {
  const taken = `Taken ${mode.short}`;
  await stage().project(taken);
  await visit(project.path('settings'));
  await page.getByLabel(/^Name/).fill(taken);
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByRole('alert').waitFor();
  await visit(project.path('settings'));
  assert.equal(await page.getByLabel(/^Name/).inputValue(), project.name);
});

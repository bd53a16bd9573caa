// A form that is refused comes back as it was filled in, whoever keeps it: the browser's script, or else the server.
import assert from 'node:assert/strict';
import { scene } from '../support/scene.js';

const { both } = scene({ mail: false });

/** Says that the form was refused, with these words. */
async function refused(page, words) {
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByRole('alert').innerText(), words);
}

both('a rule', async ({ page, visit, project }) => {
  await visit(project.path('rules'));
  await page.getByLabel(/^Name/).fill('Café “Nord” & more');
  await page.getByLabel(/^It/).selectOption('allow');
  await page.getByLabel(/^Addresses, ranges or countries/).fill('192.0.2.7\n10.0.0.0/33');
  await page.getByLabel(/^Only events of the source/).fill('Shop + Co');
  await page.getByLabel(/^Why it exists/).fill('100% ours');
  await page.getByRole('button', { name: 'Create rule' }).click();
  await refused(page, /“10\.0\.0\.0\/33” must be an address or a range/);
  const values = await Promise.all([/^Name/, /^It/, /^By/, /^Addresses/, /^Only events/, /^Why it exists/].map((label) => page.getByLabel(label).inputValue()));
  assert.deepEqual(values, ['Café “Nord” & more', 'allow', 'location.ip', '192.0.2.7\n10.0.0.0/33', 'Shop + Co', '100% ours']);
});

both('an endpoint, but for its secret', async ({ page, visit, project }) => {
  await visit(project.path('webhooks'));
  await page.getByLabel(/^URL/).fill('ftp://shop.example/hook');
  await page.getByLabel(/^Format/).selectOption('thisdata');
  await page.getByLabel(/^Description/).fill('The shop');
  await page.getByText('Only some messages').click();
  await page.getByLabel('question.answered').check();
  await page.getByLabel(/^Secret/).fill('never-to-be-kept');
  await page.getByRole('button', { name: 'Create endpoint' }).click();
  await refused(page, /“URL” .*“ftp:\/\/shop\.example\/hook”/);
  assert.ok(!(await page.content()).includes('never-to-be-kept'), 'the secret is in no page');
  assert.equal(await page.getByLabel(/^URL/).inputValue(), 'ftp://shop.example/hook');
  assert.equal(await page.getByLabel(/^Format/).inputValue(), 'thisdata');
  assert.equal(await page.getByLabel(/^Description/).inputValue(), 'The shop');
  assert.equal(await page.getByLabel('question.answered').isChecked(), true);
  assert.equal(await page.getByLabel('alert.opened').isChecked(), false);
});

both('settings', async ({ page, visit, project, stage }) => {
  const taken = `Taken by ${project.id}`;
  await stage.project(taken);
  await visit(project.path('settings'));
  await page.getByLabel(/^Name/).fill(taken);
  await page.getByLabel(/^An alert opens on/).selectOption('orange');
  await page.getByLabel(/^Ask the user by mail/).uncheck();
  await page.getByLabel(/^A “no” ends all/).check();
  await page.getByLabel(/^Seconds to confirm/).fill('90');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await refused(page, new RegExp(`“Name” .*“${taken}”`));
  assert.equal(await page.getByLabel(/^Name/).inputValue(), taken);
  assert.equal(await page.getByLabel(/^An alert opens on/).inputValue(), 'orange');
  assert.equal(await page.getByLabel(/^Ask the user by mail/).isChecked(), false);
  assert.equal(await page.getByLabel(/^A “no” ends all/).isChecked(), true);
  assert.equal(await page.getByLabel(/^Seconds to confirm/).inputValue(), '90');
  await visit(project.path('settings'));
  assert.equal(await page.getByLabel(/^Name/).inputValue(), project.name, 'nothing was saved');
});

both('a project', async ({ page, visit, project }) => {
  await visit('/projects');
  await page.getByLabel(/^Name/).fill(project.name);
  await page.getByLabel(/^Ask users/).check();
  await page.getByRole('button', { name: 'Create project' }).click();
  await refused(page, /Name/);
  assert.equal(await page.getByLabel(/^Name/).inputValue(), project.name);
  assert.equal(await page.getByLabel(/^Ask users/).isChecked(), true);
});

both('a sign-in, but for its password', async ({ page, visit }) => {
  await page.context().clearCookies();
  await visit('/sign-in');
  await page.getByLabel('E-mail').fill('nobody@example.com');
  await page.getByLabel('Password').fill('never-to-be-kept');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await refused(page, /E-mail or password is not right/);
  assert.equal(await page.getByLabel('E-mail').inputValue(), 'nobody@example.com');
  assert.ok(!(await page.content()).includes('never-to-be-kept'), 'the password is in no page');
});

both('an operator, but for the password', async ({ page, visit, stage }) => {
  await visit('/operators');
  await page.getByLabel('Name').fill('Another Viewer');
  await page.getByLabel('E-mail').fill('viewer@example.com');
  await page.getByLabel('Role').selectOption('admin');
  await page.getByLabel(/^First password/).fill(stage.password);
  await page.getByRole('button', { name: 'Create operator' }).click();
  await refused(page, /“E-mail” is taken by another operator: “viewer@example\.com”/);
  await page.locator('.field', { hasText: 'E-mail' }).getByText('Is taken by another operator.').waitFor();
  assert.equal(await page.getByLabel('Name').inputValue(), 'Another Viewer');
  assert.equal(await page.getByLabel('E-mail').inputValue(), 'viewer@example.com');
  assert.equal(await page.getByLabel('Role').inputValue(), 'admin');
  assert.ok(!(await page.content()).includes(stage.password), 'the password is in no page');
});

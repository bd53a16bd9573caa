// /sign-in: who gets in, who does not, and where one goes from there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODES } from '../support/browser.js';
import { played, scene } from '../support/scene.js';
import { deskOf, startStage } from '../support/stage.js';

const { both } = scene({ mail: false });
const form = (page) => ({
  email: page.getByLabel('E-mail'), password: page.getByLabel('Password'), send: page.getByRole('button', { name: 'Sign in' }),
});

both('a wrong password is refused in words that tell nothing', async ({ page, visit, forgotten, stage }) => {
  await forgotten();
  for (const email of ['owner@example.com', 'nobody@example.com']) {
    await visit('/sign-in');
    const { password, send, ...fields } = form(page);
    await fields.email.fill(email);
    await password.fill('not the password');
    await send.click();
    await page.getByRole('alert').filter({ hasText: 'E-mail or password is not right.' }).waitFor();
  }
  assert.ok(page.url().startsWith(`${stage.porchlight.url}/sign-in`), page.url());
  assert.ok(!page.url().includes('not+the+password') && !page.url().includes('not%20the'), 'the password is not in the address');
});

both('whoever is sent away to sign in comes back to the page that was asked for', async ({ page, visit, desk, forgotten, project, stage }) => {
  await forgotten();
  await visit(project.path('settings'));
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.match(page.url(), /\/sign-in\?next=/);
  await desk.settled();
  const { email, password, send } = form(page);
  await email.fill('owner@example.com');
  await password.fill(stage.password);
  await send.click();
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  assert.equal(new URL(page.url()).pathname, project.path('settings'));
});

both('signing out ends the session, not only the page', async ({ page, visit }) => {
  await visit('/projects');
  const cookies = await page.context().cookies();
  await page.locator('.account > summary').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.context().addCookies(cookies);
  await visit('/projects');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

both('whose session ends while a page is open signs in and comes back to where they went', async ({ page, visit, desk, project, stage }) => {
  await visit(project.path('settings'));
  await page.context().clearCookies();
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Events' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('next'), project.path('events'));
  await desk.settled();
  const { email, password, send } = form(page);
  await email.fill('owner@example.com');
  await password.fill(stage.password);
  await send.click();
  await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor();
  assert.equal(new URL(page.url()).pathname, project.path('events'));
});

both('whose form comes too late is led to sign in and back to the form', async ({ page, visit, project, mode }) => {
  await visit(project.path('keys'));
  await page.context().clearCookies();
  await page.getByLabel(/^Name/).fill('Too late');
  await page.getByRole('button', { name: 'Create key' }).click();
  if (mode.javaScriptEnabled) {
    await page.getByRole('alert').getByRole('link', { name: 'Sign in' }).click();
  }
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('next'), project.path('keys'));
});

for (const mode of MODES) {
  test(`a fresh installation says how the first operator is made (${mode.name})`, async (t) => {
    const stage = await startStage({ owner: false, mail: false });
    t.after(stage.stop);
    const desk = deskOf(await stage.browser.window(mode), stage.porchlight.url, mode);
    await played(desk, `fresh ${mode.short}`, async () => {
      await desk.visit('/');
      await desk.page.getByRole('heading', { name: 'Nobody can sign in yet' }).waitFor();
      await desk.page.getByText('porchlight operator create --email').waitFor();
      assert.equal(await desk.page.getByLabel('Password').count(), 0);
      await stage.operator('first@example.com', 'owner');
      await desk.page.getByRole('link', { name: 'Look again' }).click();
      await desk.page.getByLabel('Password').waitFor();
    });
  });
}

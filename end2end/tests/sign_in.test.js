// /sign-in: who gets in, who does not, and where one goes from there.
import assert from 'node:assert/strict';
import { scene } from '../support/scene.js';

const { both } = scene({ mail: false });
const form = (page) => ({
  email: page.getByLabel('E-mail'), password: page.getByLabel('Password'), send: page.getByRole('button', { name: 'Sign in' }),
});

both('a wrong password is refused in words that tell nothing', async ({ page, visit, stage }) => {
  await page.context().clearCookies();
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

both('whoever is sent away to sign in comes back to the page that was asked for', async ({ page, visit, desk, project, stage }) => {
  await page.context().clearCookies();
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

// An order that an operator gives: whoever waits for its confirmation sees it come.
import assert from 'node:assert/strict';
import { scene } from '../support/scene.js';
import { stolen } from '../support/seed.js';

const { both } = scene({ mail: false });
const WAITING = 'Waiting for the application’s confirmation…';

/** What the application says once the sessions are dead. */
async function confirm(project) {
  const { rows: [order] } = await project.api.get('/revocations');
  const sessions = order.sessions.map(({ id }) => ({ id, outcome: 'revoked' }));
  await project.api.post(`/revocations/${order.id}/receipt`, {
    receipt: { revocation_id: order.id, completed_at: new Date().toISOString(), sessions },
  });
}

/** Waits for the confirmation as this reader can: by looking on, or by loading the page again. */
async function seen({ page, mode, settled }, text) {
  const refresh = page.getByRole('link', { name: 'Refresh' });
  if (mode.javaScriptEnabled) {
    assert.equal(await refresh.count(), 0, 'the page reads itself again');
  } else {
    await refresh.click();
    await settled();
  }
  await page.getByText(WAITING).waitFor({ state: 'detached' });
  await page.getByText(text, { exact: true }).first().waitFor();
}

both('the user’s page shows the confirmation when it comes', async ({ page, visit, desk, project }) => {
  const sessions = await stolen(project);
  const { rows: [user] } = await project.api.get('/users');
  await visit(project.path(`users/${user.key}`));
  assert.equal(await page.getByText(WAITING).count(), 0, 'nothing is under way');
  const row = page.getByRole('table', { name: 'Live sessions' }).getByRole('row').filter({ hasText: sessions.stolen });
  await row.getByText('Revoke…').click();
  await row.getByRole('button', { name: 'Revoke this session' }).click();
  await page.getByText('The order is on its way').waitFor();
  await page.getByText(WAITING).waitFor();
  await confirm(project);
  await seen(desk, 'confirmed');
});

both('so do the alert’s page and the order’s own', async ({ page, visit, desk, project }) => {
  for (const path of ['alerts', 'revocations']) {
    await stolen(project, { id: path, name: `User of ${path}` });
    await visit(project.path('alerts'));
    await page.getByRole('link', { name: `User of ${path} logged in` }).click();
    await page.getByText('Revoke this session…').click();
    await page.getByRole('button', { name: 'Revoke this session' }).click();
    await page.getByText(WAITING).waitFor();
    if (path === 'revocations') {
      await page.getByRole('table', { name: 'Orders to end sessions' }).getByRole('link').first().click();
      await page.getByRole('heading', { name: /^Order to end sessions/ }).waitFor();
    }
    await confirm(project);
    await seen(desk, 'confirmed');
  }
});

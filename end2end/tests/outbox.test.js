// /p/{project}/outbox: without a mail server the mails wait here, whole, and their links work.
import assert from 'node:assert/strict';
import { give } from '../support/answer.js';
import { scene } from '../support/scene.js';
import { EVE, stolen } from '../support/seed.js';
import { until } from '../support/until.js';

const { both, stage } = scene({ mail: false });

both('a mail that cannot be sent is read here, and answered from here', async ({ page, visit, project, mode }) => {
  const sessions = await stolen(project);
  await until('the mail is in the outbox', async () => {
    await visit(project.path('outbox'));
    return page.getByRole('row').filter({ hasText: EVE.email }).isVisible();
  });
  await page.getByRole('row').filter({ hasText: EVE.email }).getByRole('link').first().click();
  await page.getByText('No mail server is set').waitFor();
  const link = await page.getByLabel('The mail as text').getByRole('link', { name: /a=no$/ }).getAttribute('href');

  const answering = await stage().browser.window(mode);
  await answering.goto(link);
  await give(answering, 'no');
  await answering.getByRole('heading', { name: 'Thank you' }).waitFor();
  await answering.context().close();
  const { rows: [order] } = await project.api.get('/revocations');
  assert.deepEqual(order.sessions.map(({ id }) => id), [sessions.stolen]);
});

both('the mail is shown as it looks, and runs nothing', async ({ page, visit, project }) => {
  await stolen(project);
  await until('the mail is in the outbox', async () => {
    await visit(project.path('outbox'));
    return page.getByRole('row').filter({ hasText: EVE.email }).isVisible();
  });
  await page.getByRole('row').filter({ hasText: EVE.email }).getByRole('link').first().click();
  const frame = page.frameLocator('iframe[title="The mail as it looks"]');
  await frame.getByRole('link', { name: /No, it wasn/ }).waitFor();
  assert.doesNotMatch(await page.locator('iframe').getAttribute('sandbox'), /allow-scripts|allow-same-origin|allow-forms/);
});

// After a user's no nothing is learned of them; their page says so, and an analyst ends it.
import assert from 'node:assert/strict';
import { give } from '../support/answer.js';
import { scene } from '../support/scene.js';
import { EVE, stolen } from '../support/seed.js';
import { until } from '../support/until.js';

const { both } = scene({ mail: false });

/** Eve says that the thief's login was not hers, through the mail that waits in the outbox. */
async function sayNo({ page, visit, project, stage }) {
  await stolen(project);
  await until('the mail is in the outbox', async () => {
    await visit(project.path('outbox'));
    return page.getByRole('row').filter({ hasText: EVE.email }).isVisible();
  });
  await page.getByRole('row').filter({ hasText: EVE.email }).getByRole('link').first().click();
  const url = await page.getByLabel('The mail as text').getByRole('link', { name: /a=no$/ }).getAttribute('href');
  const answering = await stage.browser.window({ javaScriptEnabled: false });
  await answering.goto(url);
  await give(answering, 'no');
  await answering.getByRole('heading', { name: 'Thank you' }).waitFor();
  await answering.context().close();
}

both('a user of whom nothing is learned says so, since when and why, until an analyst ends it', async (desk) => {
  const { page, visit, project } = desk;
  await sayNo(desk);
  const { rows: [user] } = await project.api.get('/users');
  await visit(project.path(`users/${user.key}`));
  const notice = page.locator('.frozen');
  await notice.getByText('Nothing is learned of this user').waitFor();
  const [since, end] = await Promise.all([0, 1].map((place) => notice.locator('time').nth(place).getAttribute('datetime')));
  assert.equal(Math.round((new Date(end) - new Date(since)) / 86_400_000), 7);
  const [alert] = (await project.api.get('/alerts')).rows;
  await notice.getByRole('link', { name: `alert ${alert.id}` }).waitFor();
  await notice.getByRole('button', { name: 'The thief is out: learn again' }).click();
  await page.getByText('This user’s habits are learned again.').waitFor();
  await page.getByRole('heading', { name: new RegExp(`^${EVE.name}`) }).waitFor();
  await notice.waitFor({ state: 'detached' });
  await visit(project.path('ledger'));
  await page.getByText('user.unfrozen').first().waitFor();
});

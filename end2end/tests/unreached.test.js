// Operators whom no mail about alerts reaches: the overview names them.
import assert from 'node:assert/strict';
import { scene } from '../support/scene.js';
import { stolen } from '../support/seed.js';
import { until } from '../support/until.js';

const { both } = scene();

both('an operator whom no mail reaches is named on the overview, with the way to why', async ({ page, visit, project, stage }) => {
  await visit(project.path('settings'));
  await page.getByLabel(/^Mail alerts to/).fill('ann@example.com, nobody@refused.example');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByText('Settings saved.').waitFor();
  const line = page.locator('.notice').filter({ hasText: 'No mail about alerts reaches' });
  await visit(project.path(''));
  assert.equal(await line.count(), 0, 'nothing was mailed yet');
  await stolen(project);
  await stage.mailbox.mailTo('ann@example.com');
  await until('the other mail was refused', async () => {
    await visit(project.path(''));
    return line.isVisible();
  });
  const words = await line.innerText();
  assert.match(words, /^No mail about alerts reaches nobody@refused\.example\. /);
  assert.doesNotMatch(words, /ann@/, 'it reaches her');
  await line.getByRole('link', { name: 'See why' }).click();
  await page.waitForURL(/outbox\?state=failed/);
  await page.getByRole('row').filter({ hasText: 'nobody@refused.example' }).waitFor();
  assert.equal(await page.getByRole('row').filter({ hasText: 'ann@example.com' }).count(), 0);
});

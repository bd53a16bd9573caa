// /p/{project}/settings: what is saved is kept, what is wrong is refused.
import assert from 'node:assert/strict';
import { scene } from '../support/scene.js';
import { stolen } from '../support/seed.js';
import { until } from '../support/until.js';

const { both, stage } = scene({ mail: false });
/** A field by the beginning of its label. */
const field = (page, label) => page.locator('.field').filter({ has: page.locator('.field-label', { hasText: new RegExp(`^${label}`) }) });

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

both('what may be challenged, what may be asked and how long events are kept', async ({ page, visit, project }) => {
  const fields = [
    [/^Challenge at most/, '0.5'], [/^Ask at most, users a day/, '20'], [/^Days until a session is idle/, '14'], [/^Days that events are kept/, '90'],
  ];
  await visit(project.path('settings'));
  for (const [label, value] of fields) await page.getByLabel(label).fill(value);
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByText('Settings saved.').waitFor();
  await visit(project.path('settings'));
  for (const [label, value] of fields) assert.equal(await page.getByLabel(label).inputValue(), value);

  await page.getByLabel(/^Challenge at most/).fill('lots');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByRole('alert').getByText('“Challenge at most, in % of logins” must be a percentage from 0 to 100, such as 0.5: “lots”').waitFor();
  await field(page, 'Challenge at most').getByText('Must be a percentage from 0 to 100, such as 0.5.').waitFor();
  assert.equal(await page.locator('.field-error').count(), 1, 'beside no other field');
  assert.equal(await page.getByLabel(/^Challenge at most/).inputValue(), 'lots');

  await visit(project.path('settings'));
  assert.equal(await page.getByLabel(/^Challenge at most/).inputValue(), '0.5', 'nothing was saved');
  await page.getByLabel(/^Days that events are kept/).fill('7');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByRole('alert').getByText(/“Days that events are kept” must be between 14, the days until a session is idle/).waitFor();
  await field(page, 'Days that events are kept').getByText(/^Must be between 14/).waitFor();

  await visit(project.path('settings'));
  for (const [label] of fields.filter(([label]) => !String(label).includes('idle'))) await page.getByLabel(label).fill('');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByText('Settings saved.').waitFor();
  await visit(project.path('settings'));
  assert.equal(await page.getByLabel(/^Days that events are kept/).inputValue(), '', 'for ever again');
});

both('a budget of nothing challenges nobody', async ({ page, visit, project }) => {
  await visit(project.path('settings'));
  await page.getByLabel(/^Challenge at most/).fill('0');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByText('Settings saved.').waitFor();
  await stolen(project);
  const { rows: [event] } = await project.api.get('/events');
  assert.deepEqual([event.level, event.decision], ['red', 'allow']);
});

both('who is told of alerts', async ({ page, visit, project }) => {
  const mails = page.getByLabel(/^Mail alerts to/);
  await visit(project.path('settings'));
  await mails.fill('ann@example.com; bob@example.com');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByText('Settings saved.').waitFor();
  await visit(project.path('settings'));
  assert.equal(await mails.inputValue(), 'ann@example.com, bob@example.com');

  await mails.fill('ann@example.com, nobody');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await field(page, 'Mail alerts to').getByText('Must be an e-mail address.').waitFor();
  await visit(project.path('settings'));
  assert.equal(await mails.inputValue(), 'ann@example.com, bob@example.com', 'nothing was saved');
  await stolen(project);
  await until('the mail is in the outbox', async () => {
    await visit(project.path('outbox'));
    return page.getByRole('row').filter({ hasText: 'bob@example.com' }).isVisible();
  });
});

// /p/{project}/webhooks: endpoints are made, tried out, paused, rotated, deleted; failures are explained.
import assert from 'node:assert/strict';
import { create, secret, sendTest, withReceiver } from '../support/endpoint.js';
import { scene } from '../support/scene.js';
import { isSigned } from '../support/signing.js';
import { until } from '../support/until.js';

const { both } = scene({ mail: false });

both('an endpoint is tried out: signed, answered, every byte on record', withReceiver(undefined, async (at, receiver) => {
  const { page } = at;
  const key = await create(at, receiver.url);
  await sendTest(at, at.page.locator('.badge', { hasText: /^delivered$/ }));
  await page.locator('.badge', { hasText: /^signed$/ }).first().waitFor();
  const [webhook] = receiver.taken;
  assert.ok(isSigned(key, webhook));
  await page.getByText('Attempt 1').click();
  await page.getByLabel('Request headers').getByText('webhook-signature').waitFor();
  assert.equal(JSON.parse(webhook.raw).type, 'endpoint.test');
}));

both('a receiver that refuses the signature is diagnosed, and can be sent to again', withReceiver(() => ({ status: 401, body: 'bad signature' }), async (at, receiver) => {
  const { page } = at;
  await create(at, receiver.url);
  await sendTest(at, at.page.getByText('401'));
  await page.locator('.badge', { hasText: /^pending$/ }).waitFor();
  await page.getByText('Attempt 1').click();
  await page.getByText('The signature did not verify there').first().waitFor();
  await page.getByRole('button', { name: 'Resend' }).click();
  await page.getByText('It is being sent again.').waitFor();
  await until('it came again', () => receiver.taken.length >= 2);
  const ids = receiver.taken.map(({ headers }) => headers['webhook-id']);
  assert.equal(new Set(ids).size, 1, 'under the same id');
}));

both('both secrets sign while one takes over from the other', withReceiver(undefined, async (at, receiver) => {
  const { page } = at;
  const old = await create(at, receiver.url);
  const endpoint = page.url();
  await page.getByRole('link', { name: 'Rotate…' }).click();
  await page.getByRole('button', { name: 'Rotate secret' }).click();
  await until('the new secret is shown', async () => (await secret(page)) !== old);
  const fresh = await secret(page);
  await at.visit(endpoint);
  await sendTest(at, at.page.locator('.badge', { hasText: /^delivered$/ }));
  assert.ok(isSigned(old, receiver.taken[0]) && isSigned(fresh, receiver.taken[0]));
}));

both('an endpoint that is paused gets its messages when it is resumed; deleted, it gets none', withReceiver(undefined, async (at, receiver) => {
  const { page, visit, project } = at;
  await create(at, receiver.url);
  const endpoint = new URL(page.url()).pathname;
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText(/^Paused/).first().waitFor();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();

  await page.getByText('Delete…').click();
  await page.getByRole('button', { name: 'Delete this endpoint' }).click();
  await page.getByText('The endpoint is deleted').waitFor();
  assert.equal(new URL(page.url()).pathname, project.path('webhooks'));
  await page.getByText('No endpoints yet').waitFor();
  assert.equal(receiver.taken.length, 0);
  await visit(endpoint);
  await page.getByText('There is no such thing here').first().waitFor();
}));

both('an address that webhooks may not go to is refused where it is typed, and why', async (at) => {
  const { page, visit, project } = at;
  await visit(project.path('webhooks'));
  await page.getByLabel(/^URL/).fill('http://10.1.2.3/hook');
  await page.getByRole('button', { name: 'Create endpoint' }).click();
  await page.getByRole('alert').getByText('“URL” must not go to 10.1.2.3, which is private').waitFor();
  await page.getByRole('alert').getByText('WEBHOOK_ALLOW').waitFor();
  await visit(project.path('webhooks'));
  await page.getByText('No endpoints yet').waitFor();
});

both('a policy of an endpoint’s own is kept, and what is wrong in it is named', withReceiver(undefined, async (at, receiver) => {
  const { page } = at;
  await create(at, receiver.url);
  const endpoint = page.url();
  const fields = [[/^Retry after/, '5, 60'], [/^Oldest message/, '3600'], [/^Time to answer/, '10'], [/^Requests a second/, '20'], [/^Requests at once/, '4']];
  for (const [label, value] of fields) await page.getByLabel(label).fill(value);
  await page.getByLabel(/^A user’s messages arrive in their order/).check();
  await page.getByLabel(/^Receipts must be signed/).check();
  await page.getByRole('button', { name: 'Save policy' }).click();
  await page.getByText('The delivery policy is saved.').waitFor();
  await at.visit(endpoint);
  for (const [label, value] of fields) assert.equal(await page.getByLabel(label).inputValue(), value);
  assert.equal(await page.getByLabel(/^A user’s messages arrive in their order/).isChecked(), true);
  assert.equal(await page.getByLabel(/^Receipts must be signed/).isChecked(), true);

  await page.getByLabel(/^Retry after/).fill('soon');
  await page.getByRole('button', { name: 'Save policy' }).click();
  await page.getByRole('alert').getByText(/must be seconds, separated by commas, or “never”/).waitFor();
  assert.equal(await page.getByLabel(/^Retry after/).inputValue(), 'soon');
}));

both('a receiver that takes what is signed wrong is found out, and one that verifies is believed', async (at) => {
  let key;
  const answer = (webhook) => (key && !isSigned(key, webhook) ? { status: 401 } : {});
  await withReceiver(answer, async (desk, receiver) => {
    const { page, mode } = desk;
    const secretOfIt = await create(desk, receiver.url);
    const verdict = async (text) => until(text, async () => {
      if (await page.getByRole('table', { name: 'Probes' }).locator('tbody tr').first().getByText(text).isVisible()) return true;
      if (!mode.javaScriptEnabled) await page.reload();
      return false;
    }, { every: 200 });
    await page.getByRole('button', { name: 'Does it verify at all?' }).click();
    await verdict('It accepts a wrong signature');
    key = secretOfIt;
    await page.getByRole('button', { name: 'Does it verify at all?' }).click();
    await verdict('It refuses a wrong signature, as it should.');
    await page.getByRole('button', { name: 'Is it ready for the newest secret?' }).click();
    await verdict('It accepted the new secret and refuses a wrong signature');
  })(at);
});

both('an attempt says where its time went, and the endpoint’s page sums it up', withReceiver(undefined, async (at, receiver) => {
  const { page, visit } = at;
  await create(at, receiver.url);
  const endpoint = page.url();
  await sendTest(at, page.locator('.badge', { hasText: /^delivered$/ }));
  await page.getByText('Attempt 1').click();
  const phases = page.getByRole('list', { name: 'Where the time went' }).getByRole('listitem');
  const words = (await phases.allInnerTexts()).map((text) => text.replace(/ [\d.]+ .*$/, ''));
  assert.deepEqual(words, ['connection', 'first byte', 'body']);
  await visit(endpoint);
  const table = page.getByRole('table', { name: 'Phases' });
  assert.equal(await table.locator('tbody tr').count(), 3);
  await page.getByText('Of the latest 1 attempt, 0 reused a connection. Making one includes TLS.').waitFor();
}));

both('an endpoint’s format is changed, and changed back', withReceiver(undefined, async (at, receiver) => {
  const { page, visit } = at;
  const key = await create(at, receiver.url);
  const endpoint = page.url();
  const save = async (format) => {
    await visit(endpoint);
    await page.getByLabel('Format').selectOption(format);
    await page.getByRole('button', { name: 'Save endpoint' }).click();
    await page.getByText('Endpoint saved.').waitFor();
    await visit(endpoint);
    assert.equal(await page.getByLabel('Format').inputValue(), format);
  };
  await save('thisdata');
  await page.getByText('Only some messages').click();
  await page.getByRole('checkbox', { name: 'alert.opened' }).check();
  await page.getByRole('button', { name: 'Save endpoint' }).click();
  await page.getByRole('alert').getByText('an endpoint of format thisdata gets everything').waitFor();
  await save('standard');
  await sendTest(at, page.locator('.badge', { hasText: /^delivered$/ }));
  assert.ok(isSigned(key, receiver.taken[0]));
}));

both('the list says at a glance what fails, what waits, and whether the receiver takes anything', withReceiver((webhook) => (JSON.parse(webhook.raw).type === 'probe' ? {} : { status: 503 }), async (at, receiver) => {
  const { page, visit, project } = at;
  await create(at, receiver.url);
  const endpoint = page.url();
  const row = page.getByRole('table', { name: 'Endpoints' }).locator('tbody tr').first();
  const cell = (name) => row.locator(`[data-label="${name}"]`);
  await visit(project.path('webhooks'));
  assert.equal(await cell('State').innerText(), 'active');
  assert.deepEqual(await Promise.all(['Waiting', 'Enforces', 'New key'].map((name) => cell(name).innerText())), ['0', 'not asked', 'not asked']);

  await project.api.post(`/endpoints/${new URL(endpoint).pathname.split('/').pop()}/probes`, { kind: 'enforce' });
  await visit(endpoint);
  await sendTest(at, page.getByText('503'));
  await until('the list shows it', async () => {
    await visit(project.path('webhooks'));
    return await cell('Enforces').getByText('does not verify').isVisible() && await cell('State').getByText('failing', { exact: true }).isVisible();
  }, { every: 200 });
  assert.equal(await cell('Errors, 24 h').innerText(), '100 %');
  assert.equal(await cell('Waiting').innerText(), '1');
  await visit(endpoint);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText(/^Paused/).first().waitFor();
  await visit(project.path('webhooks'));
  await cell('Waiting').getByText('held back').waitFor();
  await visit(project.path('deliveries'));
  await page.getByRole('table', { name: 'Deliveries' }).locator('tbody tr').first().getByText('does not verify').waitFor();
}));

both('what was refused while the endpoint was disabled is said no more once it is enabled', withReceiver(undefined, async (at, receiver) => {
  const { page } = at;
  await create(at, receiver.url);
  await page.getByText('Disable…').click();
  await page.getByRole('button', { name: 'Disable this endpoint' }).click();
  await page.getByText(/^Disabled \(disabled by hand\)/).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Send test' }).count(), 0, 'it would be refused');
  await page.getByRole('button', { name: 'Does it verify at all?' }).click();
  const refusal = page.getByRole('alert').getByText('The endpoint is disabled.');
  await refusal.waitFor();
  await page.getByRole('button', { name: 'Enable' }).click();
  await page.getByRole('button', { name: 'Send test' }).waitFor();
  assert.equal(await refusal.count(), 0);
}));

both('an endpoint that disabled itself can be disabled by hand, so that no order counts on it any more', withReceiver(() => ({ status: 410 }), async (at, receiver) => {
  const { page, visit } = at;
  await create(at, receiver.url);
  const endpoint = page.url();
  await sendTest(at, page.getByText('410'));
  await visit(endpoint);
  await page.getByText(/^Disabled \(answered 410 Gone\): .* Orders count on its answer as before/).waitFor();
  await page.getByText('Disable…').click();
  await page.getByRole('button', { name: 'Disable this endpoint' }).click();
  await page.getByText(/^Disabled \(disabled by hand\)/).waitFor();
  assert.equal(await page.getByText('Disable…').count(), 0);
}));

// /p/{project}/webhooks, /deliveries: endpoints are made, tried out, paused, rotated, deleted; failures are explained.
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

/** A receiver that fails until it is told to stop failing. */
const moody = () => {
  const mood = { failing: true };
  return [mood, () => (mood.failing ? { status: 500 } : {})];
};

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

/** Sends a test to a receiver that fails it, once and for all. */
async function lose(at, receiver) {
  const { page } = at;
  await create(at, receiver.url);
  const endpoint = page.url();
  await page.getByLabel(/^Retry after/).fill('never');
  await page.getByRole('button', { name: 'Save policy' }).click();
  await page.getByText('The delivery policy is saved.').waitFor();
  await sendTest(at, page.locator('.badge', { hasText: /^failed$/ }));
  return endpoint;
}

/** Waits until the job is done: its page looks again by itself, or is loaded again. */
async function done({ page, mode }, { url: to }) {
  const job = page.getByRole('table', { name: 'Bulk resends' }).locator('tbody tr').first();
  await until('the job is done', async () => {
    if (await job.getByText('done', { exact: true }).isVisible()) return true;
    if (!mode.javaScriptEnabled) await page.reload();
    return false;
  }, { every: 200 });
  await job.getByText('1 of 1').waitFor();
  await job.getByText(to.replace('http://', '')).waitFor();
}

both('an endpoint that failed is shown so, and what it missed is counted first and then sent', async (at) => {
  const [mood, answer] = moody();
  await withReceiver(answer, async (desk, receiver) => {
    const { page, visit, project } = desk;
    const endpoint = await lose(desk, receiver);
    await visit(project.path('webhooks'));
    const row = page.getByRole('table', { name: 'Endpoints' }).locator('tbody tr').first();
    await row.getByText('100 %').waitFor();

    mood.failing = false;
    await visit(endpoint);
    await page.getByText(/median of the latest 1 attempt/).waitFor();
    await page.getByLabel('Since (UTC)').fill('2999-01-01T00:00');
    await page.getByRole('button', { name: 'Count' }).click();
    await page.getByRole('alert').getByText('Since must not be in the future: now it is').waitFor();
    await page.getByLabel('Since (UTC)').fill(new Date(Date.now() - 3_600_000).toISOString().slice(0, 16));
    await page.getByRole('button', { name: 'Count' }).click();
    await page.getByText(/^1 message since .* UTC would be sent again\. Nothing is sent yet\.$/).waitFor();
    assert.equal(receiver.taken.length, 1, 'counting sends nothing');
    await page.getByRole('button', { name: 'Send 1 message again' }).click();
    await page.getByText('1 message is sent again.').waitFor();
    assert.equal(new URL(page.url()).pathname, project.path('deliveries'));
    await done(desk, receiver);
    await until('it came again', () => receiver.taken.length === 2);
  })(at);
});

both('selected deliveries are sent once more', async (at) => {
  const [mood, answer] = moody();
  await withReceiver(answer, async (desk, receiver) => {
    const { page, visit, project } = desk;
    await lose(desk, receiver);
    mood.failing = false;
    await visit(`${project.path('deliveries')}?state=failed`);
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.getByRole('alert').getByText('No delivery is selected.').waitFor();
    await page.getByRole('checkbox').first().check();
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('1 message is sent again.').waitFor();
    await done(desk, receiver);
    await until('it came again', () => receiver.taken.length === 2);
    assert.equal(receiver.taken[0].headers['webhook-id'], receiver.taken[1].headers['webhook-id'], 'the same message');
  })(at);
});

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

both('deliveries are searched by a text in their body, and by what was answered', withReceiver(() => ({ status: 500, body: 'upstream on fire' }), async (at, receiver) => {
  const { page, visit, project } = at;
  await create(at, receiver.url);
  await sendTest(at, page.getByText('500'));
  const rows = page.getByRole('table', { name: 'Deliveries' }).locator('tbody tr');
  for (const [text, count] of [['ON FIRE', 1], ['endpoint.test', 1], ['nobody', 0]]) {
    await visit(project.path('deliveries'));
    await page.getByLabel('Text').fill(text);
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText('1 delivery was looked through, and there are no older ones.').waitFor();
    assert.equal(await rows.count(), count, text);
    assert.equal(await page.getByLabel('Text').inputValue(), text);
  }
  await page.getByText('Not found here').waitFor();
  for (const [query, fault] of [['text=x', /Text must have 2 to 200 characters: “x”/], ['state=lost', /State must be .*: “lost”/], ['type=nonsense', /Type must be .*: “nonsense”/]]) {
    await visit(`${project.path('deliveries')}?${query}`);
    await page.getByRole('alert').getByText(fault).waitFor();
    assert.equal(await rows.count(), 0, 'nothing is shown for what was not understood');
    assert.ok(await page.getByLabel('Text').isVisible(), 'the form stays');
  }
  assert.equal(await page.getByText('This did not load').count(), 0);
}));

both('what is on its way is not sent again, and a disabled endpoint says why it gets nothing', withReceiver(() => ({ status: 500 }), async (at, receiver) => {
  const { page, visit, project } = at;
  await create(at, receiver.url);
  const endpoint = page.url();
  await sendTest(at, page.locator('.badge', { hasText: /^pending$/ }));
  await visit(project.path('deliveries'));
  await page.getByRole('checkbox').first().check();
  await page.getByRole('button', { name: 'Send again' }).click();
  await page.getByText('Nothing is sent again: what is still on its way is sent anyway').waitFor();

  await visit(endpoint);
  await page.getByText('Disable…').click();
  await page.getByRole('button', { name: 'Disable this endpoint' }).click();
  await page.getByText(/^Disabled \(disabled by hand\): nothing is sent to it\./).waitFor();
  await visit(project.path('webhooks'));
  const row = page.getByRole('table', { name: 'Endpoints' }).locator('tbody tr').first();
  await row.getByText('disabled by hand').waitFor();
}));

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

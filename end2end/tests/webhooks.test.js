// /p/{project}/webhooks, /deliveries: endpoints are made, tried out, paused, rotated, deleted; failures are explained.
import assert from 'node:assert/strict';
import { startReceiver } from '../support/receiver.js';
import { scene } from '../support/scene.js';
import { isSigned } from '../support/signing.js';
import { until } from '../support/until.js';

const { both } = scene({ mail: false });
const secret = (page) => page.getByRole('region', { name: 'Shown once' }).getByLabel('The secret').innerText();

async function create({ page, visit, project }, url) {
  await visit(project.path('webhooks'));
  await page.getByLabel(/^URL/).fill(url);
  await page.getByLabel('Description').fill('The shop');
  await page.getByRole('button', { name: 'Create endpoint' }).click();
  return secret(page);
}

/** Sends a test from the endpoint's page, and waits on the delivery's page for a mark. */
async function sendTest({ page, desk }, mark) {
  await page.getByRole('button', { name: 'Send test' }).click();
  await page.getByRole('heading', { name: 'Attempts' }).waitFor();
  await desk.settled();
  await until('the delivery shows it', async () => {
    if (await mark.first().isVisible()) return true;
    await page.reload();
    return false;
  }, { every: 200 });
}

/** Plays an act with a receiver that stops after it. */
const withReceiver = (answer, act) => async (at) => {
  const receiver = await startReceiver(answer);
  try {
    await act(at, receiver);
  } finally {
    await receiver.stop();
  }
};

both('an endpoint is tried out: signed, answered, every byte on record', withReceiver(undefined, async (at, receiver) => {
  const { page } = at;
  const key = await create(at, receiver.url);
  await sendTest(at, at.page.locator('.badge', { hasText: /^delivered$/ }));
  await page.locator('.badge', { hasText: 'signed, verified' }).waitFor();
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
  await page.getByRole('button', { name: 'Rotate secret' }).click();
  await until('the new secret is shown', async () => (await secret(page)) !== old);
  const fresh = await secret(page);
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
  await page.getByRole('alert').getByText('URL must not go to 10.1.2.3, which is private').waitFor();
  await page.getByRole('alert').getByText('WEBHOOK_ALLOW').waitFor();
  await visit(project.path('webhooks'));
  await page.getByText('No endpoints yet').waitFor();
});

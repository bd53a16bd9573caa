// /p/{project}/revocations/{order} where it did not do what it should: what happened, and what can be done about it.
import assert from 'node:assert/strict';
import { withReceiver } from '../support/endpoint.js';
import { scene } from '../support/scene.js';
import { stolen } from '../support/seed.js';
import { until } from '../support/until.js';

const { both } = scene({ mail: false });

const isOrder = ({ raw }) => JSON.parse(raw).type === 'session.revocation.requested';

/** What an application answers that could, or could not, end the sessions. */
const receipt = ({ raw }, outcome) => {
  const { revocation_id, sessions } = JSON.parse(raw).data;
  return { body: JSON.stringify({ receipt: { revocation_id, completed_at: new Date().toISOString(), sessions: sessions.map(({ id }) => ({ id, outcome })) } }) };
};

/** An order, once it has come to this state. */
async function ordered({ project }, receiver, state) {
  await project.api.post('/endpoints', { url: receiver.url, types: ['session.revocation.requested'] });
  const sessions = await stolen(project);
  const order = await project.api.post('/revocations', { scope: 'one', sessions: [sessions.stolen], confirm_seconds: 10 });
  await until(`the order is ${state}`, async () => (await project.api.get(`/revocations/${order.id}`)).state === state, { seconds: 30, every: 200 });
  return { ...order, session: sessions.stolen };
}

both('an order that nobody confirmed says who answered what, leads to its alert, and is sent again', withReceiver(() => ({}), async (at, receiver) => {
  const { page, visit, project } = at;
  const order = await ordered(at, receiver, 'unconfirmed');
  await until('it was sent again by itself', () => receiver.taken.filter(isOrder).length === 2);
  await visit(project.path(`revocations/${order.id}`));
  const now = page.locator('#act');
  await now.getByText(/answered 200 without a receipt/).waitFor();
  await now.getByText('If the application never confirms').click();
  await now.getByText(`POST /api/v1/revocations/${order.id}/receipt`).waitFor();
  await now.getByRole('button', { name: 'Send again now' }).click();
  await page.getByText('The order is being sent again to 1 endpoint.').waitFor();
  await until('it came once more', () => receiver.taken.filter(isOrder).length === 3);
  assert.equal(new Set(receiver.taken.filter(isOrder).map(({ headers }) => headers['webhook-id'])).size, 1, 'the same message');
  await visit(project.path(`revocations/${order.id}`));
  await now.getByRole('link', { name: /^alert \d+/ }).click();
  await page.getByRole('heading', { name: /did not confirm in time/ }).waitFor();
  await visit(project.path('ledger'));
  await page.getByText('sent an order to end sessions again').waitFor();
}));

both('an order that was refused is given again, and once that is confirmed nothing is left to do', async (at) => {
  let able = false;
  await withReceiver((webhook) => (isOrder(webhook) ? receipt(webhook, able ? 'revoked' : 'failed') : {}), async (desk, receiver) => {
    const { page, visit, project } = desk;
    const order = await ordered(desk, receiver, 'refused');
    able = true;
    await visit(project.path(`revocations/${order.id}`));
    await page.getByRole('button', { name: 'Order again' }).click();
    await page.getByText('This is the new order for what may still be in use.').waitFor();
    await page.waitForURL((url) => /revocations\/rev_/.test(url.pathname) && !url.pathname.endsWith(order.id));
    await page.getByText(`Ordered again: ${order.id} was refused`).first().waitFor();
    await until('it is confirmed', async () => {
      await visit(new URL(page.url()).pathname);
      return page.getByText('The application’s receipts say that every session of this order is dead.').isVisible();
    }, { every: 200 });
    assert.equal(await page.getByRole('heading', { name: 'What now' }).count(), 0);
    assert.equal(receiver.taken.filter(isOrder).length, 2);
    await visit(project.path('ledger'));
    await page.getByText('ordered sessions ended again').waitFor();
  })(at);
});

both('a viewer reads what happened and is offered no act', withReceiver((webhook) => receipt(webhook, 'failed'), async (at, receiver) => {
  const { page, visit, project } = at;
  const order = await ordered(at, receiver, 'refused');
  await visit(project.path(`revocations/${order.id}`));
  await page.locator('#act').getByText(/answered 200 with a receipt that is not signed/).waitFor();
  assert.equal(await page.getByRole('button', { name: /Order again|Send again now/ }).count(), 0);
}), { as: 'viewer@example.com' });

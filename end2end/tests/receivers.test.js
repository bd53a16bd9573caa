// Who receives an order: endpoints that end sessions, those that only listen, and applications that name no sessions.
import assert from 'node:assert/strict';
import { create, withReceiver } from '../support/endpoint.js';
import { home, thief } from '../support/places.js';
import { startReceiver } from '../support/receiver.js';
import { scene } from '../support/scene.js';
import { EVE, login, stolen } from '../support/seed.js';
import { until } from '../support/until.js';

const { both } = scene({ mail: false });
const isOrder = ({ raw }) => JSON.parse(raw).type === 'session.revocation.requested';

both('an endpoint that only listens says so, and its order that nobody carries it out', withReceiver(undefined, async (at, receiver) => {
  const { page, visit, project } = at;
  await create(at, receiver.url);
  await page.getByText('it ends sessions', { exact: true }).waitFor();
  await page.getByLabel(/^It only listens/).check();
  await page.getByRole('button', { name: 'Save policy' }).click();
  await page.getByText('The delivery policy is saved.').waitFor();
  await page.getByText('it only listens: it ends no sessions').waitFor();
  await visit(project.path('webhooks'));
  await page.getByRole('table', { name: 'Endpoints' }).locator('.badge', { hasText: 'only listens' }).waitFor();

  const sessions = await stolen(project);
  const order = await project.api.post(`/sessions/${sessions.stolen}/revoke`, {});
  await until('it hears of the order', () => receiver.taken.some(isOrder));
  await until('that is recorded', async () => (await project.api.get(`/revocations/${order.id}`)).receivers[0].reception === 'observed');
  await visit(project.path(`revocations/${order.id}`));
  await page.getByText('Nobody carries it out: no endpoint that ends sessions takes it.').waitFor();
  await page.getByRole('table', { name: 'Receivers' }).getByText('only listens').waitFor();
  await page.locator('h1 .badge', { hasText: 'requested, not taken' }).waitFor();
}));

both('an order whose only receiver is paused says so, and goes to it once that is resumed', withReceiver(() => ({}), async ({ page, visit, project }, receiver) => {
  const endpoint = await project.api.post('/endpoints', { url: receiver.url, types: ['session.revocation.requested'] });
  await project.api.patch(`/endpoints/${endpoint.id}`, { state: 'paused' });
  const sessions = await stolen(project);
  const order = await project.api.post(`/sessions/${sessions.stolen}/revoke`, {});
  const paused = 'is paused: nothing is sent to it before it is resumed.';
  assert.ok(order.stuck.endsWith(paused.slice(0, -1)), order.stuck);
  await visit(project.path(`revocations/${order.id}`));
  await page.locator('.notice').getByText(new RegExp(`^Nobody carries it out: .* ${paused}`)).waitFor();
  await page.getByRole('table', { name: 'Receivers' }).getByText('held back').waitFor();
  await page.locator('#act').getByText(`was not tried yet; it ${paused}`).waitFor();
  await project.api.patch(`/endpoints/${endpoint.id}`, { state: 'active' });
  await until('it is acknowledged', async () => (await project.api.get(`/revocations/${order.id}`)).state === 'acknowledged');
}));

both('what is promised and what is posted is told beside what the receiver answered', withReceiver(() => ({}), async ({ page, visit, project }, receiver) => {
  await project.api.post('/endpoints', { url: receiver.url, types: ['session.revocation.requested'] });
  const sessions = await stolen(project);
  const order = await project.api.post('/revocations', { scope: 'one', sessions: [sessions.stolen] });
  await until('it is acknowledged', async () => (await project.api.get(`/revocations/${order.id}`)).state === 'acknowledged');
  const says = (what) => project.api.post(`/revocations/${order.id}/receipt`, { receipt: { sessions: [{ id: sessions.stolen, ...what }] } });
  await says({ outcome: 'deferred', until: new Date(Date.now() + 3_600_000).toISOString() });
  await visit(project.path(`revocations/${order.id}`));
  await page.getByText('The application says that it will end the sessions later.').waitFor();
  await page.locator('h1 .badge', { hasText: 'put off, not ended yet' }).waitFor();
  await visit(project.path('revocations'));
  await page.getByRole('table', { name: 'Orders to end sessions' }).locator('.badge', { hasText: 'put off, not ended yet' }).waitFor();

  await says({ outcome: 'failed', detail: 'redis down' });
  await visit(project.path(`revocations/${order.id}`));
  const now = page.locator('#act');
  await now.getByText(/answered 200 without a receipt/).waitFor();
  await now.getByText(/Whoever has the API key says that it could not end .*: redis down, and posted/).waitFor();
}));

both('of two receivers one sees which has not answered, and where each attempt went', async ({ page, visit, project }) => {
  const ended = ({ raw }) => {
    const { data } = JSON.parse(raw);
    const sessions = (data.sessions ?? []).map(({ id }) => ({ id, outcome: 'revoked' }));
    return { body: JSON.stringify({ receipt: { sessions } }), headers: { 'content-type': 'application/json' } };
  };
  const receivers = [await startReceiver(ended), await startReceiver(() => ({ status: 500 }))];
  try {
    const types = ['session.revocation.requested'];
    const [, second] = [await project.api.post('/endpoints', { url: receivers[0].url, types }), await project.api.post('/endpoints', { url: receivers[1].url, types })];
    const sessions = await stolen(project);
    const order = await project.api.post(`/sessions/${sessions.stolen}/revoke`, {});
    await until('both were tried', async () => {
      const { receivers: told } = await project.api.get(`/revocations/${order.id}`);
      return told.map(({ reception }) => reception).join() === 'answered,failing';
    });
    await project.api.patch(`/endpoints/${second.id}`, { url: 'https://moved.example/hook', state: 'paused' });
    await visit(project.path(`revocations/${order.id}`));
    const rows = page.getByRole('table', { name: 'Receivers' }).locator('tbody tr');
    await rows.nth(0).getByText('sent its receipt').waitFor();
    await rows.nth(0).getByRole('link', { name: 'accepted' }).waitFor();
    await rows.nth(1).getByText('held back').waitFor();
    await rows.nth(1).getByText('paused: nothing is sent to it before it is resumed').waitFor();
    await page.locator('.notice').getByText(/^Confirmed, but moved\.example\/hook has not taken the order: it is paused/).waitFor();
    await page.getByRole('table', { name: 'Receipts' }).getByRole('link', { name: new URL(receivers[0].url).host }).waitFor();
    await rows.nth(1).getByRole('link', { name: /^dlv_/ }).click();
    await page.getByText('It was last sent to').getByText(receivers[1].url).waitFor();
    await page.getByText('Attempt 1').click();
    await page.locator('.attempt').getByText(receivers[1].url).waitFor();
  } finally {
    await Promise.all(receivers.map((one) => one.stop()));
  }
});

both('what one receiver does not know waits for the other, in words, and is settled when that is taken out', async ({ page, visit, project }) => {
  const lacks = ({ raw }) => {
    const { data } = JSON.parse(raw);
    const sessions = (data.sessions ?? []).map(({ id }) => ({ id, outcome: 'not_found' }));
    return { body: JSON.stringify({ receipt: { sessions } }), headers: { 'content-type': 'application/json' } };
  };
  const receivers = [await startReceiver(lacks), await startReceiver(() => ({ status: 500 }))];
  try {
    const types = ['session.revocation.requested'];
    await project.api.post('/endpoints', { url: receivers[0].url, types, description: 'App A' });
    const second = await project.api.post('/endpoints', { url: receivers[1].url, types, description: 'App B' });
    const sessions = await stolen(project);
    const order = await project.api.post(`/sessions/${sessions.stolen}/revoke`, {});
    const words = 'App A does not know this session; waiting for App B';
    await until('the first has said so', async () => {
      const { sessions: [session] } = await project.api.get(`/revocations/${order.id}`);
      return session.withheld?.words === words;
    });
    await visit(project.path(`revocations/${order.id}`));
    await page.locator('.notice').getByText(`${words}.`).waitFor();
    const its = page.getByRole('table', { name: 'Sessions of this order' });
    await its.getByText(words).waitFor();
    await project.api.patch(`/endpoints/${second.id}`, { state: 'disabled' });
    await visit(project.path(`revocations/${order.id}`));
    await its.getByText('confirmed: not found').waitFor();
    await page.getByRole('table', { name: 'History' }).getByText('was disabled: nobody else may have it').waitFor();
  } finally {
    await Promise.all(receivers.map((one) => one.stop()));
  }
});

both('an order about a user of whom no session was named is all sessions of the user', async ({ page, visit, project }) => {
  const nameless = ({ session, ...event }) => event;
  const visits = [1, 2, 3, 4, 5].map((n) => nameless(login(home, `home-${n}`, { ago: 70 - n * 10 })));
  await project.api.post('/events', [...visits, nameless(login(thief, 'stolen'))]);
  await visit(project.path('alerts'));
  await page.getByRole('link', { name: `${EVE.name} logged in` }).click();
  await page.getByText('Revoke all sessions…').click();
  await page.getByRole('button', { name: 'Revoke all sessions' }).click();
  await page.getByRole('table', { name: 'Orders to end sessions' }).getByText('All sessions of the user').waitFor();
  const { rows: [order] } = await project.api.get('/revocations');
  assert.deepEqual([order.sessions, order.scope, order.whole.state], [[], 'all', 'requested']);
  await visit(project.path(`users/${order.user.key}`));
  await page.getByRole('table', { name: 'Orders to end this user’s sessions' }).getByText('All sessions of the user').waitFor();
  await project.api.post(`/revocations/${order.id}/receipt`, { receipt: { outcome: 'revoked', detail: 'three of them' } });
  await visit(project.path(`revocations/${order.id}`));
  const row = page.getByRole('table', { name: 'Sessions of this order' }).locator('tbody tr');
  await row.getByText('All sessions of the user').waitFor();
  await row.getByText('confirmed: revoked').waitFor();
  await row.getByText('three of them').waitFor();
});

// /p/{project}/deliveries and an endpoint's recovery: what became of each message is found, understood, and sent again.
import assert from 'node:assert/strict';
import { create, sendTest, withReceiver } from '../support/endpoint.js';
import { scene } from '../support/scene.js';
import { stolen } from '../support/seed.js';
import { until } from '../support/until.js';

const { both } = scene({ mail: false });

/** A receiver that fails until it is told to stop failing. */
const moody = () => {
  const mood = { failing: true };
  return [mood, () => (mood.failing ? { status: 500 } : {})];
};

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

both('a delivery in the list says whom it is about, which session, and how far its order has come', withReceiver(undefined, async (at, receiver) => {
  const { page, visit, project } = at;
  await project.api.post('/endpoints', { url: receiver.url });
  const sessions = await stolen(project);
  const order = await project.api.post(`/sessions/${sessions.stolen}/revoke`, {});
  await until('the order is answered', async () => (await project.api.get(`/revocations/${order.id}`)).state === 'acknowledged');
  await visit(`${project.path('deliveries')}?type=session.revocation.requested`);
  const row = page.getByRole('table', { name: 'Deliveries' }).locator('tbody tr').first();
  await row.locator('[data-label="User"]').getByRole('link', { name: 'Eve Smith' }).waitFor();
  await row.locator('[data-label="Order"]').getByText('acknowledged, effect unknown').waitFor();
  await row.locator('[data-label="Order"]').getByText(sessions.stolen).waitFor();
  assert.match(await row.locator('[data-label="Signature"]').innerText(), /signed\s+enforces: not asked\s+new key: not asked/);
  await row.locator('[data-label="Order"]').getByRole('link').click();
  await page.getByRole('heading', { name: /^Order to end sessions/ }).waitFor();

  await visit(`${project.path('deliveries')}?type=alert.opened`);
  await row.locator('[data-label="User"]').getByText(sessions.stolen).waitFor();
  assert.equal(await row.locator('[data-label="Order"]').innerText(), '');
}));

both('all that are listed are selected at once', async (at) => {
  const [mood, answer] = moody();
  await withReceiver(answer, async (desk, receiver) => {
    const { page, visit, mode, project } = desk;
    const endpoint = await lose(desk, receiver);
    await visit(endpoint);
    await sendTest(desk, page.locator('.badge', { hasText: /^failed$/ }));
    mood.failing = false;
    await visit(project.path('deliveries'));
    if (mode.javaScriptEnabled) {
      const boxes = page.getByRole('checkbox', { name: /^Select delivery/ });
      const ticked = async () => Promise.all((await boxes.all()).map((box) => box.isChecked()));
      const all = page.getByRole('button', { name: 'Select all' });
      await all.click();
      assert.deepEqual(await ticked(), [true, true]);
      await all.click();
      assert.deepEqual(await ticked(), [false, false]);
      await boxes.first().check();
      await all.click();
      assert.deepEqual(await ticked(), [true, true]);
    } else {
      await page.getByLabel('all 2 listed here').check();
    }
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('2 messages are sent again.').waitFor();
    await until('both came again', () => receiver.taken.length === 4);
  })(at);
});

both('what is recovered is narrowed by time and type, and sent no faster than is asked', async (at) => {
  const [mood, answer] = moody();
  await withReceiver(answer, async (desk, receiver) => {
    const { page, visit, project } = desk;
    const endpoint = await lose(desk, receiver);
    mood.failing = false;
    const hour = (offset) => new Date(Date.now() + offset * 3_600_000).toISOString().slice(0, 16);
    const count = async (fields) => {
      await visit(endpoint);
      const form = page.locator('#recover');
      await form.getByLabel('Since (UTC)').fill(hour(-2));
      for (const [label, value] of Object.entries(fields)) {
        if (label.startsWith('Only')) await form.getByLabel(label).selectOption(value);
        else await form.getByLabel(label).fill(value);
      }
      await form.getByRole('button', { name: 'Count' }).click();
      await desk.settled();
    };
    await count({ 'Until (UTC)': hour(-1) });
    await page.getByText(/^0 messages since .* UTC until .* UTC would be sent again\./).waitFor();
    await count({ 'Only messages of type': 'alert.opened' });
    await page.getByText(/^0 messages of type alert\.opened since .* would be sent again\./).waitFor();
    await count({ 'Until (UTC)': hour(-3) });
    await page.getByRole('alert').getByText('Until must be after since.').waitFor();
    await count({ 'Only messages of type': 'endpoint.test', 'A second, at most': '7' });
    await page.getByText('At most 7 a second.').waitFor();
    await page.getByRole('button', { name: 'Send 1 message again' }).click();
    await page.getByText('1 message is sent again.').waitFor();
    await done(desk, receiver);
    const { rows: [job] } = await project.api.get('/replays');
    assert.deepEqual([job.rate, job.scope.type, job.made], [7, 'endpoint.test', 1]);
  })(at);
});

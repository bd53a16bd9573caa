// /p/{project}/inbound: what other systems send is verified, recorded and, when it is genuine, obeyed once.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { scene } from '../support/scene.js';
import { EVE, stolen } from '../support/seed.js';
import { sign } from '../support/signing.js';
import { until } from '../support/until.js';

const { both } = scene({ mail: false });
const secret = (page) => page.getByRole('region', { name: 'Shown once' }).getByLabel('The secret').innerText();
const sendsTo = (page) => page.getByLabel('The URL it sends to').innerText();

both('a signed order ends sessions once; a forged one is on record and ends none', async ({ page, visit, project }) => {
  const sessions = await stolen(project);
  await visit(project.path('inbound'));
  await page.getByLabel(/^Name/).fill('Fraud desk');
  await page.getByRole('button', { name: 'Add source' }).click();
  const [key, url] = [await secret(page), await sendsTo(page)];

  const send = async (id, secret) => {
    const body = JSON.stringify({
      type: 'session.revocation.requested', timestamp: new Date().toISOString(),
      data: { user: { id: EVE.id }, sessions: [{ id: sessions.stolen }], scope: 'listed', reason: { code: 'fraud', text: 'Seen by the fraud desk' } },
    });
    const time = String(Math.floor(Date.now() / 1000));
    const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': sign(secret, id, time, body) };
    return (await fetch(url, { method: 'POST', headers, body })).status;
  };
  const forged = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
  assert.deepEqual([await send('a', forged), await send('b', key), await send('b', key)], [401, 200, 200]);

  await visit(project.path('inbound'));
  const rows = page.getByRole('table', { name: 'Received webhooks' }).locator('tbody tr');
  const status = async (name) => rows.locator('.badge', { hasText: new RegExp(`^${name}$`) }).count();
  assert.deepEqual([await rows.count(), await status('invalid'), await status('valid'), await status('replayed')], [3, 1, 1, 1]);
  const { rows: orders } = await project.api.get('/revocations');
  assert.deepEqual(orders.map(({ sessions: [one], initiated_by: by }) => [one.id, by]), [[sessions.stolen, 'inbound']]);
  const one = (name) => rows.filter({ has: page.locator('.badge', { hasText: new RegExp(`^${name}$`) }) }).locator('.row-link');
  await one('invalid').click();
  await page.getByRole('heading', { name: 'Inbound webhook' }).waitFor();
  await page.getByText('The signature was made with another secret or over other bytes').waitFor();
  await page.getByText(`The secret over there must be the one known here as ${key.slice(0, 10)}`).waitFor();
  await page.getByLabel('The headers').getByText('webhook-id: a').waitFor();
  await page.getByText(sessions.stolen, { exact: true }).first().waitFor();
  assert.equal(await page.getByRole('table', { name: 'Sessions to end' }).count(), 0, 'it led to no order');

  await page.goBack();
  await one('valid').click();
  await page.getByText('Ordered rev_').waitFor();
  await page.getByText('Seen by the fraud desk', { exact: true }).waitFor();
  await page.getByText('webhook-signature: v1,').first().waitFor();
  await page.getByLabel('The body, indented for reading').getByText('session.revocation.requested').waitFor();
  await page.getByRole('table', { name: 'Sessions to end' }).getByText(sessions.stolen).waitFor();
  await page.getByRole('link', { name: 'Evidence' }).click();
  await page.getByText('source Fraud desk').first().waitFor();
});

both('what is signed right and cannot be obeyed says so beside its signature', async ({ page, visit, project }) => {
  await stolen(project);
  const { secret: key, url } = await project.api.post('/sources', { name: 'Fraud desk' });
  const ask = (sessions) => JSON.stringify({ type: 'session.revocation.requested', data: { user: { id: EVE.id }, sessions } });
  for (const [id, body] of [['a', '<xml/>'], ['b', '{"type":"ping"}'], ['c', ask('all of them')], ['d', ask([])]]) {
    const time = String(Math.floor(Date.now() / 1000));
    const headers = { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': sign(key, id, time, body) };
    assert.equal((await (await fetch(url, { method: 'POST', headers, body })).json()).status, 'valid');
  }
  await visit(project.path('inbound'));
  const rows = page.getByRole('table', { name: 'Received webhooks' }).locator('tbody tr');
  await rows.filter({ hasText: 'The body is not JSON' }).locator('.badge', { hasText: 'could not be obeyed' }).waitFor();
  await rows.filter({ hasText: 'This type asks for nothing' }).locator('.badge', { hasText: 'nothing asked' }).waitFor();
  assert.equal(await rows.locator('.badge', { hasText: 'could not be obeyed' }).count(), 3);
  await visit(project.path('inbound?outcome=could_not'));
  await rows.filter({ hasText: 'It names no sessions' }).first().waitFor();
  assert.equal(await rows.count(), 3, 'those alone that could not be obeyed');
  const { rows: alerts } = await project.api.get('/alerts');
  assert.ok(alerts.some(({ kind, title }) => kind === 'inbound.could_not' && title.endsWith('it names no sessions')), JSON.stringify(alerts));
  await rows.filter({ hasText: 'It names no sessions' }).first().locator('.row-link').click();
  await page.getByText('It was not obeyed. It names no sessions.').waitFor();
});

both('a new source is made above what was received, also where there are some', async ({ page, visit, project }) => {
  await project.api.post('/sources', { name: 'First', scheme: 'thisdata' });
  await visit(project.path('inbound'));
  const form = page.locator('#new');
  assert.equal(await form.getByLabel(/^Name/).isVisible(), false, 'it opens on request');
  const top = async (what) => (await what.boundingBox()).y;
  assert.ok(await top(form) < await top(page.getByRole('heading', { name: 'Received', exact: true })));
  await form.getByText('New source').click();
  await form.getByLabel(/^Name/).fill('Second');
  await form.getByLabel(/^Secret/).fill('with spaces in it');
  await form.getByRole('button', { name: 'Add source' }).click();
  await form.getByRole('alert').getByText('“Secret, if it has one already” must be 5 to 256 visible').waitFor();
  assert.equal(await form.getByLabel(/^Name/).inputValue(), 'Second', 'what was typed is there still');
  await form.getByLabel(/^Secret/).fill('');
  await form.getByRole('button', { name: 'Add source' }).click();
  await page.getByRole('heading', { name: 'Second', exact: true }).waitFor();
});

/** Sends a body as a source of the generic scheme signs it, Slack's way. */
async function sendTimed(url, key, body, { header = 'x-slack-signature', at = Date.now() } = {}) {
  const time = String(Math.floor(at / 1000));
  const signature = `v0=${createHmac('sha256', key).update(`v0:${time}:${body}`).digest('hex')}`;
  const answer = await fetch(url, { method: 'POST', headers: { [header]: signature, 'x-slack-request-timestamp': time }, body });
  return (await answer.json()).status;
}

/** Waits until the source's page counts so many, as it is loaded again. */
const counted = (page, status, count) => until(`${count} ${status}`, async () => {
  await page.reload();
  const row = page.getByRole('table', { name: 'Signatures' }).locator('tbody tr').filter({ has: page.locator('.badge', { hasText: new RegExp(`^${status}$`) }) });
  return (await row.locator('td').nth(1).innerText()) === String(count);
}, { every: 300 });

both('a source that signs in a way of its own is set up, counted, changed, rotated and deleted', async ({ page, visit, project }) => {
  await visit(project.path('inbound'));
  await page.getByLabel('It signs as').selectOption('hmac');
  await page.getByRole('link', { name: 'Slack', exact: true }).click();
  await page.waitForURL(/as=Slack/);
  await until('it is filled in', async () => (await page.getByLabel('What is signed').inputValue()) === 'v0:{timestamp}:{body}');
  await page.getByLabel(/^Name(?! )/).fill('Chat');
  await page.getByLabel(/^The time’s name there/).fill('x y');
  await page.getByRole('button', { name: 'Add source' }).click();
  await page.getByRole('alert').getByText('“The time’s name there” must name a header').waitFor();
  assert.equal(await page.getByLabel(/^The time’s name there/).inputValue(), 'x y', 'what was typed is there still');
  await page.getByLabel(/^The time’s name there/).fill('X-Slack-Request-Timestamp');
  await page.getByRole('button', { name: 'Add source' }).click();
  const key = await secret(page);
  const [url, source] = [await sendsTo(page), page.url()];
  await page.getByText('x-slack-signature: v0=hex(HMAC-SHA-256(v0:{timestamp}:{body}))').waitFor();

  const statuses = [await sendTimed(url, key, '{}'), await sendTimed(url, key, '{}'), await sendTimed(url, 'another', '{}'),
    await sendTimed(url, key, '{"a":1}', { at: Date.now() - 3_600_000 }), await sendTimed(url, key, '{}', { header: 'x-other' })];
  assert.deepEqual(statuses, ['valid', 'replayed', 'invalid', 'stale', 'missing']);
  for (const status of statuses) await counted(page, status, 1);
  await page.getByRole('table', { name: 'Received webhooks' }).locator('tbody tr').filter({ has: page.locator('.badge', { hasText: /^stale$/ }) }).locator('.row-link').click();
  await page.getByText('1 h before it arrived').waitFor();
  await page.getByLabel('The headers').getByText('x-slack-request-timestamp').waitFor();
  await visit(source);

  await page.getByLabel(/^Header/).fill('x-other');
  await page.getByLabel('Name', { exact: true }).fill('Chat 2');
  await page.getByRole('button', { name: 'Save source' }).click();
  await page.getByText('The source is saved.').waitFor();
  await page.getByRole('heading', { name: 'Chat 2' }).waitFor();
  assert.equal(await sendTimed(url, key, '{"b":1}', { header: 'x-other' }), 'valid');

  await page.getByLabel('The old secret is still taken').selectOption('0');
  await page.getByRole('button', { name: 'Rotate secret' }).click();
  await until('the new secret is shown', async () => (await secret(page)) !== key);
  const fresh = await secret(page);
  assert.equal(await sendTimed(url, key, '{"c":1}', { header: 'x-other' }), 'invalid');
  assert.equal(await sendTimed(url, fresh, '{"c":1}', { header: 'x-other' }), 'valid');

  await visit(source);
  await page.getByText('Delete…').click();
  await page.getByRole('button', { name: 'Delete this source' }).click();
  await page.getByText('The source is deleted').waitFor();
  await page.getByText('No sources').waitFor();
  assert.equal((await fetch(url, { method: 'POST', body: '{}' })).status, 404);
});

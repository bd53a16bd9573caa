// /p/{project}/inbound: what other systems send is verified, recorded and, when it is genuine, obeyed once.
import assert from 'node:assert/strict';
import { scene } from '../support/scene.js';
import { EVE, stolen } from '../support/seed.js';
import { sign } from '../support/signing.js';

const { both } = scene({ mail: false });

both('a signed order ends sessions once; a forged one is on record and ends none', async ({ page, visit, project }) => {
  const sessions = await stolen(project);
  await visit(project.path('inbound'));
  await page.getByLabel(/^Name/).fill('Fraud desk');
  await page.getByRole('button', { name: 'Add source' }).click();
  const key = await page.getByRole('region', { name: 'Shown once' }).getByLabel('The secret').innerText();
  const url = await page.getByLabel('The URL it sends to').innerText();

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
  await rows.filter({ has: page.locator('.badge', { hasText: /^valid$/ }) }).getByRole('link').first().click();
  await page.getByText('source Fraud desk').first().waitFor();
});

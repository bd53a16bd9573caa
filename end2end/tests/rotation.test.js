// /p/{project}/webhooks/{endpoint}/keys: a rotation, begun, asked about and ended.
import assert from 'node:assert/strict';
import { create, secret, sendTest, withReceiver } from '../support/endpoint.js';
import { scene } from '../support/scene.js';
import { isSigned } from '../support/signing.js';
import { until } from '../support/until.js';

const { both } = scene({ mail: false });

both('a rotation goes step by step: begun, asked about, and ended when the receiver is ready', async (at) => {
  let key;
  await withReceiver((webhook) => (isSigned(key, webhook) ? {} : { status: 401 }), async (desk, receiver) => {
    const { page, mode } = desk;
    key = await create(desk, receiver.url);
    const [old, endpoint] = [key, page.url()];
    await page.getByRole('link', { name: 'Rotate…' }).click();
    const step = (name) => page.getByRole('list', { name: 'Rotation' }).getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
    const state = (name) => step(name).getAttribute('data-state');
    await step('Begin').waitFor();
    assert.deepEqual([await state('Begin'), await state('Ask'), await state('Retire')], ['now', 'later', 'later']);
    await page.getByRole('button', { name: 'Rotate secret' }).click();
    await until('the new secret is shown', async () => (await secret(page)) !== old);
    const fresh = await secret(page);
    await until('both keys are listed', async () => (await page.getByRole('table', { name: 'Signing keys' }).locator('tbody tr').count()) === 2);
    assert.deepEqual([await state('Begin'), await state('Ask'), await state('Retire')], ['done', 'now', 'later']);

    const asked = async (question, word) => {
      await page.getByRole('button', { name: question }).click();
      await until(word, async () => {
        if (await step('Ask').locator('.badge', { hasText: new RegExp(`^${word}$`) }).isVisible()) return true;
        if (!mode.javaScriptEnabled) await page.reload();
        return false;
      }, { every: 200 });
    };
    await asked('Is it ready?', 'not ready');
    await page.getByText('it would refuse everything once those before it retire').waitFor();
    key = fresh;
    await asked('Is it ready?', 'accepted, unproven');
    await page.getByText('it is not known whether it verifies').waitFor();
    assert.equal(await state('Retire'), 'later', 'that proves nothing');
    await asked('Is it ready, and does it verify?', 'ready');
    await until('the last step is next', async () => (await state('Retire')) === 'now');
    await page.getByText('Retire now…').click();
    await page.getByRole('button', { name: 'Retire this secret' }).click();
    await page.getByText('It is retired: it signs no longer.').waitFor();
    await until('one key is left', async () => (await page.getByRole('table', { name: 'Signing keys' }).locator('tbody tr').count()) === 1);

    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByText(/^The new key signs from now on\. Its public half: whpk_/).waitFor();
    await page.getByRole('table', { name: 'Signing keys' }).getByText('ed25519').waitFor();
    await desk.visit(endpoint);
    await sendTest(desk, page.locator('.badge', { hasText: /^delivered$/ }));
    const [webhook] = receiver.taken.slice(-1);
    assert.ok(isSigned(fresh, webhook) && !isSigned(old, webhook) && webhook.headers['webhook-signature'].includes(' v1a,'));
  })(at);
});

both('a rotation that cuts the receiver off says so, until the receiver has the new secret', async (at) => {
  let key;
  await withReceiver((webhook) => (isSigned(key, webhook) ? {} : { status: 401 }), async (desk, receiver) => {
    const { page, mode } = desk;
    key = await create(desk, receiver.url);
    const old = key;
    await page.getByRole('link', { name: 'Rotate…' }).click();
    const step = (name) => page.getByRole('list', { name: 'Rotation' }).getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
    const states = () => Promise.all(['Begin', 'Give', 'Ask', 'Retire'].map((name) => step(name).getAttribute('data-state')));
    await step('Begin').waitFor();
    await page.getByLabel(/^The old secret goes on signing/).selectOption('0');
    await page.getByRole('button', { name: 'Rotate secret' }).click();
    await until('the new secret is shown', async () => (await secret(page)) !== old);
    const fresh = await secret(page);
    await page.locator('[data-tone="bad"]').getByText('until it has, it refuses all that comes').waitFor();
    assert.deepEqual(await states(), ['done', 'now', 'now', 'done']);

    key = fresh;
    await page.getByRole('button', { name: 'Is it ready?' }).click();
    await until('it has the new secret', async () => {
      if ((await states())[0] === 'now') return true;
      if (!mode.javaScriptEnabled) await page.reload();
      return false;
    }, { every: 200 });
    assert.equal(await page.getByText('until it has, it refuses all that comes').count(), 0);
  })(at);
});

both('a receiver that accepts anything is not ready for a new secret, and a policy asks for that by itself', withReceiver(undefined, async (at, receiver) => {
  const { page, mode } = at;
  await create(at, receiver.url);
  await page.getByLabel(/^Probes of a new secret ask as well whether it verifies/).check();
  await page.getByRole('button', { name: 'Save policy' }).click();
  await page.getByText('The delivery policy is saved.').waitFor();
  await page.getByRole('link', { name: 'Rotate…' }).click();
  await page.getByRole('button', { name: 'Rotate secret' }).click();
  await page.getByRole('table', { name: 'Signing keys' }).locator('tbody tr').nth(1).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Is it ready, and does it verify?' }).count(), 0, 'every probe asks so');
  await page.getByRole('button', { name: 'Is it ready?' }).click();
  await until('it is found out', async () => {
    if (await page.locator('.badge', { hasText: /^does not verify$/ }).isVisible()) return true;
    if (!mode.javaScriptEnabled) await page.reload();
    return false;
  }, { every: 200 });
  await page.getByText('It accepts anything, a wrong signature too').waitFor();
  const step = page.getByRole('list', { name: 'Rotation' }).getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Retire' }) });
  assert.equal(await step.getAttribute('data-state'), 'later');
  await step.getByText('Retire now…').click();
  await step.getByText('nothing shows that it has the new secret').waitFor();
}));

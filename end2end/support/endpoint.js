// An endpoint as an operator has it: made, tried out, with a receiver behind it.
import { startReceiver } from './receiver.js';
import { until } from './until.js';

/** What is shown once. */
export const secret = (page) => page.getByRole('region', { name: 'Shown once' }).getByLabel('The secret').innerText();

/** Makes an endpoint; its secret. */
export async function create({ page, visit, project }, url) {
  await visit(project.path('webhooks'));
  await page.getByLabel(/^URL/).fill(url);
  await page.getByLabel('Description').fill('The shop');
  await page.getByRole('button', { name: 'Create endpoint' }).click();
  return secret(page);
}

/** Sends a test from the endpoint's page, and waits on the delivery's page for a mark. */
export async function sendTest({ page, desk }, mark) {
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
export const withReceiver = (answer, act) => async (at) => {
  const receiver = await startReceiver(answer);
  try {
    await act(at, receiver);
  } finally {
    await receiver.stop();
  }
};

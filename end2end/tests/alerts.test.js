// /p/{project}/alerts and /alerts/{alert}: the queue, and what can be done about each.
import assert from 'node:assert/strict';
import { scene } from '../support/scene.js';
import { thief } from '../support/places.js';
import { EVE, login, stolen } from '../support/seed.js';

const { both } = scene({ mail: false });
const MAX = { id: '7', name: 'Max Fischer', email: 'max@example.com' };
const rows = (page) => page.getByRole('table', { name: 'Alerts' }).locator('tbody tr');
const tab = (page, name) => page.getByRole('navigation', { name: 'State' }).getByRole('link', { name });

async function open({ page, visit, project }) {
  const sessions = await stolen(project);
  await visit(project.path('alerts'));
  await rows(page).first().locator('.row-link').click();
  await page.getByRole('heading', { name: 'What now' }).waitFor();
  return sessions;
}

both('several alerts are taken and closed at once', async ({ page, visit, project }) => {
  await stolen(project);
  await stolen(project, MAX);
  await visit(project.path('alerts'));
  await tab(page, 'Open 2').or(tab(page, 'Open2')).waitFor();
  for (const box of await page.getByRole('checkbox').all()) await box.check();
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText('2 alerts are acknowledged.').waitFor();
  await page.getByText('No open alerts').waitFor();

  await tab(page, /^Acknowledged/).click();
  await rows(page).nth(1).waitFor();
  await rows(page).filter({ hasText: MAX.name }).getByRole('checkbox').check();
  await page.getByLabel('Close as').selectOption('false_alarm');
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByText('1 alert is closed.').waitFor();
  await tab(page, /^Closed/).click();
  await rows(page).filter({ hasText: MAX.name }).getByText('False alarm').waitFor();
});

both('nothing selected is nothing done, and is said', async ({ page, visit, project }) => {
  await stolen(project);
  await visit(project.path('alerts'));
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText('No alert is selected.').waitFor();
  assert.equal(await rows(page).count(), 1);
});

both('an alert is acknowledged, noted, closed and opened again', async ({ page, visit, project }) => {
  await open({ page, visit, project });
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.locator('.badge', { hasText: /^acknowledged$/ }).waitFor();

  await page.getByText('Add a note').click();
  await page.getByLabel('Note', { exact: false }).last().fill('Called her: she is at home.');
  await page.getByRole('button', { name: 'Save the note' }).click();
  await page.locator('.notice.note').getByText('Called her: she is at home.').waitFor();

  await page.getByLabel('Close as').selectOption('confirmed_threat');
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByRole('button', { name: 'Reopen' }).waitFor();
  await page.locator('.badge', { hasText: 'Confirmed threat' }).waitFor();
  await page.getByText('Called her: she is at home.').first().waitFor();

  await page.getByRole('button', { name: 'Reopen' }).click();
  await page.getByRole('button', { name: 'Close', exact: true }).waitFor();
});

both("the alert's session is ordered ended", async ({ page, visit, project }) => {
  const sessions = await open({ page, visit, project });
  await page.getByText('Revoke this session…').click();
  await page.getByRole('button', { name: 'Revoke this session' }).click();
  await page.getByText('The order is on its way').waitFor();
  await page.getByRole('table', { name: /^Orders to end sessions/ }).getByText(sessions.stolen).waitFor();
  const { rows: [order] } = await project.api.get('/revocations');
  assert.deepEqual([order.user.id, order.sessions.map(({ id }) => id)], [EVE.id, [sessions.stolen]]);
});

both('who only views sees the alert and none of the buttons', async ({ page, visit, project }) => {
  await stolen(project);
  await visit(project.path('alerts'));
  assert.equal(await page.getByRole('checkbox').count(), 0, 'nothing to select for nothing');
  await rows(page).first().locator('.row-link').click();
  await page.getByRole('heading', { name: 'Why' }).waitFor();
  for (const name of ['Acknowledge', 'Close', 'Save the note']) assert.equal(await page.getByRole('button', { name }).count(), 0, name);
}, { as: 'viewer@example.com' });

both('news of an order does not take away what is being written', async (at) => {
  const { page, mode } = at;
  await page.clock.install();
  await open(at);
  await page.getByText('Revoke this session…').click();
  await page.getByRole('button', { name: 'Revoke this session' }).click();
  await page.getByText('Waiting for the application’s confirmation…').waitFor();
  let asked = 0;
  page.on('request', (request) => { asked += request.url().endsWith('/get_alert') ? 1 : 0; });
  if (mode.javaScriptEnabled) {
    const looked = page.waitForResponse((response) => response.url().endsWith('/get_alert'));
    await page.clock.fastForward(3_000);
    await (await looked).finished();
    await page.evaluate(() => document.readyState);
  }
  await page.getByLabel(/^With a note/).pressSequentially('She is in Rio');
  await page.getByRole('heading', { name: 'What now' }).click();
  asked = 0;
  if (mode.javaScriptEnabled) for (let times = 3; times > 0; times -= 1) await page.clock.fastForward(3_000);
  assert.equal(await page.getByLabel(/^With a note/).inputValue(), 'She is in Rio');
  assert.equal(asked, 0, 'it does not look again meanwhile');
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.locator('.note', { hasText: 'She is in Rio' }).waitFor();
});

both('the alert of a wave says how much of it there was, and leads to its logins', async ({ page, visit, project }) => {
  const guess = (n) => ({ ...login(thief, `guess-${n}`, { verb: 'log-in-denied', user: { id: `leaked-${n}` } }), ip: `203.0.113.${n % 250}`, session: undefined });
  await project.api.post('/events', Array.from({ length: 200 }, (_, n) => guess(n)));
  await visit(project.path('alerts'));
  await page.getByRole('link', { name: /passwords are being/i }).click();
  const fact = (name) => page.locator('dl.facts > div').filter({ has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) }).locator('dd').first();
  const [, failed] = /^(?:\d+: )?(\d+) failed(?:, 0 got in as strangers| in the whole project; who got in cannot be told from its users)$/.exec(await fact('Attempts').innerText());
  assert.ok(Number(failed) > 100, `${failed} of 200, since some minutes before it was noticed`);
  await fact('Last failure').getByText(/^\d+ in the last hour that is counted$/).waitFor();
  await fact('Usual').getByText(/^about [\d.]+ failed in a stretch as long, over the week before$/).waitFor();
  assert.ok(Number(await fact('Addresses').innerText()) > 50);
  await page.getByRole('link', { name: 'The failed logins' }).click();
  await page.getByRole('table', { name: 'Events' }).locator('tbody tr').nth(10).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('verb'), 'log-in-denied');
});

both('alerts are found by their kind and by what their users said', async ({ page, visit, project }) => {
  await stolen(project);
  await visit(project.path('alerts?kind=login'));
  await rows(page).first().waitFor();
  await visit(project.path('alerts?kind=wave'));
  await page.getByText('No alert matches').waitFor();
  await visit(project.path('alerts?answer=no'));
  await page.getByText('No alert matches').waitFor();
  assert.equal(await page.getByLabel('Answer').inputValue(), 'no');
  await visit(project.path('alerts'));
  await page.getByLabel('Kind').waitFor();
});

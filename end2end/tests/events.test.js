// /p/{project}/events: the log and its filters, and one event.
import assert from 'node:assert/strict';
import { home } from '../support/places.js';
import { scene } from '../support/scene.js';
import { EVE, login, stolen } from '../support/seed.js';

const { both } = scene({ mail: false });
const MAX = { id: '7', name: 'Max Fischer', email: 'max@example.com' };
const rows = (page) => page.getByRole('table', { name: 'Events' }).locator('tbody tr');

both('the log is narrowed by its filters, and widened again', async ({ page, visit, project }) => {
  await stolen(project);
  await project.api.post('/events', login(home, 'max-1', { user: MAX }));
  await visit(project.path('events'));
  assert.equal(await rows(page).count(), 11);

  await page.getByLabel('Level').selectOption('red');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByRole('list', { name: 'Filters that are set' }).getByText('red').waitFor();
  assert.equal(await rows(page).count(), 1);
  assert.equal(new URL(page.url()).searchParams.get('level'), 'red', 'what is shown is in the address');
  await rows(page).getByText('Brazil is a new country').waitFor();

  await page.getByRole('link', { name: 'Remove the filter Level: red' }).click();
  await page.getByRole('link', { name: /^Remove the filter/ }).waitFor({ state: 'detached' });
  await rows(page).nth(10).waitFor();

  await rows(page).filter({ hasText: 'Max Fischer' }).getByRole('link', { name: MAX.id, exact: true }).click();
  await page.getByRole('link', { name: 'Remove the filter User id: 7' }).waitFor();
  assert.equal(await rows(page).count(), 1);
});

both('a filter that nothing fits says so', async ({ page, visit, project }) => {
  await stolen(project);
  await visit(`${project.path('events')}?country=fr`);
  await page.getByText('No event matches').waitFor();
});

both('the log is read page by page, each event once', async ({ page, visit, project }) => {
  const all = Array.from({ length: 60 }, (_, index) => login(home, `s-${index}`, { ago: 60 - index }));
  await project.api.post('/events', all);
  await visit(project.path('events'));
  const sessions = async () => page.getByRole('table', { name: 'Events' }).locator('tbody td:nth-child(7)').allInnerTexts();
  const first = await sessions();
  await page.getByRole('link', { name: 'Next page' }).click();
  await page.getByRole('link', { name: 'First page' }).waitFor();
  const second = await sessions();
  assert.deepEqual([...first, ...second].map((text) => text.trim()), all.map(({ session }) => session.id).reverse());
});

both('an event tells why it was judged so, and how it came in', async ({ page, visit, project }) => {
  const { stolen: session } = await stolen(project);
  await visit(project.path('events'));
  await rows(page).filter({ hasText: session }).locator('.row-link').click();
  await page.getByRole('heading', { name: 'Why' }).waitFor();
  for (const reason of ['Brazil is a new country', 'The device is new', 'Firefox on Windows is a new kind of client']) {
    await page.getByText(reason).first().waitFor();
  }
  await page.getByText('Sao Paulo, Brazil').first().waitFor();
  await page.getByText('As it came in').click();
  const raw = JSON.parse(await page.getByLabel('The event as JSON').innerText());
  assert.deepEqual(raw.user, EVE);
});

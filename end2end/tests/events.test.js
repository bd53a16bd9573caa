// /p/{project}/events: the log and its filters, and one event.
import assert from 'node:assert/strict';
import { home } from '../support/places.js';
import { scene } from '../support/scene.js';
import { EVE, login, stolen } from '../support/seed.js';
import { until } from '../support/until.js';

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
  await until('one row is left', async () => (await rows(page).count()) === 1);
  assert.equal(new URL(page.url()).searchParams.get('level'), 'red', 'what is shown is in the address');
  await rows(page).getByText('Brazil is a new country').waitFor();

  await page.getByRole('link', { name: 'Remove the filter Level: red' }).click();
  await page.getByRole('link', { name: /^Remove the filter/ }).waitFor({ state: 'detached' });
  await rows(page).nth(10).waitFor();

  await rows(page).filter({ hasText: 'Max Fischer' }).getByRole('link', { name: MAX.id, exact: true }).click();
  await page.getByRole('link', { name: 'Remove the filter User id: 7' }).waitFor();
  await until('one row is left', async () => (await rows(page).count()) === 1);
});

both('a filter that nothing fits says so', async ({ page, visit, project }) => {
  await stolen(project);
  await visit(`${project.path('events')}?country=fr`);
  await page.getByText('No event matches').waitFor();
});

both('a filter that means nothing is named at its field, and nothing is listed for it', async ({ page, visit, project }) => {
  await stolen(project);
  for (const [query, label, fault] of [
    ['level=purple', 'Level', '“purple” is none of these.'],
    ['since=yesterday', 'From day', 'Must be a day, like 2026-01-31: “yesterday”'],
    ['until=soon', 'To day', 'Must be a day, like 2026-01-31: “soon”'],
    ['since=2026-02-02&until=2026-02-01', 'To day', 'Must not be before the first day: “2026-02-01”'],
    ['ip=here', 'Address', /“here”/],
    ['country=Brazil', 'Country', /“Brazil”/],
  ]) {
    await visit(`${project.path('events')}?${query}`);
    await page.locator('.filter').filter({ hasText: label }).locator('.field-error').getByText(fault).waitFor({ state: 'attached' });
    await page.getByRole('alert').getByText('Nothing is listed for it.').waitFor();
    assert.equal(await rows(page).count(), 0, query);
    assert.equal(await page.getByText('No event matches').count(), 0, `${query} is not taken for a log without such events`);
  }
  await page.getByRole('link', { name: /^Remove the filter Country/ }).click();
  await rows(page).nth(9).waitFor();
  assert.equal(await page.locator('.field-error').count(), 0);
});

both('several verbs are asked for at once', async ({ page, visit, project }) => {
  await project.api.post('/events', [login(home, 'a'), login(home, 'b', { verb: 'desktop-login-success' }), login(home, 'c', { verb: 'access' })]);
  await visit(`${project.path('events')}?verb=log-in,desktop-login-success`);
  await rows(page).nth(1).waitFor();
  assert.equal(await rows(page).count(), 2);
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

both('the waterfall leads from what was believed before to the score, and each reason to what it means', async ({ page, visit, project }) => {
  const { stolen: session } = await stolen(project);
  await visit(project.path('events'));
  await rows(page).filter({ hasText: session }).locator('.row-link').click();
  await page.getByRole('heading', { name: 'Why' }).waitFor();
  const steps = page.locator('.why > li');
  const texts = await steps.locator('.why-text').allInnerTexts();
  assert.match(texts[0], /^Attackers are rare/);
  assert.match(texts.at(-1), /^Together/);
  assert.ok(texts.some((text) => text.startsWith('Brazil is a new country')), texts.join('; '));
  // The bars join: each begins where the one before it ended, and the last spans what all of them make.
  const bars = await steps.evaluateAll((items) => items.map((item) => {
    const fill = item.querySelector('.why-fill');
    const [x, width] = [fill.x.baseVal.value, fill.width.baseVal.value];
    return item.dataset.tone === 'bad' ? { from: x, to: x + width } : { from: x + width, to: x };
  }));
  for (const [index, bar] of bars.slice(1, -1).entries()) assert.ok(Math.abs(bar.from - bars[index].to) <= 4, `step ${index + 1}`);
  assert.ok(Math.abs(bars.at(-1).to - bars.at(-2).to) <= 4, 'the sum ends where the steps end');
  assert.match(await steps.last().locator('.why-factor').innerText(), /^score 9\d|^score 100/);
  await page.getByText(/Odds that it is somebody else: /).waitFor();
  await page.getByRole('link', { name: 'Brazil is a new country' }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  const code = new URL(page.url()).hash.slice(1);
  await page.locator(`[id="${code}"]`).waitFor();
});

both('an event lists the tags that rules gave it', async ({ page, visit, project }) => {
  await project.api.post('/rules', { name: 'Home', condition: 'place.country == "NZ"', effect: 'tag(office)' });
  await project.api.post('/events', login(home, 'tagged'));
  await visit(project.path('events'));
  await rows(page).first().locator('.row-link').click();
  await page.locator('dl.facts div').filter({ hasText: 'Tags' }).getByText('office', { exact: true }).waitFor();
});

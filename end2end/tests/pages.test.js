// Every page: it reads, fits a window and a telephone, and its script has nothing to complain of.
import assert from 'node:assert/strict';
import { picture } from '../support/browser.js';
import { scene } from '../support/scene.js';
import { home } from '../support/places.js';
import { login, stolen } from '../support/seed.js';

const { both } = scene({ mail: false });
const PAGES = [
  '', 'events', 'users', 'alerts', 'webhooks', 'deliveries', 'revocations', 'inbound', 'outbox', 'settings', 'keys', 'rules', 'rules?write=condition', 'backtest', 'reasons', 'data', 'ledger',
];
/** Pages of no project. */
const OUTSIDE = ['/projects', '/account', '/operators', '/operators/changes'];

/** A theft, an order, an endpoint, a source, rules, a back-test, a verb without an end: each page has much to show. Their own pages. */
async function fill({ page, visit, project }) {
  const long = 'long'.repeat(24);
  await project.api.post('/endpoints', { url: `http://127.0.0.1:9/${long}`, format: 'standard' });
  const source = await project.api.post('/sources', { name: 'Fraud desk' });
  await project.api.post('/rules', { name: `Rule ${long}`.slice(0, 100), effect: 'tag(far)', condition: `event.verb == "${long}"`, verbs: ['email-change'], source: long });
  const { stolen: session } = await stolen(project);
  const event = await project.api.post('/events', { ...login(home, `s-${long}`, { verb: long }), device: { id: `d-${long}` }, source: { name: long } });
  const order = await project.api.post(`/sessions/${session}/revoke`, {});
  await visit(project.path('backtest'));
  await page.getByLabel(/^Condition/).fill('place.country != ""');
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.getByRole('table', { name: 'Examples' }).waitFor();
  const list = async (name) => (await project.api.get(`/${name}`)).rows[0];
  const [user, alert, delivery, endpoint, rule] = await Promise.all(['users', 'alerts', 'deliveries', 'endpoints', 'rules'].map(list));
  return [
    `events/${event.id}`, `users/${user.key}`, `alerts/${alert.id}`, `revocations/${order.id}`, `deliveries/${delivery.id}`,
    `webhooks/${endpoint.id}`, `webhooks/${endpoint.id}/keys`, `inbound/${source.id}`, `rules?edit=${rule.id}`, `backtest?run=${new URL(page.url()).searchParams.get('run')}`,
  ].map(project.path);
}

for (const width of [1280, 390]) {
  both(`every page reads at ${width} pixels, and neither it nor a table in it goes on sideways`, async (desk) => {
    const { page, visit, project, mode } = desk;
    const own = await fill(desk);
    const cut = {};
    await page.setViewportSize({ width, height: 844 });
    for (const name of [...PAGES.map(project.path), ...own, ...OUTSIDE]) {
      await visit(name);
      assert.ok(await page.getByRole('heading', { level: 1 }).isVisible(), `${name} has a heading`);
      assert.notEqual(await page.title(), 'Porchlight', `${name} has a title`);
      assert.equal(await page.getByText('This did not load').count(), 0, `${name} loads`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      const tables = await page.evaluate(() => [...document.querySelectorAll('.table-scroll')].filter((one) => one.scrollWidth > one.clientWidth)
        .map((one) => `${one.querySelector('table').getAttribute('aria-label')} by ${one.scrollWidth - one.clientWidth}`));
      if (wide > width) tables.push(`the page by ${wide - width}`);
      if (tables.length > 0) cut[name] = tables;
      if (name === project.path('')) await picture(page, `overview ${width} ${mode.short}`);
    }
    assert.deepEqual(cut, {}, 'all of it is in sight');
  });
}

both('what is not there is not found, in words', async ({ page, visit, project }) => {
  for (const path of ['/nowhere', project.path('nowhere'), project.path('alerts/999999'), project.path('users/usr_0000000000000')]) {
    await visit(path);
    await page.getByText('There is no such thing here, or it is gone.').first().waitFor();
  }
});

both('a project that is not there is not found, and another one is a click away', async ({ page, visit, project }) => {
  const inside = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Events' });
  for (const path of ['/p/prj_0000000000001/events', '/p/nonsense', '/p/prj_0000000000001/webhooks']) {
    await visit(path);
    await page.getByRole('heading', { name: 'Not found', exact: true }).waitFor();
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 0, `${path} shows nothing else`);
    assert.equal(await inside.count(), 0, `${path} leads to no pages of it`);
  }
  await page.getByText('All projects').first().click();
  await page.locator(`a[href="${project.path('')}"]`).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await inside.waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Not found', exact: true }).count(), 0);
});

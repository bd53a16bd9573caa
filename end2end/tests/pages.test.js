// Every page of the navigation: it reads, fits a telephone, and its script has nothing to complain of.
import assert from 'node:assert/strict';
import { picture } from '../support/browser.js';
import { scene } from '../support/scene.js';
import { stolen } from '../support/seed.js';

const { both } = scene({ mail: false });
const PAGES = [
  '', 'events', 'users', 'alerts', 'webhooks', 'deliveries', 'revocations', 'inbound', 'outbox', 'settings', 'keys', 'rules', 'backtest', 'data', 'ledger',
];

for (const width of [1280, 390]) {
  both(`every page reads at ${width} pixels`, async ({ page, visit, project, mode }) => {
    await stolen(project);
    await page.setViewportSize({ width, height: 844 });
    for (const name of PAGES) {
      await visit(project.path(name));
      assert.ok(await page.getByRole('heading', { level: 1 }).isVisible(), `${name} has a heading`);
      assert.notEqual(await page.title(), 'Porchlight', `${name} has a title`);
      assert.equal(await page.getByText('This did not load').count(), 0, `${name} loads`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${name} is ${wide} pixels wide`);
      if (name === '') await picture(page, `overview ${width} ${mode.short}`);
    }
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

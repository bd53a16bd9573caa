// /p/{project}/rules: what an operator rules overrides the judgement, from the next event on.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { home } from '../support/places.js';
import { scene } from '../support/scene.js';
import { login } from '../support/seed.js';

const { both, stage } = scene({ mail: false });

const row = (page, name) => page.getByRole('table', { name: 'Rules' }).getByRole('row').filter({ hasText: name });

/** Opens the form for a condition and fills it in. */
async function write({ page, visit, project }, { name, condition, effect, mode = 'enforce' }) {
  await visit(project.path('rules'));
  await page.getByRole('link', { name: 'Write a condition instead' }).click();
  await page.getByRole('heading', { name: 'New rule with a condition' }).waitFor();
  await page.getByRole('textbox', { name: /^Name/ }).fill(name);
  await page.getByLabel(/^Condition/).fill(condition);
  await page.getByLabel(/^It/).selectOption(effect);
  await page.getByLabel(/^Mode/).selectOption(mode);
  await page.getByRole('button', { name: 'Create rule' }).click();
}

both('a denied country is blocked until the rule is removed', async ({ page, visit, project }) => {
  const judge = () => project.api.post('/verify', login(home, 's-1'));
  assert.equal((await judge()).decision, 'allow');
  await visit(project.path('rules'));
  await page.getByLabel(/^Name/).fill('Not from there');
  await page.getByLabel(/^By/).selectOption({ label: 'country' });
  await page.getByLabel(/^Addresses, ranges or countries/).fill('nz');
  assert.equal(await page.getByLabel(/^Mode/).inputValue(), 'shadow', 'a new rule is tried first');
  await page.getByRole('button', { name: 'Create rule' }).click();
  const rule = row(page, 'Not from there');
  await rule.getByText('denies').waitFor();
  await page.getByText('In shadow it changes nothing').waitFor();
  assert.equal((await judge()).decision, 'allow');
  await rule.getByRole('link', { name: 'Edit' }).click();
  await page.getByRole('heading', { name: 'Edit “Not from there”' }).waitFor();
  await page.getByLabel(/^Mode/).selectOption('enforce');
  await page.getByRole('button', { name: 'Save rule' }).click();
  await page.getByText('The rule “Not from there” is saved.').waitFor();
  const denied = await judge();
  assert.deepEqual([denied.level, denied.decision, denied.reasons[0].text], ['red', 'block', 'Denied by the rule “Not from there”']);

  await rule.getByText('Remove…').click();
  await rule.getByRole('button', { name: 'Remove this rule' }).click();
  await page.getByText('No rules').waitFor();
  assert.equal((await judge()).decision, 'allow');
});

both('a range that is none is refused and named', async ({ page, visit, project }) => {
  await visit(project.path('rules'));
  await page.getByLabel(/^Name/).fill('Broken');
  await page.getByLabel(/^Addresses, ranges or countries/).fill('10.0.0.0/33');
  await page.getByRole('button', { name: 'Create rule' }).click();
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByRole('alert').innerText(), /must be an address or a range/);
  await page.getByText('No rules').waitFor();
});

both('a rule that can never hit is saved, and whoever saves it is told', async (desk) => {
  const { page } = desk;
  await write(desk, { name: 'Never', condition: 'network.tor && false', effect: 'challenge' });
  await page.getByText('The rule “Never” is saved. Its condition never holds: it will never hit.').waitFor();
  await row(page, 'Never').getByText('Its condition never holds').waitFor();
});

both('what cannot be read is told with its place and in words', async (desk) => {
  const { page } = desk;
  await write(desk, { name: 'Broken', condition: 'network.tor and agent.bot', effect: 'challenge' });
  await page.getByRole('alert').filter({ hasText: 'line 1, column 13: write && for “and”' }).waitFor();
});

both('a condition is written beside the names it may use, tried in shadow, and enforced', async (desk) => {
  const { page, project } = desk;
  const send = () => project.api.post('/events', login(home, 's-1'));
  await write(desk, { name: 'From home', condition: 'place.country == "NZ" &&\n  event.verb == "log-in"', effect: 'challenge' });
  await row(page, 'From home').getByText('challenges').waitFor();
  assert.equal((await send()).decision, 'challenge');

  await row(page, 'From home').getByRole('link', { name: 'Edit' }).click();
  await page.getByRole('heading', { name: 'Edit “From home”' }).waitFor();
  assert.equal(await page.getByLabel(/^Condition/).inputValue(), 'place.country == "NZ" &&\n  event.verb == "log-in"');
  await page.getByRole('table', { name: 'Names' }).getByText('network.hosting', { exact: true }).waitFor();
  await page.getByLabel(/^Mode/).selectOption('shadow');
  await page.getByRole('button', { name: 'Save rule' }).click();
  await page.getByText('The rule “From home” is saved.').waitFor();
  await row(page, 'From home').getByText('in shadow', { exact: true }).waitFor();
  assert.equal((await send()).decision, 'allow');
  await page.reload();
  await desk.settled();
  await row(page, 'From home').getByText('1 in shadow').waitFor();
});

both('a condition that is wrong is refused with its place', async (desk) => {
  await write(desk, { name: 'Broken', condition: 'true &&\n  place.contry == "NZ"', effect: 'block' });
  await desk.page.getByRole('alert').waitFor();
  assert.match(await desk.page.getByRole('alert').innerText(), /line 2, column 8: there is no place\.contry; there is: place\.country, place\.city/);
  assert.deepEqual((await desk.project.api.get('/rules')).rows, []);
});

both('rules from files are tested, applied, and said to be from a file', async ({ page, visit, project }) => {
  const folder = mkdtempSync(join(tmpdir(), 'porchlight-rules-'));
  try {
    const file = (expect) => writeFileSync(join(folder, 'tor.toml'), `
name = "Tor"
effect = "challenge"
condition = "network.tor"
[[test]]
given.network.tor = true
expect = "${expect}"
`);
    const apply = (...more) => stage().cli(['rules', 'apply', folder, '--project', project.name, ...more]);
    file('miss');
    await assert.rejects(apply(), /tor\.toml: test 1: expected a miss, but it hits/);
    file('hit');
    assert.match(await apply(), /1 rule, 1 test passed, 0 failed\nTor\tcreated/);
    assert.match(await apply('--prune'), /Tor\tunchanged/);
    await visit(project.path('rules'));
    await row(page, 'Tor').getByText('from a file').waitFor();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

both('a rule ends the session of what it hits, and the order says which rule', async (desk) => {
  const { page, visit, project } = desk;
  await write(desk, { name: 'No exports', condition: 'event.verb == "export"', effect: 'revoke(session)' });
  await row(page, 'No exports').getByText('ends the session').waitFor();
  await project.api.post('/events', [login(home, 's-1'), login(home, 's-2'), login(home, 's-1', { verb: 'export' })]);
  await visit(project.path('revocations'));
  const order = page.getByRole('table', { name: 'Orders to end sessions' }).locator('tbody tr');
  await order.getByText('The rule “No exports” ends this session').waitFor();
  await order.getByText('by the rule “No exports”').waitFor();
  assert.equal(await order.count(), 1);
  assert.equal((await project.api.get('/sessions/s-1')).revoked, true);
  assert.equal((await project.api.get('/sessions/s-2')).revoked, false);
});

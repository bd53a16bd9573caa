// The story, from the first start to the dead session: six steps in a real browser, with JavaScript on and off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { give, linkTo } from '../support/answer.js';
import { api } from '../support/api.js';
import { startApplication } from '../support/application.js';
import { MODES, picture } from '../support/browser.js';
import { home, thief } from '../support/places.js';
import { isSigned } from '../support/signing.js';
import { deskOf, startStage } from '../support/stage.js';
import { stepsOf } from '../support/steps.js';
import { startTap } from '../support/tap.js';
import { until } from '../support/until.js';
import { visitor } from '../support/visitor.js';

const EVE = 'eve.smith@example.com';
const TALES = [{ mode: MODES[0], format: 'standard' }, { mode: MODES[1], format: 'thisdata' }];

for (const { mode, format } of TALES) {
  test(`the story, with ${mode.name}, told to an endpoint of format ${format}`, async (t) => {
    const stage = await startStage({ owner: false });
    t.after(stage.stop);
    const desk = deskOf(await stage.browser.window(mode), stage.porchlight.url, mode);
    const told = new Story(t, stage, desk, format);
    try {
      await told.all();
      assert.deepEqual(desk.complaints, []);
    } catch (error) {
      await told.picture('failed');
      throw error;
    }
  });
}

class Story {
  constructor(t, stage, desk, format) {
    Object.assign(this, { t, stage, desk, format, page: desk.page });
  }

  async all() {
    const step = stepsOf(this.t);
    await step('1. the link of the log makes the first owner', () => this.firstOwner());
    await step('2. the owner creates a project and copies its key', () => this.createProject());
    await step('2. the owner adds an endpoint and sees its secret once', () => this.addEndpoint());
    await step('4. Eve logs in five times from home, and nothing happens', () => this.fiveLogins());
    await step('4. a login from another country on another device is red, with reasons in words', () => this.theft());
    await step('4. an alert is open, a signed webhook said was_user: null', () => this.alarm());
    await step('4. a mail asks "Was this you?"', () => this.mail());
    await step('5. the link changes nothing by itself', () => this.look());
    await step('5. "No, it wasn\'t me" ends the stolen session', () => this.no());
    await step('5. the alert has the answer, the order is confirmed, the delivery shows its signature', () => this.evidence());
    await step("6. the user's page shows timeline and sessions", () => this.userPage());
    await step('6. an operator ends another session by hand: same loop, same evidence', () => this.byHand());
  }

  picture(name) {
    const { javaScriptEnabled } = this.desk.mode;
    return picture(this.page, `story ${javaScriptEnabled ? 'on' : 'off'} ${name}`.replaceAll(' ', '-'));
  }

  /** Loads a page of the project again and again until it shows what is awaited. */
  shows(path, what, locator) {
    return until(`${path} shows ${what}`, async () => {
      await this.desk.visit(`${this.project}${path}`);
      return locator.first().isVisible();
    });
  }

  async firstOwner() {
    await this.desk.visit(this.stage.porchlight.welcome);
    await this.page.getByLabel('Your name').fill('Olivia Owner');
    await this.page.getByLabel('E-mail').fill('olivia@example.com');
    await this.page.getByLabel('Password').fill('nine quiet lanterns');
    await this.picture('1 welcome');
    await this.page.getByRole('button', { name: 'Create the owner' }).click();
    await this.page.getByRole('heading', { name: 'Projects', exact: true }).waitFor();
    const again = await fetch(this.stage.porchlight.welcome);
    assert.match(await again.text(), /no longer works/, 'the link works once');
  }

  async createProject() {
    await this.desk.settled();
    await this.page.getByLabel(/^Name/).fill('Harbour Shop');
    await this.page.getByLabel(/^Ask users/).check();
    await this.page.getByRole('button', { name: 'Create project' }).click();
    this.key = await this.secret();
    await this.picture('2 key');
    this.project = new URL(this.page.url()).pathname;
    this.app = await startApplication({ host: this.stage.porchlight.url, key: this.key });
    this.t.after(this.app.close);
    this.tap = await startTap(this.app.webhook);
    this.t.after(this.tap.stop);
  }

  secret() {
    return this.page.getByRole('region', { name: 'Shown once' }).getByLabel('The secret').innerText();
  }

  async addEndpoint() {
    await this.desk.visit(`${this.project}/webhooks`);
    await this.page.getByLabel(/^URL/).fill(this.tap.url);
    await this.page.getByLabel('Format').selectOption(this.format);
    await this.page.getByRole('button', { name: 'Create endpoint' }).click();
    this.endpointSecret = await this.secret();
    assert.match(this.endpointSecret, /^whsec_/);
    this.app.trust(this.endpointSecret);
    await this.picture('2 secret');
    await this.desk.visit(new URL(this.page.url()).pathname);
    assert.ok(!(await this.page.content()).includes(this.endpointSecret), 'the secret is shown once');
  }

  async fiveLogins() {
    this.eve = await visitor(this.stage.browser, this.app, home);
    for (let login = 1; login <= 4; login += 1) {
      await this.eve.signIn();
      await this.eve.signOut();
    }
    await this.eve.signIn();
    this.own = await this.eve.session();
    const { rows } = await api(this.stage.porchlight.url, this.key).get('/events?verb=log-in');
    assert.deepEqual(rows.map(({ level }) => level), Array(5).fill('green'));
    await this.desk.visit(`${this.project}/alerts`);
    await this.page.getByText('No open alerts').waitFor();
    assert.deepEqual([this.tap.taken, this.stage.mailbox.mails], [[], []]);
  }

  async theft() {
    this.thief = await visitor(this.stage.browser, this.app, thief);
    await this.thief.signIn();
    this.stolen = await this.thief.session();
    await this.desk.visit(`${this.project}/events`);
    const row = this.page.getByRole('row').filter({ hasText: this.stolen });
    await row.getByTitle(/^red: /).waitFor();
    await this.picture('4 events');
    await row.locator('.row-link').click();
    await this.page.getByRole('heading', { name: 'Why' }).waitFor();
    for (const reason of ['Brazil is a new country', 'The device is new']) await this.page.getByText(reason).first().waitFor();
    await this.picture('4 event');
  }

  async alarm() {
    await this.desk.visit(`${this.project}/alerts`);
    await this.page.getByRole('row').filter({ hasText: 'Eve Smith' }).locator('.row-link').first().click();
    await this.page.getByRole('heading', { name: 'Why' }).waitFor();
    this.alert = new URL(this.page.url()).pathname.slice(this.project.length);
    await this.page.getByText('Brazil is a new country').first().waitFor();
    await this.page.locator('.badge', { hasText: /^open$/ }).waitFor();
    await this.page.locator('.badge', { hasText: 'none yet' }).waitFor();
    await this.picture('4 alert');
    const opened = await this.tap.find('the alert', (body) => body.was_user === null || body.type === 'alert.opened');
    assert.ok(isSigned(this.endpointSecret, opened));
    assert.equal(opened.status, 200, 'the application took it');
    const { user } = opened.body.data ?? opened.body;
    assert.equal(user.email, EVE);
    if (this.format === 'thisdata') assert.equal(opened.body.was_user, null);
    assert.ok(await this.thief.isIn(), 'nobody has said no yet');
  }

  async mail() {
    const mail = await this.stage.mailbox.mailTo(EVE);
    assert.match(mail.subject, /Harbour Shop/);
    for (const fact of ['Sao Paulo', 'Firefox', 'Windows', thief.ip]) assert.ok(mail.text.includes(fact), `${fact} in:\n${mail.text}`);
    assert.match(mail.html, /No, it wasn/);
    this.link = linkTo(mail, 'no');
  }

  async look() {
    this.answering = await this.stage.browser.window(this.desk.mode);
    for (let visit = 1; visit <= 3; visit += 1) await this.answering.goto(this.link);
    await this.answering.getByRole('button', { name: 'No, it wasn’t me' }).click();
    await picture(this.answering, `story-${this.format}-5-question`);
    await this.shows(this.alert, 'no answer', this.page.locator('.badge', { hasText: 'none yet' }));
    assert.ok(await this.thief.isIn());
    assert.equal(this.tap.taken.length, 1, 'nothing went out');
  }

  async no() {
    await give(this.answering, 'no');
    await this.answering.getByRole('heading', { name: 'Thank you' }).waitFor();
    await picture(this.answering, `story-${this.format}-5-answered`);
    await this.answering.goto(this.link);
    await this.answering.getByRole('heading', { name: 'This question has its answer' }).waitFor();
    await until('the stolen session is dead', async () => !(await this.thief.isIn()));
    await this.thief.page.getByText('Your session has ended').waitFor();
    await picture(this.thief.page, `story-${this.format}-5-thief`);
    assert.ok(await this.eve.isIn(), "Eve's own session lives");
  }

  async evidence() {
    await this.shows(this.alert, 'the answer', this.page.locator('.badge', { hasText: '“No, it wasn’t me”' }));
    await this.shows(this.alert, 'the confirmed order', this.page.locator('.badge', { hasText: /^confirmed$/ }));
    await this.picture('5 alert answered');
    await this.order(this.stolen, 'user.reported');
    const said = this.tap.taken.filter(({ body }) => (body.data ?? body).was_user === false);
    assert.equal(said.length, 1, 'was_user: false came once');
    if (this.format === 'thisdata') assert.deepEqual(said[0].body.sessions, [{ id: this.stolen }]);
    for (const webhook of this.tap.taken) assert.ok(isSigned(this.endpointSecret, webhook) && webhook.status === 200);
  }

  /** The newest order is confirmed for `session`, and the delivery that carried it shows its signature and that order. */
  async order(session, reason) {
    await this.desk.visit(`${this.project}/revocations`);
    await this.page.getByRole('table', { name: 'Orders to end sessions' }).locator('.row-link').first().click();
    await this.row('Sessions of this order', session).getByText('confirmed: revoked').waitFor();
    await this.page.getByText(reason, { exact: true }).waitFor();
    await this.page.getByText(/^Confirmed dead .* after the/).waitFor();
    const receipt = this.page.getByRole('table', { name: 'Receipts' }).getByRole('row').nth(1);
    await receipt.getByText('in the webhook’s answer').waitFor();
    await receipt.locator('.badge', { hasText: /^signed$/ }).waitFor();
    await this.picture(`5 order ${reason}`);
    await this.page.getByRole('table', { name: 'Deliveries' }).getByRole('link').first().click();
    await this.page.getByRole('heading', { name: 'The order it carries' }).waitFor();
    await this.page.locator('.badge', { hasText: /^signed$/ }).first().waitFor();
    await this.page.locator('.badge', { hasText: /^delivered$/ }).waitFor();
    await this.page.getByRole('table', { name: 'Sessions to end' }).getByText('confirmed: revoked').waitFor();
    await this.picture(`5 delivery ${reason}`);
  }

  row(table, text) {
    return this.page.getByRole('table', { name: table }).getByRole('row').filter({ hasText: text });
  }

  async userPage() {
    await this.desk.visit(`${this.project}/users`);
    await this.page.getByRole('link', { name: 'Eve Smith' }).first().click();
    await this.page.getByRole('heading', { name: /^Eve Smith/ }).waitFor();
    await this.row('Live sessions', this.own).locator('.badge', { hasText: /^live$/ }).waitFor();
    await this.page.getByText('5 sessions ended lately').click();
    await this.row('Ended sessions', this.stolen).locator('.badge', { hasText: /^revoked$/ }).waitFor();
    await this.row('Ended sessions', this.stolen).getByText('confirmed: revoked').waitFor();
    const timeline = this.page.getByRole('table', { name: 'Timeline' });
    assert.equal(await timeline.getByRole('link', { name: 'Log in', exact: true }).count(), 6);
    assert.equal(await timeline.getByRole('link', { name: 'Log out', exact: true }).count(), 4);
    await this.picture('6 user');
  }

  async byHand() {
    const row = this.row('Live sessions', this.own);
    await row.getByText('Revoke…').click();
    await row.getByRole('button', { name: 'Revoke this session' }).click();
    await this.page.getByText('The order is on its way').waitFor();
    await until("Eve's session is dead", async () => !(await this.eve.isIn()));
    const ordered = await this.tap.find('the typed order', ({ type, data }) => type === 'session.revocation.requested' && data.sessions[0].id === this.own);
    assert.ok(isSigned(this.endpointSecret, ordered));
    assert.equal(ordered.body.data.initiated_by, 'operator');
    await this.order(this.own, 'operator.requested');
    await this.desk.visit(`${this.project}/alerts?state=open`);
    await this.picture('6 alerts');
  }
}

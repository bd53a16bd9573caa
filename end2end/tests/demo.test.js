// `make demo`: starts by itself, tells three addresses, has a history and one closed loop, and ends at once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MODES, picture, startBrowser } from '../support/browser.js';
import { freePort } from '../support/porchlight.js';
import { deskOf } from '../support/stage.js';
import { until } from '../support/until.js';

const DEMO = fileURLToPath(new URL('../demo.mjs', import.meta.url));

/** Starts the demo for one test; `said` is what it prints. */
async function startDemo(t) {
  const dir = mkdtempSync(join(tmpdir(), 'porchlight-demo-'));
  const env = { ...process.env, DEMO_DIR: join(dir, 'demo'), DEMO_PORT: String(await freePort(3)), GEO_DIR: join(dir, 'no-geo') };
  const child = spawn(process.execPath, [DEMO], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const demo = { said: '', url: `http://127.0.0.1:${env.DEMO_PORT}`, ended, interrupt: () => child.kill('SIGINT') };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { demo.said += text; });
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  });
  await until('the demo says what to try', () => {
    assert.equal(child.exitCode, null, demo.said);
    return demo.said.includes('Ctrl-C');
  }, { seconds: 60 });
  return demo;
}

const address = (demo, name) => new RegExp(`^ *${name} +(http://127\\.0\\.0\\.1:\\d+)`, 'm').exec(demo.said)?.[1];

async function signIn(page, url, place) {
  await page.goto(`${url}/login`);
  await page.getByLabel('Name').fill('eve');
  await page.getByLabel('Password').fill('harbour-bridge');
  await page.getByLabel(place).check();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Hello, Eve Smith' }).waitFor();
}

test('a newcomer can click through the story', async (t) => {
  const demo = await startDemo(t);
  const browser = await startBrowser();
  t.after(browser.stop);
  const [app, mail] = [address(demo, 'Express app'), address(demo, 'Mail')];
  assert.equal(address(demo, 'Porchlight'), demo.url);

  const page = await browser.window(MODES[1]);
  const desk = deskOf(page, demo.url, MODES[1]);
  await desk.visit('/sign-in');
  const [, email, password] = /(\S+@\S+) \/ (\S+)/.exec(demo.said);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('1 confirmed threat').first().waitFor();
  await page.getByRole('table', { name: 'Open alerts' }).getByText(/^John Titor logged in from Brazil/).waitFor();
  await picture(page, 'demo-overview', false);

  const [atHome, thief] = [await browser.window(), await browser.window()];
  const inbox = await browser.window(MODES[1]);
  const mailsToEve = async () => {
    await inbox.goto(mail);
    return inbox.getByRole('row').filter({ hasText: 'eve.smith@example.com' }).count();
  };
  await signIn(atHome, app, /from home/);
  await signIn(thief, app, /as a thief/);
  await until('one mail asks Eve, about the thief alone', async () => (await mailsToEve()) === 1);
  await picture(inbox, 'demo-inbox');
  await inbox.getByRole('row').filter({ hasText: 'eve.smith@example.com' }).getByRole('link').click();
  const link = inbox.frameLocator('iframe').getByRole('link', { name: /No, it wasn/ });
  const [answer] = await Promise.all([inbox.waitForEvent('popup'), link.click()]);
  await answer.locator('#number').fill(await answer.locator('strong.number').innerText());
  await answer.getByRole('button', { name: 'No, it wasn’t me' }).click();
  await until("the thief's page is signed out, Eve's is not", async () => {
    await Promise.all([thief.goto(`${app}/home`), atHome.goto(`${app}/home`)]);
    return thief.url().endsWith('/login');
  });
  assert.ok(atHome.url().endsWith('/home'));
});

test('Ctrl-C ends all of it', async (t) => {
  const demo = await startDemo(t);
  demo.interrupt();
  const [code] = await demo.ended;
  assert.equal(code, 0, demo.said);
  await assert.rejects(fetch(demo.url));
});

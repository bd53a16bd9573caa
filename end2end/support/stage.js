// What most tests stand on: Porchlight with a mail server, a browser, and somebody signed in.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { api } from './api.js';
import { complaints, startBrowser } from './browser.js';
import { startMailbox } from './mailbox.js';
import { writeGeo } from './places.js';
import { command, freePort, settings, startPorchlight } from './porchlight.js';

const PASSWORD = 'a porch light at night';

/** Starts it. `owner: false` leaves the first operator to the welcome link; `mail: false` sets up no mail server. */
export async function startStage({ owner = true, mail = true } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'porchlight-e2e-'));
  const ends = [() => rmSync(dir, { recursive: true, force: true })];
  const stop = async () => { for (const end of ends.reverse()) await end(); };
  try {
    const mailbox = mail ? await startMailbox() : undefined;
    if (mailbox) ends.push(mailbox.stop);
    const options = { dir: join(dir, 'data'), port: await freePort(), geo: writeGeo(join(dir, 'geo')), smtp: mailbox?.smtp };
    const env = settings(options);
    const cli = (args, input) => command(env, args, input);
    const operator = (email, role) => cli(['operator', 'create', '--email', email, '--role', role], `${PASSWORD}\n`);
    if (owner) for (const role of ['owner', 'viewer']) await operator(`${role}@example.com`, role);
    const porchlight = await startPorchlight(options);
    ends.push(porchlight.stop);
    const browser = await startBrowser();
    ends.push(browser.stop);
    const project = (name, more) => newProject(cli, porchlight.url, name, more);
    const desk = (mode, email = 'owner@example.com') => openDesk(browser, porchlight.url, mode, email);
    return { porchlight, mailbox, browser, cli, operator, project, desk, password: PASSWORD, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function newProject(cli, url, name, { asks = true } = {}) {
  const line = await cli(['project', 'create', '--name', name, ...(asks ? ['--ask-users'] : [])]);
  const key = await cli(['key', 'create', '--project', name]);
  const [id] = line.split('\t');
  return { id, name, key, path: (page) => `/p/${id}${page && `/${page}`}`, api: api(url, key) };
}

/** An operator's window: `{page, visit(path), complaints, close()}`, signed in through the form. */
async function openDesk(browser, url, mode, email) {
  const page = await browser.window(mode);
  const desk = deskOf(page, url, mode);
  await desk.visit('/sign-in');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  // The first page may still be on its way to where it leads: whoever goes elsewhere now would be overtaken.
  await page.locator('#main h1').waitFor();
  await desk.settled();
  return desk;
}

/** A window on the console. */
export function deskOf(page, url, mode) {
  const said = complaints(page);
  /** Where there is a script, waits until it has taken over: before that a click may be anybody's. */
  const settled = () => (mode.javaScriptEnabled ? page.locator('html[data-hydrated]').waitFor({ state: 'attached' }) : undefined);
  const visit = async (path) => {
    await page.goto(path.startsWith('http') ? path : url + path);
    await settled();
  };
  /** Signs out behind the page's back, with no page open that could notice. */
  const forgotten = async () => {
    await page.goto('about:blank');
    await page.context().clearCookies();
  };
  return { page, mode, visit, settled, forgotten, complaints: said, close: () => page.context().close() };
}

// `make demo`: Porchlight, an application it watches over, and a mailbox, with thirty days of history, until Ctrl-C.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { history } from './demo/history.js';
import { startMailPage } from './demo/mail-page.js';
import { api } from './support/api.js';
import { startApplication } from './support/application.js';
import { startMailbox } from './support/mailbox.js';
import { writeGeo } from './support/places.js';
import { command, settings, startPorchlight } from './support/porchlight.js';
import { until } from './support/until.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIR = process.env.DEMO_DIR ?? `${ROOT}target/demo`;
const FIRST_PORT = Number(process.env.DEMO_PORT ?? 3000);
const OWNER = { email: 'owner@example.com', password: 'porchlight-demo' };
const BATCH = 400;
const DAY = 24 * 3_600_000;

const running = [];
/** Remembers how to end what was started; it is ended in the opposite order. */
const started = (what, stop) => {
  running.unshift(stop);
  return what;
};

async function main() {
  rmSync(DIR, { recursive: true, force: true });
  mkdirSync(DIR, { recursive: true });
  const mailbox = await startMailbox();
  started(mailbox, mailbox.stop);
  const options = { dir: DIR, port: FIRST_PORT, geo: geo(), smtp: mailbox.smtp };
  const env = settings(options);
  await command(env, ['operator', 'create', '--email', OWNER.email, '--name', 'Demo Owner', '--role', 'owner'], `${OWNER.password}\n`);
  await command(env, ['project', 'create', '--name', 'Harbour Shop', '--ask-users']);
  await command(env, ['project', 'tell', '--project', 'Harbour Shop', '--mail', 'security@harbour.example']);
  const key = await command(env, ['key', 'create', '--project', 'Harbour Shop', '--name', 'Demo']);
  const events = history(Date.now());
  const past = events.filter((event) => Date.parse(event.occurred_at) < Date.now() - DAY);
  await remember(env, past);
  const porchlight = await startPorchlight(options);
  started(porchlight, porchlight.stop);
  const page = await startMailPage(mailbox.mails, FIRST_PORT + 2);
  started(page, page.stop);
  const app = await startApplication({ host: porchlight.url, key, port: FIRST_PORT + 1, demo: true });
  started(app, app.close);

  const calls = api(porchlight.url, key);
  const endpoint = await calls.post('/endpoints', { url: app.webhook, format: 'standard' });
  app.trust(endpoint.secret);
  await tell(calls, events.slice(past.length));
  await closeOneLoop(app, mailbox);
  introduce(porchlight, app, page);
}

/** The real data where it was fetched, else what knows the places of the demo. */
function geo() {
  const real = process.env.GEO_DIR ?? `${ROOT}data/geo`;
  const fetched = existsSync(real) && readdirSync(real).some((file) => file.endsWith('.mmdb'));
  return fetched ? real : writeGeo(`${DIR}/geo`);
}

/** What is older than a day is imported: its users had their time to contradict it, so that day one looks like day 30. */
async function remember(env, past) {
  const file = `${DIR}/history.ndjson`;
  writeFileSync(file, past.map((event) => JSON.stringify(event)).join('\n'));
  await command(env, ['import', file, '--project', 'Harbour Shop', '--format', 'events']);
}

/** The last day happens live: it opens alerts, and the application hears of them. */
async function tell(calls, events) {
  for (let sent = 0; sent < events.length; sent += BATCH) {
    await calls.post('/events', events.slice(sent, sent + BATCH));
    if (process.stdout.isTTY) process.stdout.write(`\r${Math.min(sent + BATCH, events.length)} of ${events.length} events of history`);
  }
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
}

/** Somebody signs in as John from far away, and John says no: the one loop that is closed before you come. */
async function closeOneLoop(app, mailbox) {
  const form = (fields) => ({ method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  await fetch(`${app.url}/login`, form({ username: 'john', password: 'worldline-2036', from: 'thief' }));
  const mail = await mailbox.mailTo('john.titor@example.com');
  const link = mail.links.find((url) => url.endsWith('a=no'));
  const number = />(\d\d)<\/strong> here/.exec(await (await fetch(link)).text())[1];
  const answer = await fetch(link, form({ answer: 'no', number, website: '' }));
  if (!answer.ok) throw new Error(`the answer was not taken: ${answer.status}`);
  await until("John's stolen session ends", async () => (await app.sessions.of('12345')).length === 0);
}

function introduce(porchlight, app, page) {
  console.log(`
  Porchlight   ${porchlight.url}    ${OWNER.email} / ${OWNER.password}
  Express app  ${app.url}    eve / harbour-bridge
  Mail         ${page.url}    every mail that Porchlight sends, to users and to security@harbour.example

  1. Sign in to the Express app as eve, from home. All is quiet: she often does.
  2. In a private window sign in as eve, as a thief. In Porchlight, see Alerts.
  3. Open the new mail to eve and answer: No, it wasn't me.
  4. Reload the thief's page: signed out. In Porchlight, see Webhooks and Revocations for the proof.
  5. On Eve's page in Porchlight, end her other session by hand, and reload her page.

  Ctrl-C ends everything; the next start begins afresh.
`);
}

let ending;
function end(code) {
  ending ??= (async () => {
    for (const stop of running) await stop().catch((error) => console.error(error.message));
    process.exit(code);
  })();
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => end(0));
main().catch((error) => {
  console.error(error.message, error.cause ?? '');
  end(1);
});

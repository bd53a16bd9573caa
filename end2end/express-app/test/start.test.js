// `npm start`: settings from the environment, a secret that arrives later, an orderly end.
'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { browser } = require('./support/browser');
const { fakePorchlight, order } = require('./support/fake-porchlight');

/** Runs the command; `line(pattern)` resolves to the first match in what it prints, `exit` to its code. */
function run(t, env) {
  const child = spawn(process.execPath, [path.join(__dirname, '../bin/www.js')], { env: { PATH: process.env.PATH, ...env } });
  t.after(() => child.kill('SIGKILL'));
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { printed += chunk; });
  const exit = new Promise((resolve) => { child.on('exit', resolve); });
  const line = async (pattern) => {
    for (let left = 200; left > 0; left -= 1) {
      const match = pattern.exec(printed);
      if (match) return match;
      await new Promise((resolve) => { setTimeout(resolve, 25); });
    }
    throw new Error(`${pattern} was not printed, but:\n${printed}`);
  };
  return { child, exit, line };
}

test('it starts, logs in, takes its secret from a file that is written later, and stops', async (t) => {
  const porchlight = await fakePorchlight(t);
  const folder = mkdtempSync(path.join(tmpdir(), 'express-app-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'secret');
  const env = { PORT: '0', PORCHLIGHT_URL: porchlight.host, PORCHLIGHT_KEY: porchlight.key, PORCHLIGHT_WEBHOOK_SECRET_FILE: file };
  const { child, exit, line } = run(t, env);
  const [, url] = await line(/listens on (http:\S+)/);
  const eve = browser(url);
  await eve.login('eve', 'harbour-bridge');
  const name = await eve.session();
  assert.equal(porchlight.events[0].session.id, name);
  await assert.rejects(order({ url }, '112233', [name]), 'no secret yet: refused');
  writeFileSync(file, `${porchlight.secret}\n`);
  assert.deepEqual(await order({ url }, '112233', [name]), { [name]: 'revoked' });
  assert.equal(await eve.session(), null);
  child.kill('SIGTERM');
  assert.equal(await exit, 0);
});

test('without a key it says what is missing', async (t) => {
  const { exit, line } = run(t, {});
  await line(/PORCHLIGHT_KEY is not set: copy an API key/);
  assert.equal(await exit, 1);
});

test('without a secret it says what will not work', async (t) => {
  const { line } = run(t, { PORT: '0', PORCHLIGHT_KEY: 'k' });
  await line(/PORCHLIGHT_WEBHOOK_SECRET is not set/);
});

test('a port that is taken ends it with the reason', async (t) => {
  const porchlight = await fakePorchlight(t);
  const { exit, line } = run(t, { PORT: new URL(porchlight.host).port, PORCHLIGHT_KEY: 'k' });
  await line(/EADDRINUSE/);
  assert.equal(await exit, 1);
});

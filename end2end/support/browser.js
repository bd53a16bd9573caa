// Real Chromium, with JavaScript on and off, and what it complains of.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const OUT = fileURLToPath(new URL('../out/', import.meta.url));
const QUIET = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Each console test runs in both: what a page says and does must not depend on a script. */
export const MODES = [
  { name: 'JavaScript on', short: 'on', javaScriptEnabled: true },
  { name: 'JavaScript off', short: 'off', javaScriptEnabled: false },
];

/** Starts the browser: `{window(options), stop()}`; a window has its own cookies. */
export async function startBrowser() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...QUIET],
  });

  async function window({ javaScriptEnabled = true, ...more } = {}) {
    const context = await browser.newContext({ javaScriptEnabled, viewport: { width: 1280, height: 900 }, ...more });
    context.setDefaultTimeout(15_000);
    return context.newPage();
  }

  return { window, stop: () => browser.close() };
}

/** Errors of the page's scripts from now on, each in a line with where it was seen: a list that fills. */
export function complaints(page) {
  const list = [];
  const note = (text) => list.push(`${new URL(page.url()).pathname}: ${text.split('\n').slice(0, 2).join(' ')}`);
  page.on('pageerror', (error) => note(error.message));
  page.on('console', (message) => {
    // The browser reports each answer of 4xx and 5xx too; what those mean is the page's to say.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) note(message.text());
  });
  return list;
}

/** Keeps how the page looks, in end2end/out: all of it, or what a window shows of it. */
export async function picture(page, name, fullPage = true) {
  mkdirSync(OUT, { recursive: true });
  await page.screenshot({ path: join(OUT, `${name}.png`), fullPage });
}

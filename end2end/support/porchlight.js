// Runs the built executable: a folder, a port and a process of its own, ended by its handle.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

const BINARY = process.env.PORCHLIGHT_BIN ?? fileURLToPath(new URL('../../target/debug/porchlight', import.meta.url));
const GRACE_MS = 15_000;

// Below the ports that systems hand out by themselves: one that is free when it is looked at is not given to a
// connection, or to another part of the same test, before its server listens. Processes begin at different places.
const FIRST_PORT = 20_000;
const PORTS = 12_000;
let tried = process.pid * 10;

/** A port of loopback that nobody listens on, nor on the `count - 1` after it. */
export async function freePort(count = 1) {
  for (let tries = 0; tries < PORTS; tries += 1) {
    const port = FIRST_PORT + (tried % (PORTS - count));
    tried += count;
    const run = Array.from({ length: count }, (_, offset) => port + offset);
    if ((await Promise.all(run.map(isFree))).every(Boolean)) return port;
  }
  throw new Error(`no ${count} free ports in a row from ${FIRST_PORT} on`);
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The settings of a Porchlight with its data in `dir`, as its environment; nothing is taken from ours. */
export function settings({ dir, port, geo, smtp, more = {} }) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PORCHLIGHT_'));
  return {
    ...Object.fromEntries(own),
    PORCHLIGHT_DATA_DIR: dir,
    PORCHLIGHT_LISTEN: `127.0.0.1:${port}`,
    PORCHLIGHT_WEBHOOK_ALLOW: '127.0.0.0/8',
    ...(geo && { PORCHLIGHT_GEO_DIR: geo }),
    ...(smtp && { PORCHLIGHT_SMTP_URL: smtp }),
    ...more,
  };
}

/** Runs a command of the executable, `input` on its standard input; resolves to what it printed. */
export function command(env, args, input = '') {
  return new Promise((resolve, reject) => {
    const child = execFile(BINARY, args, { env }, (error, stdout, stderr) => {
      if (error) reject(new Error(`porchlight ${args.join(' ')}: ${stderr || error.message}`));
      else resolve(stdout.trim());
    });
    // A command that reads nothing may be gone before its input is.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** Starts the server and waits until it is ready: `{url, env, welcome, log(), stop()}`. */
export async function startPorchlight(options) {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is not there: run cargo build`);
  const port = options.port ?? await freePort();
  const env = settings({ ...options, port });
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(BINARY, ['serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const killed = () => child.kill('SIGKILL');
  process.on('exit', killed);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { log += text; });

  async function stop() {
    process.off('exit', killed);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const late = setTimeout(killed, GRACE_MS);
    child.kill('SIGTERM');
    const [code, signal] = await once(child, 'exit');
    clearTimeout(late);
    if (code !== 0) throw new Error(`porchlight ended with ${code ?? signal}:\n${log}`);
  }

  try {
    await until('porchlight is ready', async () => {
      if (child.exitCode !== null) throw new Error(`it ended:\n${log}`);
      return (await fetch(`${url}/readyz`)).ok;
    });
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${log}`, { cause: error.cause });
  }
  return { url, env, log: () => log, welcome: /https?:\/\/\S+\/welcome\/\S+/.exec(log)?.[0], stop };
}

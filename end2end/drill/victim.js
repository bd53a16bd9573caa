// A Porchlight that is killed and started again: its process, its API, its publishers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command, freePort, settings } from '../support/porchlight.js';
import { until } from '../support/until.js';

const BINARY = process.env.PORCHLIGHT_BIN ?? fileURLToPath(new URL('../../target/debug/porchlight', import.meta.url));

/** A server on `dir` (SQLite) or `database`; `start()` it first. */
export class Victim {
  #env;
  #child;

  static async on({ dir, database }) {
    const victim = new Victim();
    const port = await freePort();
    victim.url = `http://127.0.0.1:${port}`;
    victim.dir = dir;
    const more = { PORCHLIGHT_LOG: 'error', ...(database && { PORCHLIGHT_DATABASE_URL: database }) };
    victim.#env = settings({ dir, port, more });
    return victim;
  }

  /** An API key of a new project, with an owner. */
  async key(project) {
    await command(this.#env, ['operator', 'create', '--email', 'drill@example.com', '--role', 'owner'], 'a password for a drill\n');
    return this.anotherKey(project);
  }

  /** An API key of another new project. */
  async anotherKey(project) {
    await command(this.#env, ['project', 'create', '--name', project]);
    return command(this.#env, ['key', 'create', '--project', project]);
  }

  get pid() {
    return this.#child.pid;
  }

  get alive() {
    return Boolean(this.#child) && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts it; resolves when it answers. */
  async start() {
    this.startedAt = performance.now();
    // A file that may not grow is to answer with an error, as a full disk does, not to end the process.
    this.#child = spawn('sh', ['-c', `trap '' XFSZ; exec "$0" serve`, BINARY], { env: this.#env, stdio: ['ignore', 'ignore', 'inherit'] });
    const child = this.#child;
    const killed = () => child.kill('SIGKILL');
    process.on('exit', killed);
    child.once('exit', () => process.off('exit', killed));
    await until('the server answers', async () => (await fetch(`${this.url}/healthz`)).ok, { every: 5 });
  }

  /** SIGKILL: no farewell, nothing flushed. */
  async kill() {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/**
 * A server to be started, on a folder of its own or on `database`, with a project: `{victim, key, dir, file, end()}`, where
 * `file` is its SQLite database and `end` kills it and removes all.
 */
export async function onNewGround(options = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'porchlight-drill-'));
  const victim = await Victim.on({ dir, ...options });
  const key = await victim.key('Drill');
  const end = async () => {
    if (victim.alive) await victim.kill();
    await rm(dir, { recursive: true });
  };
  return { victim, key, dir, file: join(dir, 'porchlight.db'), end };
}

/** Calls the API; throws what is not 2xx. */
export async function call(url, key, method, path, body) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text && JSON.parse(text);
}

/** Endpoints at `url`; resolves to their ids. */
export async function endpoints(server, key, url, count, policy = {}) {
  const made = Array.from({ length: count }, () => call(server.url, key, 'POST', '/api/v1/endpoints', { url, policy }));
  return (await Promise.all(made)).map(({ id }) => id);
}

/**
 * Publishes messages until `stop()`, `width` at once, to whichever of `servers` is alive; keeps what was accepted: 202 means
 * committed. `accepted` maps each delivery's id to when that was.
 */
export function publish(servers, key, ids, width = 8) {
  const accepted = new Map();
  let running = true;
  const one = async (number) => {
    for (let turn = number; running; turn += 1) {
      const server = servers[turn % servers.length];
      try {
        if (!server.alive) throw new Error('down');
        const { delivery } = await call(server.url, key, 'POST', `/api/v1/endpoints/${ids[turn % ids.length]}/test`);
        accepted.set(delivery, performance.now());
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  };
  const all = Promise.all(Array.from({ length: width }, (_, number) => one(number)));
  const stop = async () => {
    running = false;
    await all;
  };
  return { accepted, stop };
}

/** Waits until nothing is pending any more; then each delivery's message, by the delivery's id. */
export async function settled(server, key, seconds = 120) {
  const nothing = async () => (await call(server.url, key, 'GET', '/api/v1/deliveries?state=pending&limit=1')).rows.length === 0;
  await until('everything is delivered', nothing, { seconds, every: 100 });
  const messages = new Map();
  let cursor = '';
  do {
    const page = await call(server.url, key, 'GET', `/api/v1/deliveries?limit=200${cursor}`);
    for (const row of page.rows) messages.set(row.id, row.message_id);
    cursor = page.next && `&cursor=${page.next}`;
  } while (cursor);
  return messages;
}

/** How many accepted deliveries the receiver never got. */
export function lost(accepted, messages, account) {
  return [...accepted.keys()].filter((id) => !account.times.has(messages.get(id))).length;
}

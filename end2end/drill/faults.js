// W7: a full disk, a busy database, a database that restarts or cuts connections. Nothing is lost, work goes on unaided.
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { until } from '../support/until.js';
import { startAccount } from './account.js';
import { hold, psql, startPostgres } from './database.js';
import { endpoints, lost, onNewGround, publish, settled } from './victim.js';

const run = promisify(execFile);
// Within this time after its end everything goes on as before.
const RESUMED_MS = 5_000;
// Longer than a request waits for a connection.
const DOWN_SECONDS = 12;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Publishes, hurts, publishes on; whether everything accepted came, by the same process. */
async function through(name, options, hurt) {
  const { victim, key, file, end } = await onNewGround(options);
  const account = await startAccount({ slow: 20 });
  await victim.start();
  const publisher = publish([victim], key, await endpoints(victim, key, account.url, 4));
  await pause(1_500);
  await hurt({ victim, file });
  const over = performance.now();
  const later = () => [...publisher.accepted.values()].find((at) => at > over);
  const resumed = await until('work goes on', later, { seconds: 60, every: 10 }) - over;
  await pause(3_000);
  await publisher.stop();
  const messages = await settled(victim, key);
  const { alive } = victim;
  await end();
  account.stop();
  const missing = lost(publisher.accepted, messages, account);
  const told = `${publisher.accepted.size} accepted, ${missing} lost, ${account.duplicates()} twice, work resumed ${(resumed / 1000).toFixed(2)} s after its end`;
  return { name: `W7 ${name}`, kept: alive && missing === 0 && resumed <= RESUMED_MS, told };
}

/** Another process holds SQLite's write lock for longer than anybody waits for it. */
export const busy = () => through('busy database', {}, ({ file }) => hold(file, 12));

/** No file of the process may grow for a while: to it the disk is full. */
export const full = () => through('disk full', {}, async ({ victim, file }) => {
  const sizes = await Promise.all([stat(file), stat(`${file}-wal`)]);
  const limit = Math.max(...sizes.map(({ size }) => size));
  await run('prlimit', ['--pid', String(victim.pid), `--fsize=${limit}:unlimited`]);
  await pause(6_000);
  await run('prlimit', ['--pid', String(victim.pid), '--fsize=unlimited']);
});

async function onPostgres(name, folder, hurt) {
  const cluster = await startPostgres(folder);
  await psql(`${cluster.url}/postgres`, 'DROP DATABASE IF EXISTS drill_faults');
  await psql(`${cluster.url}/postgres`, 'CREATE DATABASE drill_faults');
  const database = `${cluster.url}/drill_faults`;
  const outcome = await through(name, { database }, () => hurt(cluster, database));
  await cluster.stop();
  return outcome;
}

const CUT = 'SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()';

/** PostgreSQL cuts all connections, five times. */
export const cut = (folder) => onPostgres('PostgreSQL cuts connections', folder, async (_, database) => {
  for (let n = 0; n < 5; n += 1) {
    await psql(database, CUT);
    await pause(700);
  }
});

/** PostgreSQL ends without farewell, as after a power cut, and comes back at once, or after so many seconds. */
export const restarted = (folder) => onPostgres('PostgreSQL restarts', folder, (cluster) => cluster.restart());
export const down = (folder) => onPostgres('PostgreSQL is down for a while', folder, (cluster) => cluster.restart(DOWN_SECONDS));

// Looks into the databases from outside, and hurts them: SQLite by Python's module, PostgreSQL by its own programs.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('../../server/tests/postgres.sh', import.meta.url));

/** Runs statements on the SQLite file; the last one's first value as a number. */
export async function sqlite(file, ...statements) {
  const program = [
    'import sqlite3, sys',
    'connection = sqlite3.connect(sys.argv[1], timeout=30)',
    'for statement in sys.argv[2:]: rows = connection.execute(statement).fetchall()',
    'connection.commit()',
    'print(rows[0][0] if rows else 0)',
  ].join('\n');
  return Number((await run('python3', ['-c', program, file, ...statements])).stdout);
}

/** Holds SQLite's only write lock for so long. */
export async function hold(file, seconds) {
  const program = 'import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], timeout=30); c.execute("BEGIN IMMEDIATE"); time.sleep(float(sys.argv[2]))';
  await once(spawn('python3', ['-c', program, file, String(seconds)], { stdio: 'inherit' }), 'exit');
}

/** A private cluster in `folder`: `{url, stop(), restart(seconds)}`, where the restart leaves it down for a while. */
export async function startPostgres(folder) {
  const cluster = async (action, more) => (await run(SCRIPT, [action, folder], { env: { ...process.env, FSYNC: 'on', ...more } })).stdout.trim();
  const url = await cluster('start');
  return { url, stop: () => cluster('stop'), restart: (seconds = 0) => cluster('restart', { DOWN: String(seconds) }) };
}

/** Runs a statement; what it printed. */
export async function psql(url, statement) {
  return (await run('psql', ['-AtX', url, '-c', statement])).stdout.trim();
}

// W6: random kill -9. Nothing that was accepted is lost; what comes twice was on its way; work goes on within seconds.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAccount } from './account.js';
import { psql, sqlite, startPostgres } from './database.js';
import { Victim, endpoints, lost, onNewGround, publish, settled } from './victim.js';

const pause = (least, most) => new Promise((resolve) => setTimeout(resolve, least + Math.random() * (most - least)));

/** On SQLite: one process, started again at once. */
export async function onSqlite(kills) {
  const { victim, key, file, end } = await onNewGround();
  const account = await startAccount({ slow: 30 });
  await victim.start();
  const publisher = publish([victim], key, await endpoints(victim, key, account.url, 4));
  const deaths = [];
  let resumed = 0;
  let flying = 0;
  for (let n = 0; n < kills; n += 1) {
    await pause(50, 500);
    await victim.kill();
    deaths.push(performance.now());
    flying += await sqlite(file, 'SELECT COUNT(*) FROM delivery WHERE claimed_by > 0');
    const seen = account.count();
    await victim.start();
    while (account.count() === seen) await pause(1, 2);
    resumed = Math.max(resumed, performance.now() - victim.startedAt);
  }
  await publisher.stop();
  const messages = await settled(victim, key);
  const excess = unexplained(account, deaths);
  await end();
  account.stop();
  const missing = lost(publisher.accepted, messages, account);
  const told = `${publisher.accepted.size} accepted, ${missing} lost, ${account.duplicates()} twice of ${flying} on their way, ${excess} more often than deaths explain, resumed within ${(resumed / 1000).toFixed(2)} s of the start`;
  const kept = missing === 0 && account.duplicates() <= flying && excess === 0 && resumed <= 2_000;
  return { name: `W6 SQLite, ${kills} kills`, kept, told };
}

/** How many messages came more often than once and once for each death between. */
function unexplained(account, deaths) {
  // What was sent just before a death may be read just after it.
  const SLACK_MS = 200;
  const between = (first, last) => deaths.filter((death) => first - SLACK_MS < death && death < last).length;
  return [...account.times.values()].filter((times) => times.length - 1 > between(times[0], times.at(-1))).length;
}

/** On PostgreSQL: two replicas, one of them killed at a time; the other takes over. */
export async function onPostgres(kills, folder) {
  const cluster = await startPostgres(folder);
  await psql(`${cluster.url}/postgres`, 'DROP DATABASE IF EXISTS drill');
  await psql(`${cluster.url}/postgres`, 'CREATE DATABASE drill');
  const database = `${cluster.url}/drill`;
  const dir = await mkdtemp(join(tmpdir(), 'porchlight-drill-'));
  const account = await startAccount({ slow: 200 });
  const replicas = [await Victim.on({ dir, database }), await Victim.on({ dir, database })];
  const key = await replicas[0].key('Drill');
  for (const replica of replicas) await replica.start();
  const publisher = publish(replicas, key, await endpoints(replicas[0], key, account.url, 4));
  const deaths = [];
  let flying = 0;
  for (let n = 0; n < kills; n += 1) {
    await pause(500, 1_500);
    const doomed = replicas[Math.floor(Math.random() * 2)];
    await doomed.kill();
    deaths.push(performance.now());
    flying += Number(await psql(database, 'SELECT COUNT(*) FROM delivery WHERE claimed_by > 0'));
    await pause(5_500, 6_000);
    await doomed.start();
  }
  await publisher.stop();
  const messages = await settled(replicas[0], key);
  const late = takeover(publisher.accepted, messages, account, deaths);
  for (const replica of replicas) await replica.kill();
  account.stop();
  await cluster.stop();
  await rm(dir, { recursive: true });
  const missing = lost(publisher.accepted, messages, account);
  const told = `${publisher.accepted.size} accepted, ${missing} lost, ${account.duplicates()} twice of at most ${flying} on their way, the other took over within ${(late / 1000).toFixed(2)} s`;
  return { name: `W6 PostgreSQL, ${kills} kills`, kept: missing === 0 && account.duplicates() <= flying && late <= 5_000, told };
}

/** The longest from a death until something that was on its way, or accepted and not sent yet, came from the other. */
function takeover(accepted, messages, account, deaths) {
  let late = 0;
  for (const [id, at] of accepted) {
    const times = [at, ...account.times.get(messages.get(id)) ?? [Infinity]];
    for (let n = 1; n < times.length; n += 1) {
      const death = deaths.find((one) => times[n - 1] < one && one < times[n]);
      if (death) late = Math.max(late, times[n] - death);
    }
  }
  return late;
}

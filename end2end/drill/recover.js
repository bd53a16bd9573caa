// W14: recover what failed since a date, killed on the way: exactly one new delivery each.
import { until } from '../support/until.js';
import { startAccount } from './account.js';
import { sqlite } from './database.js';
import { call, endpoints, onNewGround, settled } from './victim.js';

const KILLS = 3;

/** Plants `count` failed deliveries, recovers them, kills the server three times meanwhile. */
export async function recover(count) {
  const { victim, key, file, end } = await onNewGround();
  const account = await startAccount();
  await victim.start();
  const [endpoint] = await endpoints(victim, key, account.url, 1, { concurrency: 128 });
  await call(victim.url, key, 'POST', `/api/v1/endpoints/${endpoint}/test`);
  await until('the first arrived', () => account.count() === 1);
  await victim.kill();
  await plant(file, count);
  await victim.start();
  const scope = { since: '2020-01-01T00:00:00Z' };
  const { count: dry } = await call(victim.url, key, 'POST', `/api/v1/endpoints/${endpoint}/recover`, { ...scope, dry_run: true });
  const { id } = await call(victim.url, key, 'POST', `/api/v1/endpoints/${endpoint}/recover`, { ...scope, rate: 10_000 });
  const job = async () => call(victim.url, key, 'GET', `/api/v1/replays/${id}`);
  for (let n = 1; n <= KILLS; n += 1) {
    await until('it is on its way', async () => (await job()).made > (count * n) / (KILLS + 2), { seconds: 300, every: 10 });
    await victim.kill();
    await victim.start();
  }
  await until('the job is done', async () => (await job()).state === 'done', { seconds: 600, every: 100 });
  const { made } = await job();
  await settled(victim, key, 600);
  await victim.kill();
  account.stop();
  const distinct = await sqlite(file, 'SELECT COUNT(DISTINCT message_id) FROM delivery WHERE replay_id IS NOT NULL');
  const all = await sqlite(file, 'SELECT COUNT(*) FROM delivery WHERE replay_id IS NOT NULL');
  await end();
  const told = `dry run ${dry}, made ${made}, ${all} new deliveries of ${distinct} messages after ${KILLS} kills, ${account.times.size - 1} received, ${account.duplicates()} of them twice`;
  return { name: `W14 recover ${count}`, kept: [dry, made, all, distinct, account.times.size - 1].every((n) => n === count), told };
}

/** So many messages like the first, each with a delivery that failed. */
async function plant(file, count) {
  const numbers = `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count})`;
  const first = (table) => `(SELECT * FROM ${table} ORDER BY id LIMIT 1)`;
  await sqlite(
    file,
    `${numbers} INSERT INTO message (id, project_id, type, body, created_at)
      SELECT t.id + n, project_id, type, body, created_at FROM n, ${first('message')} t`,
    `${numbers} INSERT INTO delivery (id, project_id, message_id, endpoint_id, type, state, attempts, next_attempt_at, lease_until, claim, created_at)
      SELECT t.id + n, project_id, t.message_id + n, endpoint_id, type, 'failed', 10, 0, 0, 0, created_at FROM n, ${first('delivery')} t`,
  );
}

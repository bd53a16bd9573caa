// `make drill`: kills, starves and breaks a real Porchlight, and compares what the receiver got with what was accepted.
// `node drill.js [kills] [faults] [recover] [--kills 200] [--recover 100000]`; exits with 1 when a promise was broken.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as faults from './faults.js';
import * as kills from './kills.js';
import { recover } from './recover.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kills: { type: 'string', default: '200' }, recover: { type: 'string', default: '100000' } },
});
const folder = fileURLToPath(new URL('../../target/postgres-drill', import.meta.url));
const count = Number(values.kills);
const drills = {
  kills: [() => kills.onSqlite(count), () => kills.onPostgres(Math.ceil(count / 20), folder)],
  faults: [faults.busy, faults.full, () => faults.cut(folder), () => faults.restarted(folder)],
  recover: [() => recover(Number(values.recover))],
};
const wanted = positionals.length ? positionals : Object.keys(drills);
let broken = 0;
for (const drill of wanted.flatMap((name) => drills[name])) {
  const { name, kept, told } = await drill();
  if (!kept) broken += 1;
  console.log(`${kept ? 'kept  ' : 'BROKEN'} ${name}: ${told}`);
}
process.exit(broken ? 1 : 0);

// `make drill`: kills, starves and breaks a real Porchlight, and compares what the receiver got with what was accepted.
// `node drill.js [kills] [faults] [recover] [lies] [rotations] [referees]` runs those named, else all; sizes as below, for
// short runs. Exits with 1 when a promise was broken.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as faults from './faults.js';
import * as kills from './kills.js';
import { lies } from './lies.js';
import { recover } from './recover.js';
import { refereed } from './referees.js';
import { rotations } from './rotations.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '200' },
    recover: { type: 'string', default: '100000' },
    lies: { type: 'string', default: '20' },
    rotations: { type: 'string', default: '200' },
    rate: { type: 'string', default: '1000' },
    mutations: { type: 'string', default: '10000' },
  },
});
const size = (name) => Number(values[name]);
const folder = fileURLToPath(new URL('../../target/postgres-drill', import.meta.url));
const drills = {
  kills: [() => kills.onSqlite(size('kills')), () => kills.onPostgres(Math.ceil(size('kills') / 20), folder)],
  faults: [faults.busy, faults.full, () => faults.cut(folder), () => faults.restarted(folder), () => faults.down(folder)],
  recover: [() => recover(size('recover'))],
  lies: [() => lies(size('lies'))],
  rotations: [() => rotations(size('rotations'), size('rate'))],
  referees: [() => refereed(size('mutations'))],
};
const wanted = positionals.length ? positionals : Object.keys(drills);
const unknown = wanted.filter((name) => !drills[name]);
if (unknown.length) throw new Error(`there is no drill ${unknown.join(', ')}; there are ${Object.keys(drills).join(', ')}`);
let broken = 0;
for (const drill of wanted.flatMap((name) => drills[name])) {
  const { name, kept, told } = await drill();
  if (!kept) broken += 1;
  console.log(`${kept ? 'kept  ' : 'BROKEN'} ${name}: ${told}`);
}
process.exit(broken ? 1 : 0);

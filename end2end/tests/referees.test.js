// What a real Porchlight signs, before judges that share no code with it: all that is genuine is accepted, nothing that was
// changed on its way is.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chance } from '../demo/chance.js';
import { api } from '../support/api.js';
import { gather } from '../support/gathered.js';
import { mutated } from '../support/mutations.js';
import { command, startPorchlight } from '../support/porchlight.js';
import { startReferees } from '../support/referees.js';

const MUTATIONS = 400;
const ROUNDS = 6;

let referees;
let webhooks;
const ends = [];
const ofScheme = ({ scheme }) => webhooks.filter((webhook) => webhook.scheme === scheme);

before(async () => {
  referees = await startReferees();
  ends.push(referees.stop);
  const dir = await mkdtemp(join(tmpdir(), 'porchlight-e2e-'));
  ends.push(() => rm(dir, { recursive: true }));
  const porchlight = await startPorchlight({ dir });
  ends.push(porchlight.stop);
  await command(porchlight.env, ['project', 'create', '--name', 'Referees']);
  webhooks = await gather(api(porchlight.url, await command(porchlight.env, ['key', 'create', '--project', 'Referees'])), ROUNDS);
});
after(async () => { for (const end of ends.reverse()) await end(); });

test('every signature is accepted by every referee of its scheme, with either key while two are live', async () => {
  for (const referee of referees.all) {
    const own = ofScheme(referee);
    assert.ok(own.length >= ROUNDS, `${own.length} webhooks for ${referee.name}`);
    for (const webhook of own) assert.ok(await referee.accepts(webhook), `${referee.name} refuses ${JSON.stringify(webhook.headers)}`);
  }
});

test('no referee accepts a webhook of which body, id, time, signature or key was changed', async () => {
  const parts = new Set();
  for (const referee of referees.all) {
    const draw = chance(7);
    for (let n = 0; n < MUTATIONS; n += 1) {
      const changed = mutated(draw, draw.one(ofScheme(referee)));
      parts.add(`${changed.part} of ${changed.scheme}`);
      assert.equal(await referee.accepts(changed), false, `${referee.name} accepts a changed ${changed.part}: ${JSON.stringify(changed.headers)}`);
    }
  }
  assert.equal(parts.size, 5 + 5 + 3, 'each part of each scheme was changed');
});

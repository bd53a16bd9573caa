// W11: what is signed is accepted by every referee, and no mutation of it is.
import { chance } from '../demo/chance.js';
import { api } from '../support/api.js';
import { gather } from '../support/gathered.js';
import { mutated } from '../support/mutations.js';
import { startReferees } from '../support/referees.js';
import { onNewGround } from './victim.js';

const ROUNDS = 24;

/** Gathers webhooks, then shows each referee the genuine ones and `mutations` changed ones. */
export async function refereed(mutations) {
  const referees = await startReferees();
  const { victim, key, end } = await onNewGround();
  await victim.start();
  const webhooks = await gather(api(victim.url, key), ROUNDS);
  await end();
  const told = [];
  let kept = true;
  for (const referee of referees.all) {
    const own = webhooks.filter(({ scheme }) => scheme === referee.scheme);
    const accepted = await count(own, referee);
    const draw = chance(11);
    const forged = await count(Array.from({ length: mutations }, () => mutated(draw, draw.one(own))), referee);
    kept &&= own.length > 0 && accepted === own.length && forged === 0;
    told.push(`${referee.name} accepts ${accepted} of ${own.length} genuine, ${forged} of ${mutations} changed`);
  }
  referees.stop();
  return { name: 'W11 referees', kept, told: told.join('; ') };
}

async function count(webhooks, referee) {
  const verdicts = await Promise.all(webhooks.map((webhook) => referee.accepts(webhook)));
  return verdicts.filter(Boolean).length;
}

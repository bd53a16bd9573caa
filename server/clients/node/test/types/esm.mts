// Compiled, never run: what an ESM application in TypeScript writes, and what the types must refuse.
import express from 'express';
import { createServer } from 'node:http';
import Porchlight, { PorchlightError, validateWebhook, verbs, webhook, type Outcome, type Verdict } from 'porchlight';

const porchlight = Porchlight('key', { host: 'https://porchlight.example.com', timeout: 500, onError: console.error });
const app = express();

app.post('/login', async (req, res) => {
  const verdict: Verdict = await porchlight.track(req, { verb: verbs.LOG_IN, user: { id: 7n }, occurredAt: new Date() });
  if (verdict.failed) res.send(verdict.error.message);
  else if (verdict.decision === 'block') res.sendStatus(403);
  // @ts-expect-error: there is no such level
  if (verdict.level === 'purple') res.end();
});
porchlight.track(null, { verb: 'own-verb', ip: '192.0.2.1' }, (error, result) => console.log(error?.message, result?.score));
// @ts-expect-error: a user has an id
porchlight.verify(null, { user: { name: 'Eve' } });

const revoked = async (id: string): Promise<Outcome> => ({ id, outcome: 'revoked' });
app.post('/webhook', webhook(['new', 'old'], {
  endSessions: (order) => {
    const before: number = order.requestedAt?.getTime() ?? Date.now();
    return before > 0 ? Promise.all(order.sessions.map(({ id }) => revoked(id))) : null;
  },
  answer: (event) => console.log(event.wasUser),
}));
createServer(porchlight.webhook({ secret: async () => 'whsec_AAAA', legacy: true }, async (event) => {
  if (!event.isOrder) return;
  // @ts-expect-error: not an outcome
  await event.confirm([{ id: event.revocationId, outcome: 'gone' }]);
  return { defer: 60_000 };
}));
await porchlight.poll({ onOrder: (order) => Promise.all(order.sessions.map(({ id }) => revoked(id))), signal: AbortSignal.timeout(1) });
// @ts-expect-error: orders have a handler
await porchlight.poll({});
// @ts-expect-error: a webhook has a handler
webhook('secret');

const rule = await porchlight.rules.create({ name: 'n', type: 'blacklist', target: 'location.ip', filters: ['192.0.2.0/24'] });
await porchlight.rules.remove(rule.id);
const page = await porchlight.events({ user_id: '7', verb: ['log-in', 'log-out'], since: new Date(), limit: 10 });
await porchlight.events({ cursor: page.next, level: 'red' });
console.log(page.rows[0]?.user?.name, page.rows[0]?.detail.reasons?.length);
const isOurs: boolean = validateWebhook('hello', undefined, Buffer.from(''));
const failure: PorchlightError = new PorchlightError('x');
if (isOurs && failure.code === 'timeout') console.log(failure.problem?.detail, failure.status);

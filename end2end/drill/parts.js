// How applications play their part in the loop, in truth and in lies: what each says to an order, and what must come of it.
import { setTimeout as pause } from 'node:timers/promises';

// Longer than an application may take to notice that a session ended (app/domain/src/session/store.rs, GRACE).
const GRACE_MS = 3_300;
const FOREIGN = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

/** 202, and then the receipt to the order's own URL. */
const later = (after) => ({ answer: () => ({ status: 202 }), after });
const bare = () => ({ status: 200 });
const signedAnswer = (order) => order.signed(order.receipt('revoked'));

/** True applications. `confirms`: their receipt is timed until it is seen. Nothing of them may be flagged. */
const HONEST = [
  { name: 'answers with a signed receipt', confirms: true, answer: signedAnswer },
  { name: 'answers unsigned', confirms: true, answer: (order) => ({ body: order.receipt('revoked') }) },
  { name: 'had ended it already', confirms: true, answer: (order) => ({ body: order.receipt('already_ended') }) },
  { name: 'posts a signed receipt', confirms: true, ...later((order) => order.post(order.signed(order.receipt('revoked')))) },
  { name: 'says it by its key', confirms: true, answer: bare, after: (order) => order.byKey(order.receipt('revoked')) },
  {
    name: 'says the same thing twice', confirms: true, answer: signedAnswer,
    then: (order) => order.post({ body: order.receipt('revoked') }),
  },
  {
    name: 'is a moment late with an event', confirms: true, answer: signedAnswer,
    then: (order) => order.event('page-view'),
  },
  {
    name: 'hands in an event of before', confirms: true, answer: signedAnswer,
    then: async (order) => {
      await pause(GRACE_MS);
      await order.event('page-view', order.began);
    },
  },
  {
    name: 'begins the session anew', confirms: true, answer: signedAnswer,
    then: async (order) => {
      await pause(GRACE_MS);
      await order.event('log-in');
    },
  },
].map((part) => ({ ...part, ends: 'confirmed', flags: [] }));

const UNBELIEVED = ['receipt invalid', 'revocation.unconfirmed'];

/** Liars and those who say nothing. `flags`: exactly what must be seen of each. */
const LYING = [
  {
    name: 'says revoked, and the session lives on', confirms: true, answer: signedAnswer, ends: 'contradicted', flags: ['session.zombie'],
    then: async (order) => {
      await pause(GRACE_MS);
      await order.event('page-view');
    },
  },
  {
    name: 'takes its receipt back', confirms: true, answer: signedAnswer, ends: 'confirmed', flags: ['409', 'revocation.contradicted'],
    then: (order) => order.post(order.signed(order.receipt('failed'))),
  },
  {
    name: 'contradicts itself in one receipt', ends: 'unconfirmed', flags: ['409', 'revocation.contradicted', 'revocation.unconfirmed'],
    ...later((order) => order.post({ body: order.receipt('revoked', 'failed') })),
  },
  { name: 'forges an answer', ends: 'unconfirmed', flags: UNBELIEVED, answer: (order) => order.signed(order.receipt('revoked'), { secret: FOREIGN }) },
  { name: 'forges a post', ends: 'unconfirmed', flags: ['401', 'revocation.unconfirmed'], ...later((order) => order.post(order.signed(order.receipt('revoked'), { secret: FOREIGN }))) },
  { name: 'replays an answer', ends: 'unconfirmed', flags: UNBELIEVED, answer: (order) => order.overheard },
  { name: 'replays a post', ends: 'unconfirmed', flags: ['401', 'revocation.unconfirmed'], ...later((order) => order.post({ ...order.overheard, body: order.receipt('revoked') })) },
  { name: 'posts an old receipt', ends: 'unconfirmed', flags: ['401', 'revocation.unconfirmed'], ...later((order) => order.post(order.signed(order.receipt('revoked'), { age: 400 }))) },
  { name: 'answers for another order', ends: 'unconfirmed', flags: UNBELIEVED, answer: (order) => ({ body: order.overheard.body }) },
  { name: 'is another project', ends: 'unconfirmed', flags: ['404', 'revocation.unconfirmed'], answer: bare, after: (order) => order.byKey(order.receipt('revoked'), order.strangersKey) },
  { name: 'sends what is no receipt', ends: 'unconfirmed', flags: UNBELIEVED, answer: () => ({ body: '{"receipt":true}' }) },
  { name: 'says 200 and no more', ends: 'unconfirmed', flags: ['revocation.unconfirmed'], answer: bare },
  { name: 'puts it off and forgets', ends: 'unconfirmed', flags: ['revocation.unconfirmed'], answer: (order) => ({ body: order.receipt('deferred') }) },
  { name: 'cannot', ends: 'refused', flags: ['revocation.refused'], answer: (order) => ({ body: order.receipt('failed') }) },
].map((part) => ({ ...part, lies: true }));

/** All of them. */
export const PARTS = [...HONEST, ...LYING];

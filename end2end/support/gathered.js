// Webhooks of every way of signing there is, as they left a real Porchlight, each with every key that must verify it.
import { startReceiver } from './receiver.js';
import { until } from './until.js';

const NAMES = ['Eve Smith', 'Zoë Müller', '李小龍', 'O’Brien "Ann" \\ <b>', '🦉 night\u00a0owl', 'a\u2028b'];

/** Its endpoints: what is done to each before it gets anything; resolves to the keys that are live then, by scheme. */
const ENDPOINTS = [
  { prepare: async (api, endpoint) => ({ v1: [endpoint.secret], v1a: [] }) },
  { prepare: async (api, endpoint) => ({ v1: [endpoint.secret], v1a: [await addKey(api, endpoint)] }) },
  {
    prepare: async (api, endpoint) => {
      const first = await addKey(api, endpoint);
      const { secret } = await api.post(`/endpoints/${endpoint.id}/secrets`, { overlap_hours: 1 });
      return { v1: [endpoint.secret, secret], v1a: [first, await addKey(api, endpoint)] };
    },
  },
  { format: 'thisdata', prepare: async (api, endpoint) => ({ v1: [endpoint.secret], v1a: [], 'x-signature': [endpoint.secret] }) },
];

const addKey = async (api, { id }) => (await api.post(`/endpoints/${id}/keys`)).public_key;

/** Sends `rounds` tests to each endpoint, and orders to end sessions of `rounds` users; resolves to `[{scheme, key, headers, raw}]`. */
export async function gather(api, rounds) {
  const receivers = await Promise.all(ENDPOINTS.map(async ({ prepare, ...more }) => {
    const receiver = await startReceiver();
    const endpoint = await api.post('/endpoints', { url: receiver.url, ...more });
    return { ...receiver, id: endpoint.id, keys: await prepare(api, endpoint) };
  }));
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const { id } of receivers) await api.post(`/endpoints/${id}/test`);
      await order(api, `u_${round}`, NAMES[round % NAMES.length]);
    }
    await until('everything is delivered', async () => (await api.get('/deliveries?state=pending&limit=1')).rows.length === 0, { seconds: 60 });
    return receivers.flatMap(({ taken, keys }) => taken.flatMap((webhook) => signedBy(webhook, keys)));
  } finally {
    await Promise.all(receivers.map(({ stop }) => stop()));
  }
}

/** A login and the order to end its session: user, name and session are in the body. */
async function order(api, id, name) {
  const session = `${name} of ${id}`;
  await api.post('/events', { verb: 'log-in', ip: '122.56.232.10', user: { id, name }, session: { id: session } });
  await api.post(`/sessions/${encodeURIComponent(session)}/revoke`, {});
}

const signedBy = (webhook, keys) => Object.entries(keys).flatMap(([scheme, all]) => all.map((key) => ({ scheme, key, ...webhook })));

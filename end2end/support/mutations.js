// Webhooks changed in one place on their way. Each changes what was signed, or the signature's own bytes: other spellings of
// the same bytes, as base64 and numbers have, are no forgeries.
import { createHmac, randomBytes } from 'node:crypto';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789_';

/** The parts that a scheme's signature covers: ThisData's covers neither id nor time. */
const parts = (scheme) => (scheme === 'x-signature' ? ['body', 'signature', 'key'] : ['body', 'id', 'timestamp', 'signature', 'key']);

/** `webhook` with one thing changed, drawn from `chance`: `{part, scheme, key, headers, raw}`. */
export function mutated(chance, webhook) {
  const part = chance.one(parts(webhook.scheme));
  return { ...webhook, part, ...change[part](chance, webhook) };
}

const change = {
  body: (chance, { raw }) => ({ raw: chance.one([flipped, shortened, lengthened])(chance, raw) }),
  id: (chance, { headers }) => {
    const id = headers['webhook-id'];
    const at = chance.below(id.length);
    const other = chance.one([...LETTERS].filter((letter) => letter !== id[at]));
    const changed = chance.one([id.slice(0, at) + other + id.slice(at + 1), id + other, id.slice(0, -1), `${id}.${headers['webhook-timestamp']}`]);
    return { headers: { ...headers, 'webhook-id': changed } };
  },
  timestamp: (chance, { headers }) => {
    // Mostly within the tolerance: there the signature alone refuses it.
    const far = chance.one([200, 200, 200, 1e6]);
    const offset = (1 + chance.below(far)) * chance.one([1, -1]);
    return { headers: { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + offset) } };
  },
  signature: (chance, { scheme, headers, raw }) => (scheme === 'x-signature'
    ? { headers: { ...headers, 'x-signature': chance.one([flippedHex, shortenedHex, foreignHex])(chance, headers['x-signature'], raw) } }
    : { headers: { ...headers, 'webhook-signature': eachEntry(chance, scheme, headers, raw) } }),
  key: (chance, { scheme, key }) => {
    if (scheme === 'x-signature') return { key: chance.one([`${key}x`, key.slice(1), key.toUpperCase(), randomBytes(24).toString('base64')]) };
    const [prefix, encoded] = key.split('_', 2);
    const bytes = Buffer.from(encoded, 'base64');
    const changed = chance.one([() => flipped(chance, bytes), () => bytes.subarray(1), () => randomBytes(bytes.length)])();
    return { key: `${prefix}_${changed.toString('base64')}` };
  },
};

/** Every signature of the scheme is changed: which of them is the key's, a receiver finds by trying. */
function eachEntry(chance, scheme, headers, raw) {
  const how = chance.one([
    (bytes) => `${scheme},${flipped(chance, bytes).toString('base64')}`,
    (bytes) => `${scheme},${bytes.subarray(0, chance.below(bytes.length)).toString('base64')}`,
    (bytes) => `${scheme},${Buffer.concat([bytes, randomBytes(1)]).toString('base64')}`,
    (bytes) => `v2,${bytes.toString('base64')}`,
    () => `${scheme},${foreign(headers, raw).toString('base64')}`,
    (bytes) => (scheme === 'v1a' ? `v1a,${raised(bytes).toString('base64')}` : `v1,${flipped(chance, bytes).toString('base64')}`),
  ]);
  return headers['webhook-signature'].split(' ').map((entry) => {
    const [own, text] = entry.split(',');
    return own === scheme ? how(Buffer.from(text, 'base64')) : entry;
  }).join(' ');
}

function flipped(chance, bytes) {
  const changed = Buffer.from(bytes);
  changed[chance.below(changed.length)] ^= 1 << chance.below(8);
  return changed;
}

function shortened(chance, bytes) {
  const at = chance.below(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
}

function lengthened(chance, bytes) {
  const at = chance.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(chance.one([' ', '\n', '0', '}', ','])), bytes.subarray(at)]);
}

const flippedHex = (chance, hex) => flipped(chance, Buffer.from(hex, 'hex')).toString('hex');
const shortenedHex = (chance, hex) => hex.slice(0, chance.below(hex.length));
const foreignHex = (chance, hex, raw) => createHmac('sha512', randomBytes(24)).update(raw).digest('hex');

/** By another key over the same bytes. */
function foreign(headers, raw) {
  return createHmac('sha256', randomBytes(24)).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`).update(raw).digest();
}

/** An ed25519 signature (R, S) as (R, S + L), which a careless verifier takes for the same (RFC 8032, 5.1.7). */
function raised(signature) {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const little = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  const sum = (little(signature.subarray(32)) + order).toString(16).padStart(64, '0');
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(sum, 'hex').reverse()]);
}

// Judges of what a real Porchlight signs that share no code with it: the reference libraries of npm and PyPI, Svix' client
// of npm, and Node's crypto where those know no scheme.
import { execFile, spawn } from 'node:child_process';
import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';

const run = promisify(execFile);
const PYPI = '1.1.0';
const SCRIPT = fileURLToPath(new URL('referee.py', import.meta.url));
const VENV = fileURLToPath(new URL('../../target/referees', import.meta.url));
const PYTHON = join(VENV, 'bin', 'python');
// What stands before the 32 bytes of an ed25519 key in a SubjectPublicKeyInfo (RFC 8410).
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** All of them: `{all, stop()}`; each is `{name, scheme, accepts({key, headers, raw})}`, where `accepts` resolves to a yes or no. */
export async function startReferees() {
  const python = await startPython();
  const all = [
    { name: 'npm standardwebhooks', scheme: 'v1', accepts: async (webhook) => does(() => npm(webhook)) },
    // Of the last line whose verification is Svix' own code: from 2 on it is the library above.
    { name: 'npm svix', scheme: 'v1', accepts: async (webhook) => does(() => svix(webhook)) },
    { name: 'PyPI standardwebhooks', scheme: 'v1', accepts: python.accepts },
    { name: 'Node’s ed25519', scheme: 'v1a', accepts: async (webhook) => does(() => ed25519(webhook)) },
    { name: 'ThisData’s X-Signature', scheme: 'x-signature', accepts: async (webhook) => does(() => legacy(webhook)) },
  ];
  return { all, stop: python.stop };
}

/** Whether it ends well and does not say no. */
function does(judge) {
  try {
    return judge() !== false;
  } catch {
    return false;
  }
}

const npm = ({ key, headers, raw }) => new Webhook(key).verify(raw, headers);

const svix = ({ key, headers, raw }) => new SvixWebhook(key).verify(raw, headers);

function ed25519({ key, headers, raw }) {
  const public32 = Buffer.from(key.replace(/^whpk_/, ''), 'base64');
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI, public32]), format: 'der', type: 'spki' });
  const signed = Buffer.concat([Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`), raw]);
  const made = headers['webhook-signature'].split(' ').map((entry) => entry.split(','));
  return made.some(([scheme, text]) => scheme === 'v1a' && verify(null, signed, publicKey, Buffer.from(text, 'base64')));
}

function legacy({ key, headers, raw }) {
  const expected = createHmac('sha512', key).update(raw).digest('hex');
  return timingSafeEqual(Buffer.from(expected), Buffer.from(headers['x-signature']));
}

/** The library of PyPI in a process of its own, installed into target/ the first time. */
async function startPython() {
  await install();
  const child = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift().resolve(line === '1'));
  child.once('exit', () => waiting.splice(0).forEach(({ reject }) => reject(new Error('the referee of PyPI ended'))));
  const accepts = ({ key, headers, raw }) => new Promise((resolve, reject) => {
    waiting.push({ resolve, reject });
    child.stdin.write(`${JSON.stringify({ key, headers, raw: raw.toString('base64') })}\n`);
  });
  return { accepts, stop: () => child.stdin.end() };
}

async function install() {
  if (await installed() === PYPI) return;
  try {
    await run('python3', ['-m', 'venv', VENV]);
    await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `standardwebhooks==${PYPI}`]);
  } catch (error) {
    throw new Error(`PyPI's standardwebhooks ${PYPI} cannot be installed into target/referees; it takes python3 with venv, and a package index: ${error.stderr || error.message}`, { cause: error });
  }
}

async function installed() {
  const ask = 'import importlib.metadata as all; print(all.version("standardwebhooks"))';
  return run(PYTHON, ['-c', ask]).then(({ stdout }) => stdout.trim(), () => undefined);
}

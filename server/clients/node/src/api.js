// Speaks HTTP with a Porchlight server: one deadline over all attempts, one retry, problems as errors.
'use strict';

const { setTimeout: pause } = require('node:timers/promises');

/** Long enough for a restarted server to listen again, short enough to leave time for the second attempt. */
const RETRY_AFTER_MS = 100;

/** What went wrong with a call, with the server's RFC 9457 problem document when it sent one. */
class PorchlightError extends Error {
  /** `code` is `timeout`, `network`, `status` (refused by the server) or `answer` (not Porchlight's answer). */
  constructor(message, { code, status = null, problem = null, cause } = {}) {
    super(message, { cause });
    this.name = 'PorchlightError';
    this.code = code;
    this.status = status;
    this.problem = problem;
  }
}

/** Sending the same again would be refused again. */
function isRefused(error) {
  const { status } = error instanceof PorchlightError ? error : {};
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

class Api {
  #key;
  #base;

  constructor(key, host) {
    this.#key = key;
    this.#base = parseHost(host);
  }

  /** Sends one request and resolves to the decoded body (null where there is none). `attempts` share `timeout` ms. */
  async send(method, path, { query, body, timeout, attempts = 1, signal }) {
    const url = this.#base + path + queryString(query);
    const request = {
      method,
      headers: { accept: 'application/json', authorization: `Bearer ${this.#key}`, 'user-agent': 'porchlight-node' },
      // A redirect would turn the POST into a GET, and could carry the key to another host.
      redirect: 'manual',
    };
    if (body !== undefined) {
      request.headers['content-type'] = 'application/json';
      request.body = JSON.stringify(body);
    }
    return withDeadline(timeout, signal, (ending) => withRetries(attempts, ending, () => once(url, { ...request, signal: ending })));
  }
}

/** Ends what `run` does after `timeout` ms, or as soon as the caller's own `signal` says so. */
async function withDeadline(timeout, signal, run) {
  const controller = new AbortController();
  const stop = () => controller.abort();
  const timer = setTimeout(stop, timeout);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await run(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted || signal?.aborted) throw error;
    throw new PorchlightError(`no answer within ${timeout} ms`, { code: 'timeout', cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

async function withRetries(attempts, signal, run) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      const transient = error.code === 'network' || error.status >= 500;
      if (!transient || attempt >= attempts || signal.aborted) throw error;
    }
    await pause(RETRY_AFTER_MS, undefined, { signal });
  }
}

async function once(url, request) {
  let response;
  let text;
  try {
    response = await fetch(url, request);
    text = await response.text();
  } catch (cause) {
    const reason = cause.cause?.code ?? cause.cause?.message ?? cause.message;
    throw new PorchlightError(`could not reach Porchlight: ${reason}`, { code: 'network', cause });
  }
  if (!response.ok) throw refusal(response, decode(text));
  const body = text === '' ? null : decode(text);
  if (body === undefined) throw new PorchlightError('the answer is not JSON', { code: 'answer', status: response.status });
  return body;
}

function refusal({ status, headers }, body) {
  const problem = typeof body === 'object' && body !== null ? body : null;
  const location = headers.get('location');
  const message =
    problem?.detail ?? problem?.title ?? problem?.messages?.join?.(', ') ??
    (location ? `redirected to ${location}: set host to where Porchlight really is` : `HTTP status ${status}`);
  return new PorchlightError(message, { code: 'status', status, problem });
}

function decode(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `{a: ['x', 'y'], b: date, c: undefined}` becomes `?a=x,y&b=<ISO>`, encoded. */
function queryString(query) {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null) continue;
    pairs.append(name, value instanceof Date ? value.toISOString() : String(value));
  }
  const text = pairs.toString();
  return text && `?${text}`;
}

function parseHost(host) {
  let url;
  try {
    url = new URL(host);
  } catch {
    throw new TypeError(`host must be an address such as https://porchlight.example.com, not ${host}`);
  }
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`host must begin with http:// or https://, not ${url.protocol}`);
  return url.origin + url.pathname.replace(/\/+$/, '');
}

module.exports = { Api, PorchlightError, isRefused };

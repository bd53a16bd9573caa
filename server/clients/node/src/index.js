// Porchlight's JavaScript client: track what users do, ask for a verdict, obey the webhooks.
'use strict';

const { randomUUID } = require('node:crypto');
const { Api, PorchlightError } = require('./api');
const { buildEvent } = require('./event');
const poll = require('./poll');
const { validateWebhook } = require('./signature');
const verbs = require('./verbs');
const webhook = require('./webhook');

/** Where `make run` listens. */
const DEFAULT_HOST = 'http://127.0.0.1:3000';
/** A login must not wait longer than this for an opinion. */
const LOGIN_TIMEOUT_MS = 2000;
/** Reading the log and changing rules stand in nobody's login path. */
const READ_TIMEOUT_MS = 10_000;

class Client {
  #api;
  #timeout;
  #onError;
  #webhookSecret;

  constructor(key, { host = DEFAULT_HOST, timeout = LOGIN_TIMEOUT_MS, onError, webhookSecret } = {}) {
    if (typeof key !== 'string' || key.trim() === '') throw new TypeError('Porchlight needs the API key of your project');
    if (!(timeout > 0 && timeout < 2 ** 31)) throw new TypeError('timeout must be a number of milliseconds above 0');
    this.#api = new Api(key.trim(), host);
    this.#timeout = timeout;
    this.#onError = onError;
    this.#webhookSecret = webhookSecret;
    this.verbs = verbs;
    this.rules = rules(this.#api);
  }

  track(req, options, callback) {
    return this.#judge('/api/v1/events', req, options, callback, { verb: verbs.LOG_IN, id: randomUUID() });
  }

  verify(req, options, callback) {
    return this.#judge('/api/v1/verify', req, options, callback, { verb: verbs.LOG_IN });
  }

  events(options, callback) {
    return settle(this.#api.send('GET', '/api/v1/events', { query: options, timeout: READ_TIMEOUT_MS }), callback);
  }

  async poll(options) {
    return poll(this.#api, options);
  }

  validateWebhook(secret, signature, body) {
    return validateWebhook(secret, signature, body);
  }

  webhook(options, handler) {
    if (handler !== undefined) return webhook(options, handler);
    return webhook(this.#webhookSecret, options);
  }

  #judge(path, req, options, callback, defaults) {
    if (typeof options === 'function') [options, callback] = [undefined, options];
    const verdict = this.#verdict(path, req, options ?? {}, defaults);
    if (callback) verdict.then((result) => later(callback, result.failed ? result.error : null, result));
    return verdict;
  }

  /** Never rejects: whatever goes wrong, the user may log in. */
  async #verdict(path, req, options, defaults) {
    try {
      const event = buildEvent(req, options);
      for (const [name, value] of Object.entries(defaults)) event[name] ??= value;
      return readVerdict(await this.#api.send('POST', path, { body: event, timeout: this.#timeout, attempts: 2 }));
    } catch (error) {
      this.#report(error);
      return { failed: true, error, id: null, score: 0, level: 'green', decision: 'allow', reasons: [] };
    }
  }

  async #report(error) {
    try {
      await this.#onError?.(error);
    } catch {
      // The reporter of failures failed; there is nobody left to tell, and the login must go on.
    }
  }
}

function readVerdict(body) {
  const isVerdict = typeof body?.score === 'number' && typeof body.level === 'string' && typeof body.decision === 'string';
  if (!isVerdict) throw new PorchlightError('the answer is not a verdict: is host a Porchlight server?', { code: 'answer' });
  const { id = null, score, level, decision, reasons = [] } = body;
  return { failed: false, error: null, id, score, level, decision, reasons };
}

function rules(api) {
  const send = async (method, path, body) => api.send(method, path, { body, timeout: READ_TIMEOUT_MS });
  const one = async (method, id, body) => {
    if (id === undefined || id === null || id === '') throw new TypeError('a rule is named by its id');
    return send(method, `/v1/rules/${encodeURIComponent(id)}`, body);
  };
  return Object.freeze({
    list: (callback) => settle(send('GET', '/v1/rules'), callback),
    get: (id, callback) => settle(one('GET', id), callback),
    create: (rule, callback) => settle(send('POST', '/v1/rules', rule), callback),
    update: (id, changes, callback) => settle(one('POST', id, changes), callback),
    remove: (id, callback) => settle(one('DELETE', id), callback),
  });
}

/** Serves those who pass a callback as well as those who await. */
function settle(promise, callback) {
  if (callback) promise.then((result) => later(callback, null, result), (error) => later(callback, error));
  return promise;
}

/** Outside the promise, so that an exception in the callback is the callback's own and not a rejected promise. */
function later(callback, ...args) {
  setImmediate(callback, ...args);
}

/** `Porchlight(key, options)`, with or without `new`. */
function Porchlight(key, options) {
  return new Client(key, options);
}
Porchlight.prototype = Client.prototype;
Client.prototype.constructor = Porchlight;

module.exports = Object.assign(Porchlight, { Porchlight, PorchlightError, validateWebhook, verbs, webhook });

// The session store: it can list a user's sessions, end them, and say truthfully what became of each.
'use strict';

const { createHash } = require('node:crypto');
const { MemoryStore } = require('express-session');

/** How many ended sessions are remembered. */
const REMEMBERED = 10_000;

/** What a session is called outside: the log must not hold the id that opens it. */
function nameOf(sid) {
  return `s_${createHash('sha256').update(sid).digest('base64url').slice(0, 16)}`;
}

class Sessions extends MemoryStore {
  #ended = new Set();

  /** The live sessions of a user: `[{sid, name, login}]`, oldest first. */
  async of(userId) {
    const all = await new Promise((resolve, reject) => {
      this.all((error, sessions) => (error ? reject(error) : resolve(sessions)));
    });
    return Object.entries(all)
      .filter(([, { login }]) => login?.user.id === userId)
      .map(([sid, { login }]) => ({ sid, name: nameOf(sid), login }))
      .sort((a, b) => a.login.at.localeCompare(b.login.at));
  }

  /**
   * Carries out an order: ends what it names, or all that the user had when it was given, and tells the outcome for each. An
   * order may come late: whoever has signed in since stays.
   */
  async end({ user, sessions, scope, requestedAt = new Date() }) {
    const own = await this.of(user.id);
    const live = new Map(own.map(({ name, sid }) => [name, sid]));
    const names = new Set(sessions.map(({ id }) => id));
    const begun = own.filter(({ login }) => new Date(login.at) <= requestedAt);
    if (scope === 'all') for (const { name } of begun) names.add(name);
    if (scope === 'all' && names.size === 0) return { outcome: 'not_found' };
    return Promise.all([...names].map(async (id) => ({ id, outcome: await this.#endOne(id, live.get(id)) })));
  }

  async #endOne(name, sid) {
    if (sid === undefined) return this.#ended.has(name) ? 'already_ended' : 'not_found';
    await new Promise((resolve, reject) => {
      this.destroy(sid, (error) => (error ? reject(error) : resolve()));
    });
    return 'revoked';
  }

  destroy(sid, done) {
    this.#ended.add(nameOf(sid));
    if (this.#ended.size > REMEMBERED) this.#ended.delete(this.#ended.values().next().value);
    super.destroy(sid, done);
  }

  /** A request that was under way when its session ended saves it at its end: that must not bring it back. */
  set(sid, session, done) {
    if (!this.#ended.has(nameOf(sid))) return super.set(sid, session, done);
    return done && setImmediate(done);
  }
}

module.exports = { Sessions, nameOf };

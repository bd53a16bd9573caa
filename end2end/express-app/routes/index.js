// The pages: login, home, logout. Each tells Porchlight what happened.
'use strict';

const express = require('express');
const { nameOf } = require('../sessions');
const { originOf, places } = require('../origin');
const users = require('../users');

/** Routes of the application; `demo` adds a choice of places to the login page. */
function routes({ porchlight, sessions, demo }) {
  const router = express.Router();
  const { verbs } = porchlight;
  const choices = demo ? { places, users: users.USERS } : null;

  router.get('/', (req, res) => res.redirect('/home'));

  router.get('/login', (req, res) => {
    if (req.session.login) return res.redirect('/home');
    const notice = /(?:^|;\s*)sid=/.test(req.headers.cookie ?? '') ? 'Your session has ended. Please sign in again.' : null;
    if (notice) res.clearCookie('sid');
    return res.render('login', { title: 'Sign in', notice, error: null, username: '', choices });
  });

  router.post('/login', async (req, res) => {
    const { username, password } = req.body ?? {};
    const origin = originOf(req, demo);
    const user = users.authenticate(username, password);
    if (!user) {
      const claimed = users.find(username);
      await porchlight.track(req, { verb: verbs.LOG_IN_DENIED, user: claimed && { ...claimed, authenticated: false }, ...origin });
      const error = 'That name and password do not belong together.';
      return res.status(401).render('login', { title: 'Sign in', notice: null, error, username: String(username ?? ''), choices });
    }
    await startSession(req, { user, origin, ip: origin.ip ?? req.ip, at: new Date().toISOString() });
    // Saved before it is told: an order to end it may come back at once.
    await porchlight.track(req, { verb: verbs.LOG_IN, user, session: { id: nameOf(req.sessionID) }, ...origin });
    return res.redirect('/home');
  });

  router.get('/home', signedIn, async (req, res) => {
    const { login } = req.session;
    const own = nameOf(req.sessionID);
    res.render('home', { title: 'Home', login, own, sessions: await sessions.of(login.user.id) });
  });

  router.post('/logout', signedIn, async (req, res) => {
    const { user, origin } = req.session.login;
    const session = { id: nameOf(req.sessionID) };
    await done((next) => req.session.destroy(next));
    await porchlight.track(req, { verb: verbs.LOG_OUT, user, session, ...origin });
    res.clearCookie('sid').redirect('/login');
  });

  return router;
}

function signedIn(req, res, next) {
  if (req.session.login) return next();
  return res.redirect('/login');
}

/** Under a new id, so that nobody who knew the old one gets in with it. */
async function startSession(req, login) {
  await done((next) => req.session.regenerate(next));
  req.session.login = login;
  await done((next) => req.session.save(next));
}

function done(start) {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}

module.exports = { routes };

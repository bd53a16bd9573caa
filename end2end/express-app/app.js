// A small Express application that Porchlight watches over. `startApp` runs it; tests and `npm start` both do.
'use strict';

const { randomBytes } = require('node:crypto');
const path = require('node:path');
const express = require('express');
const session = require('express-session');
const Porchlight = require('porchlight');
const { device } = require('./origin');
const { routes } = require('./routes');
const { Sessions } = require('./sessions');

const HOURS_MS = 3600 * 1000;

function createApp({ porchlight: { host, key, secret }, demo = false }) {
  const sessions = new Sessions();
  const onError = (error) => console.error('Porchlight:', error.message);
  const porchlight = Porchlight(key, { host, onError });

  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', 'loopback');
  app.set('views', path.join(__dirname, 'views'));
  app.set('view engine', 'ejs');
  app.use(securityHeaders);
  app.use(express.static(path.join(__dirname, 'public')));

  if (secret) app.post('/webhook', porchlight.webhook(secret, { endSessions: (order) => sessions.end(order) }));

  app.use(express.urlencoded({ extended: false }));
  app.use(session({
    name: 'sid',
    secret: randomBytes(32).toString('hex'), // the sessions live no longer than the process either
    store: sessions,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', maxAge: 8 * HOURS_MS },
  }));
  app.use(device);
  app.use(routes({ porchlight, sessions, demo }));
  app.use((req, res) => res.status(404).render('error', { title: 'Not found', message: 'There is no such page.' }));
  app.use(failed);
  return { app, sessions };
}

function securityHeaders(req, res, next) {
  res.set('Content-Security-Policy', "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'");
  res.set('Cache-Control', 'no-store');
  next();
}

// Express knows an error handler by its four arguments.
function failed(error, req, res, next) {
  if (res.headersSent) return next(error);
  const status = error.status ?? 500;
  if (status >= 500) console.error(error);
  return res.status(status).render('error', { title: 'Something went wrong', message: 'That did not work. Please try again.' });
}

/**
 * Starts the application on loopback; `port` 0 takes a free one. Resolves, once it listens, to
 * `{url, port, sessions, close()}`.
 */
async function startApp({ port = 0, porchlight, demo }) {
  const { app, sessions } = createApp({ porchlight, demo });
  const server = await new Promise((resolve, reject) => {
    const listening = app.listen(port, '127.0.0.1', (error) => (error ? reject(error) : resolve(listening)));
  });
  const bound = server.address().port;
  const close = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
  return { url: `http://127.0.0.1:${bound}`, port: bound, sessions, close };
}

module.exports = { createApp, startApp };

// The application's users. A demo: they are few, and their passwords stand here for you to read.
'use strict';

const { createHash, timingSafeEqual } = require('node:crypto');

const USERS = [
  { username: 'eve', password: 'harbour-bridge', id: '112233', name: 'Eve Smith', email: 'eve.smith@example.com' },
  { username: 'john', password: 'worldline-2036', id: '12345', name: 'John Titor', email: 'john.titor@example.com' },
];

const digest = (text) => createHash('sha256').update(String(text)).digest();
/** What Porchlight may know of a user. */
const describe = ({ id, name, email }) => ({ id, name, email });

/** The user of this name, without the password; undefined when there is none. */
function find(username) {
  const user = USERS.find((one) => one.username === username);
  return user && describe(user);
}

/** The user, when the password is right. */
function authenticate(username, password) {
  const user = USERS.find((one) => one.username === username);
  const right = timingSafeEqual(digest(password), digest(user?.password));
  return user && right ? describe(user) : undefined;
}

module.exports = { USERS, authenticate, find };

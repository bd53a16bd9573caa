// What has happened in a project before its page is looked at.
import { home, thief } from './places.js';

/** Eve, as the tests' applications tell of her. */
export const EVE = { id: '112233', name: 'Eve Smith', email: 'eve.smith@example.com' };

const MINUTE = 60_000;

/** A login of `user` from a place, `ago` minutes ago. */
export function login(place, session, { user = EVE, ago = 0, verb = 'log-in' } = {}) {
  return {
    verb, user, ip: place.ip, user_agent: place.userAgent, session: { id: session }, device: { id: place.device ?? `device of ${session}` },
    occurred_at: new Date(Date.now() - ago * MINUTE).toISOString(),
  };
}

/** Five logins at home, then one by a thief: `{own, stolen}`, the sessions that live. */
export async function stolen(project, user = EVE) {
  const own = `home-${user.id}`;
  const stolenOne = `stolen-${user.id}`;
  const visits = [1, 2, 3, 4].flatMap((visit) => {
    const session = `${own}-${visit}`;
    return [login(home, session, { user, ago: 70 - visit * 10 }), login(home, session, { user, ago: 65 - visit * 10, verb: 'log-out' })];
  });
  await project.api.post('/events', [...visits, login(home, own, { user, ago: 10 }), login(thief, stolenOne, { user })]);
  return { own, stolen: stolenOne };
}

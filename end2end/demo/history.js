// Thirty days of plausible history, as events for POST /api/v1/events: habits, trips, mistakes, and three attacks.
import { chance } from './chance.js';
import { addressIn, people } from './people.js';

const DAYS = 30;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SEED = 20_260_301;
const DATA_CENTRES = ['Amsterdam', 'Frankfurt am Main', 'Roubaix', 'Shinagawa'];
const SCRIPT = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36';

/** All events up to `now`, oldest first. The same for everybody, but for the time it ends. */
export function history(now) {
  const luck = chance(SEED);
  const all = people(luck);
  const travellers = new Map([[4, 'London'], [9, 'Singapore'], [14, 'Sydney'], [21, 'Berlin']]);
  const events = all.flatMap((person, index) => days(luck, person, now, travellers.get(index)));
  events.push(...stuffing(luck, all, now - 9 * DAY), ...theft(luck, all[6], now - 12 * DAY), ...theft(luck, all[11], now - 2.5 * HOUR));
  return events
    .filter(({ at }) => at <= now)
    .sort((a, b) => a.at - b.at)
    .map(({ at, ...event }, index) => ({ id: `demo-${index}`, occurred_at: new Date(at).toISOString(), ...event }));
}

function days(luck, person, now, trip) {
  const away = trip && luck.below(DAYS - 12) + 4;
  const events = [];
  for (let day = DAYS; day >= 0; day -= 1) {
    const where = away && day <= away && day > away - 4 ? { ...person, city: trip, home: undefined, office: undefined } : person;
    const logins = Math.floor(person.loginsADay + luck.unit());
    const midnight = Math.floor(now / DAY - day) * DAY;
    for (let login = 0; login < logins; login += 1) events.push(...visit(luck, where, midnight));
  }
  return events;
}

/** One login with what leads to it and follows from it. */
function visit(luck, person, midnight) {
  const hour = luck.between(7, 22.5);
  const at = midnight + Math.round((hour - person.hours) * HOUR);
  const from = origin(luck, person, hour);
  const event = told(person, from);
  const events = [];
  if (luck.often(0.06)) events.push({ ...event('log-in-denied', at - 40_000), session: undefined });
  if (luck.often(0.015)) {
    events.push({ ...event('password-reset-request', at - 900_000), session: undefined }, { ...event('password-reset', at - 600_000), session: undefined });
  }
  events.push(event('log-in', at));
  const lasts = Math.round(luck.between(0.2, 5) * HOUR);
  if (luck.often(0.12)) events.push(event(luck.one(['invoice-export', 'access', 'profile-update']), at + luck.below(Math.min(lasts, HOUR))));
  if (luck.often(0.97)) events.push(event('log-out', at + lasts));
  return events;
}

/** On the phone or the laptop; at home, in the office, on the move, or on a trip. */
function origin(luck, person, hour) {
  const phone = person.phone && luck.often(0.35);
  const client = phone ? person.phone : person.laptop;
  const atWork = person.office && hour > 9 && hour < 17 && luck.often(0.8);
  const moving = phone && luck.often(0.5) ? addressIn(luck, person.city, 'phone') : undefined;
  const ip = moving ?? (atWork ? person.office : person.home) ?? addressIn(luck, person.city, 'home');
  return { ip, ...client, session: luck.id('s_') };
}

/** How the application tells an event of this user from there. */
const told = (person, { ip, userAgent, device, session }) => (verb, at) => ({
  at, verb, ip, user_agent: userAgent, user: { ...person.user, authenticated: verb !== 'log-in-denied' }, device: { id: device }, session: { id: session },
});

/** Two hundred leaked passwords tried from four data centres within twenty minutes; one of them fits. */
function stuffing(luck, all, start) {
  const from = () => ({ ip: addressIn(luck, luck.one(DATA_CENTRES), 'data centre'), user_agent: SCRIPT });
  const tries = Array.from({ length: 200 }, (_, index) => {
    const hit = luck.often(0.1) ? luck.one(all).user : undefined;
    return { at: start + index * 6_000, verb: 'log-in-denied', ...from(), ...(hit && { user: { ...hit, authenticated: false } }), object: { leaked_list: true } };
  });
  const victim = told(all[17], { ip: addressIn(luck, 'Roubaix', 'data centre'), userAgent: SCRIPT, device: luck.id('dev_'), session: luck.id('s_') });
  return [...tries, victim('log-in', start + 200 * 6_000)];
}

/** Somebody with the right password, on the other side of the world. */
function theft(luck, person, at) {
  const thief = told(person, {
    ip: addressIn(luck, 'Hanoi', 'elsewhere'), device: luck.id('dev_'), session: luck.id('s_'),
    userAgent: 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
  });
  return [{ ...thief('log-in-denied', at - 90_000), session: undefined }, thief('log-in', at)];
}

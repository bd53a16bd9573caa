// Who uses the demo's application: each with a home, perhaps an office, one or two devices, and a habit of coming back.
import { createRequire } from 'node:module';
import { home, world } from '../support/places.js';

const { USERS } = createRequire(import.meta.url)('../express-app/users.js');

const NAMES = [
  'Aroha Walker', 'Liam Turner', 'Mei Chen', 'Oliver Brown', 'Hana Kim', 'Jack Taylor', 'Sofia Rossi', 'Noah Williams', 'Priya Patel',
  'Lucas Martin', 'Ella Robinson', 'Tane Parata', 'Grace Evans', 'Ravi Sharma', 'Charlotte Hill', 'Finn Murphy', 'Yuki Tanaka', 'Isla Campbell',
  'Omar Haddad', 'Ruby Scott', 'Max Fischer', 'Anahera Ngata', 'Leo Dubois', 'Zoe Mitchell', 'Samuel Osei', 'Emma Larsen', 'Kiri Moana', 'Daniel Wong',
];
const CITIES = ['Auckland', 'Auckland', 'Auckland', 'Wellington', 'Sydney', 'Sydney', 'Melbourne', 'London', 'Singapore', 'Berlin'];
const LAPTOPS = [
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
];
const PHONES = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36',
];

/** An address of a kind of network in a city; undefined where the city has none. */
export function addressIn(luck, city, kind) {
  const networks = world.find((place) => place.city === city).networks.filter((network) => network.kind === kind);
  if (networks.length === 0) return undefined;
  return luck.one(networks).range.replace('0/24', String(9 + luck.below(240)));
}

/** The user as the application tells Porchlight. */
const known = ({ id, name, email }) => ({ id, name, email });

function person(luck, user, city) {
  const phone = { device: luck.id('dev_'), userAgent: luck.one(PHONES) };
  return {
    user,
    city,
    hours: world.find((place) => place.city === city).hours,
    laptop: { device: luck.id('dev_'), userAgent: luck.one(LAPTOPS) },
    phone: luck.often(0.6) ? phone : undefined,
    home: addressIn(luck, city, 'home'),
    office: luck.often(0.6) ? addressIn(luck, city, 'office') : undefined,
    loginsADay: luck.between(0.4, 2.2),
  };
}

/** All of them; Eve and John are those whose passwords the application's login page shows. */
export function people(luck) {
  const others = NAMES.map((name, index) => {
    const user = { id: String(20_000 + index * 37), name, email: `${name.toLowerCase().replace(' ', '.')}@example.com` };
    return person(luck, user, CITIES[index % CITIES.length]);
  });
  // The login page offers one home: both live there.
  const atHome = (user) => ({ ...person(luck, user, 'Auckland'), phone: undefined, office: undefined, home: home.ip, laptop: home, loginsADay: 1.5 });
  return [...USERS.map(known).map(atHome), ...others];
}

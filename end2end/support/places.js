// The places of demo and tests, and geographic data that knows them: real ranges, so that the real data agrees.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { mmdb } from './mmdb.js';

const require = createRequire(import.meta.url);
const places = require('../express-app/demo/places.json');

/** Eve's home, and where the thief sits: `{ip, userAgent, device?}`, as the Express application's login page offers them. */
export const { home, thief } = places;

/** Cities with their networks: `[{city, country_code, …, hours, networks: [{range, asn, name, kind}]}]`; `hours` is how far its clock is ahead of UTC. */
export const world = require('../demo/world.json');

/** Writes the data of these places into a folder: what GEO_DIR may point at where the real data is not at hand. */
export function writeGeo(dir) {
  const cities = world.flatMap(({ hours, networks, ...record }) => networks.map(({ range }) => ({ network: range, record })));
  const systems = world.flatMap(({ networks }) => networks.map(({ range, asn, name }) => {
    const first = range.replace('/24', '');
    return `${first},${first.replace(/0$/, '255')},${asn},"${name}"`;
  }));
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'city.mmdb'), mmdb('City', cities));
  writeFileSync(join(dir, 'asn-ipv4.csv'), `${systems.join('\n')}\n`);
  return dir;
}

// The tracked application of demo and tests: end2end/express-app, in this process.
import { createRequire } from 'node:module';

const { startApp } = createRequire(import.meta.url)('../express-app/app.js');

/**
 * Starts it: `{url, port, webhook, trust(secret), sessions, close()}`. Its webhook's secret is known only after its address
 * is, so it is told later.
 */
export async function startApplication({ host, key, port, demo }) {
  let secret = 'whsec_none-yet';
  const app = await startApp({ port, porchlight: { host, key, secret: () => secret }, demo });
  return { ...app, webhook: `${app.url}/webhook`, trust: (told) => { secret = told; } };
}

#!/usr/bin/env node
// `npm start`: runs the application with settings from the environment until it is told to stop.
'use strict';

const { startApp } = require('../app');
const { fromEnvironment } = require('../settings');

async function main() {
  const settings = fromEnvironment(process.env);
  const { url, close } = await startApp(settings);
  console.log(`The application listens on ${url}`);
  if (settings.porchlight.secret) console.log(`Porchlight's webhooks go to ${url}/webhook`);
  else console.log('PORCHLIGHT_WEBHOOK_SECRET is not set: Porchlight cannot end sessions here');
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, close);
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});

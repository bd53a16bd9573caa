// What can be set from outside; nothing else reads the environment.
'use strict';

const { readFileSync } = require('node:fs');

/** Settings for `startApp`, from the environment. Throws an Error that says what is missing. */
function fromEnvironment(env) {
  if (!env.PORCHLIGHT_KEY) throw new Error('PORCHLIGHT_KEY is not set: copy an API key from the settings of your Porchlight project');
  const file = env.PORCHLIGHT_WEBHOOK_SECRET_FILE;
  return {
    port: Number(env.PORT ?? 3001),
    demo: env.DEMO === '1',
    porchlight: {
      host: env.PORCHLIGHT_URL ?? 'http://127.0.0.1:3000',
      key: env.PORCHLIGHT_KEY,
      // The file may be written, or change, after the start: it is read at each webhook.
      secret: file ? () => readFileSync(file, 'utf8').trim() : env.PORCHLIGHT_WEBHOOK_SECRET,
    },
  };
}

module.exports = { fromEnvironment };

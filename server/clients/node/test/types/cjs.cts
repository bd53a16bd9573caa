// Compiled, never run: what a CommonJS application in TypeScript writes.
import Porchlight = require('porchlight');

const options: Porchlight.Options = { webhookSecret: ['a', 'b'] };
const client: Porchlight.Client = Porchlight('key', options);
const listener: Porchlight.Middleware = client.webhook((event: Porchlight.WebhookEvent) => (event.isOrder ? true : undefined));
const error: Error = new Porchlight.PorchlightError('x');
export { listener, error };

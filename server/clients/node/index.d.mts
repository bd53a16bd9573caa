// Types of the Porchlight client for `import`.
import Porchlight from './index.js';

export default Porchlight;
export { Porchlight };
export import PorchlightError = Porchlight.PorchlightError;
export import validateWebhook = Porchlight.validateWebhook;
export import verbs = Porchlight.verbs;
export import webhook = Porchlight.webhook;
export type {
  Callback, Client, EventFilter, EventPage, Failed, Handler, Handlers, Id, Judged, Middleware, Notice, Options, Order,
  OrderResult, Outcome, Problem, Reason, RequestLike, Rule, Rules, Secret, StoredEvent, TrackOptions, Verdict,
  WebhookEvent, WebhookOptions,
} from './index.js';

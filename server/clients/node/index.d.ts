// Types of the Porchlight client for `require('porchlight')`.
import type { IncomingMessage, ServerResponse } from 'node:http';

export = Porchlight;

/** A client of one project. Callable with and without `new`. */
declare function Porchlight(key: string, options?: Porchlight.Options): Porchlight.Client;

declare class PorchlightErrorClass extends Error {
  readonly name: 'PorchlightError';
  /** `status`: the server refused; `answer`: what answered is not Porchlight. */
  readonly code: 'timeout' | 'network' | 'status' | 'answer';
  /** The HTTP status, when there was an answer. */
  readonly status: number | null;
  /** The RFC 9457 problem document, when the server sent one. */
  readonly problem: Porchlight.Problem | null;
}

declare namespace Porchlight {
  export { Porchlight };
  export const PorchlightError: typeof PorchlightErrorClass;
  export type PorchlightError = PorchlightErrorClass;

  /** The verbs Porchlight knows by name; any other string is legal too. */
  export const verbs: {
    readonly LOG_IN: 'log-in';
    readonly LOG_IN_DENIED: 'log-in-denied';
    readonly LOG_IN_CHALLENGE: 'log-in-challenge';
    readonly LOG_OUT: 'log-out';
    readonly ACCESS: 'access';
    readonly EMAIL_UPDATE: 'email-update';
    readonly PASSWORD_UPDATE: 'password-update';
    readonly PASSWORD_RESET_REQUEST: 'password-reset-request';
    readonly PASSWORD_RESET: 'password-reset';
    readonly PASSWORD_RESET_FAIL: 'password-reset-fail';
    readonly AUTH_CHALLENGE: 'authentication-challenge';
    readonly AUTH_CHALLENGE_PASS: 'authentication-challenge-pass';
    readonly AUTH_CHALLENGE_FAIL: 'authentication-challenge-fail';
    readonly TWO_FACTOR_DISABLE: 'two-factor-disable';
    readonly DESKTOP_LOGIN_SUCCESS: 'desktop-login-success';
    readonly TWO_FACTOR_UPDATE: 'two-factor-update';
    readonly RECOVERY_CODES_VIEW: 'recovery-codes-view';
    readonly RECOVERY_UPDATE: 'recovery-update';
    readonly API_KEY_CREATE: 'api-key-create';
    readonly DATA_EXPORT: 'data-export';
    readonly PAYOUT_UPDATE: 'payout-update';
  };

  /** Is `signature` ThisData's `X-Signature` (hex HMAC-SHA512) of this raw body? */
  export function validateWebhook(secret: string, signature: unknown, body: string | Uint8Array): boolean;

  /** A request listener that verifies webhooks and hands them to `handler`. */
  export function webhook(options: Secret | WebhookOptions, handler: Handler | Handlers): Middleware;

  export interface Options {
    /** Where Porchlight is. Default `http://127.0.0.1:3000`. */
    host?: string;
    /** Milliseconds `track` and `verify` may take, retry included. Default 2000. */
    timeout?: number;
    /** Told of each failed `track` and `verify`. What it throws is ignored. */
    onError?: (error: Error) => unknown;
    /** The secret `client.webhook(handler)` verifies with. */
    webhookSecret?: Secret;
  }

  export interface Client {
    readonly verbs: typeof verbs;
    readonly rules: Rules;
    /** Records an event. Never rejects: a failure is a verdict with `failed: true` that lets the user in. */
    track(req: RequestLike | null, options?: TrackOptions, callback?: Callback<Verdict>): Promise<Verdict>;
    track(req: RequestLike | null, callback: Callback<Verdict>): Promise<Verdict>;
    /** Judges an event without recording or learning. Never rejects. */
    verify(req: RequestLike | null, options?: TrackOptions, callback?: Callback<Verdict>): Promise<Verdict>;
    verify(req: RequestLike | null, callback: Callback<Verdict>): Promise<Verdict>;
    /** Reads the audit log, newest first. Rejects with a PorchlightError. */
    events(options?: EventFilter, callback?: Callback<EventPage>): Promise<EventPage>;
    /**
     * Fetches orders to end sessions and posts a receipt for each, until `signal` says stop; for applications that no
     * webhook reaches. Rejects with a PorchlightError when the key is refused; all else is told and tried again.
     */
    poll(options: PollOptions): Promise<void>;
    validateWebhook: typeof validateWebhook;
    webhook(options: Secret | WebhookOptions, handler: Handler | Handlers): Middleware;
    /** With the client's own `webhookSecret`. */
    webhook(handler: Handler | Handlers): Middleware;
  }

  /** What is read of a request: Node's, Express', or anything of the same shape. */
  export interface RequestLike {
    headers?: Record<string, string | string[] | undefined>;
    ip?: string | undefined;
    socket?: { remoteAddress?: string | undefined } | null;
  }

  /** An id as databases have them; sent as text. */
  export type Id = string | number | bigint | { toString(): string };

  export interface TrackOptions {
    /** Default: `log-in`. */
    verb?: string;
    /** Default: `req.ip`, else the address of the socket. */
    ip?: string;
    /** Default: the User-Agent header. */
    userAgent?: string;
    /** Default: the headers Sec-CH-UA-Platform and -Mobile. What contradicts the user agent is evidence. */
    clientHints?: { platform?: string; mobile?: string | boolean };
    /** True where the application found the password in a collection of stolen ones. */
    passwordBreached?: boolean;
    user?: {
      id: Id;
      name?: string | null;
      email?: string | null;
      /** E.164: `+15555555555`. */
      mobile?: string | null;
      /** False when the user is only claimed, as in a failed login. */
      authenticated?: boolean;
    };
    /** `id` names the login session: what Porchlight will ask to end. */
    session?: { id?: Id; td_cookie_id?: string; td_cookie_expected?: boolean; cookieExpected?: boolean };
    /** `id` is a token that stays on the device, such as a long-lived first-party cookie. */
    device?: { id: Id };
    /** Overrides the application's name and logo, for one that serves several tenants. */
    source?: { name?: string | null; logo_url?: string | null };
    /** What was acted on; free. */
    object?: Record<string, unknown>;
    /** Idempotency key: the same id is stored once. Generated by `track` when absent. */
    id?: string;
    /** For events that are sent late. Milliseconds since 1970, ISO text or a Date. */
    occurredAt?: Date | string | number;
  }

  export interface Reason {
    /** Stable, such as `net.country.new`. */
    code: string;
    /** A sentence. */
    text: string;
    /** Natural log-odds: above 0 speaks for an attacker. */
    evidence?: number;
  }

  interface Judgement {
    /** The stored event; null from `verify`. */
    id: string | null;
    /** How likely this is not the user, 0..1. */
    score: number;
    level: 'green' | 'orange' | 'red';
    decision: 'allow' | 'challenge' | 'block';
    /** Strongest first. */
    reasons: Reason[];
  }

  export interface Judged extends Judgement {
    failed: false;
    error: null;
  }

  /** The verdict when Porchlight could not be asked: score 0, green, allow. */
  export interface Failed extends Judgement {
    failed: true;
    error: Error;
  }

  export type Verdict = Judged | Failed;

  export type Callback<T> = (error: Error | null, result?: T) => void;

  /** Each narrows. Others are sent as they are. */
  export interface EventFilter {
    user_id?: Id;
    /** Any of these. */
    verb?: string | readonly string[];
    /** This level or above. */
    level?: 'orange' | 'red';
    ip?: string;
    /** ISO 3166-1 alpha-2. */
    country?: string;
    source?: string;
    session_id?: Id;
    /** At or after. */
    since?: Date | string;
    /** Strictly before. */
    until?: Date | string;
    /** 1 to 200; default 50. */
    limit?: number;
    /** The `next` of the page before. */
    cursor?: string | null;
    [other: string]: unknown;
  }

  export interface EventPage {
    rows: StoredEvent[];
    /** Give this as `cursor` to read on; null at the end. */
    next: string | null;
  }

  export interface StoredEvent extends Omit<Judgement, 'id' | 'reasons'> {
    id: string;
    /** The id it was sent with. */
    client_id: string | null;
    verb: string;
    occurred_at: string;
    received_at: string;
    user: { key: string; id: string; name: string | null } | null;
    ip: string | null;
    session_id: string | null;
    device_id: string | null;
    alert_id: number | null;
    /** Place, network, user agent, reasons. */
    detail: { reasons?: Reason[]; [name: string]: unknown };
  }

  export interface Rule {
    id: string;
    name: string;
    description?: string | null;
    /** Such as `blacklist`. */
    type: string;
    /** Such as `location.ip`. */
    target: string;
    source?: string | null;
    filters: string[];
  }

  /** Custom rules. Each call rejects with a PorchlightError when refused. */
  export interface Rules {
    list(callback?: Callback<Rule[]>): Promise<Rule[]>;
    get(id: Id, callback?: Callback<Rule>): Promise<Rule>;
    create(rule: Omit<Rule, 'id'>, callback?: Callback<Rule>): Promise<Rule>;
    update(id: Id, changes: Partial<Omit<Rule, 'id'>>, callback?: Callback<Rule>): Promise<Rule>;
    remove(id: Id, callback?: Callback<null>): Promise<null>;
  }

  export interface Problem {
    type?: string;
    title?: string;
    status?: number;
    detail?: string;
    [extension: string]: unknown;
  }

  /** One secret, or several while they are rotated. */
  export type Secret = string | readonly string[];

  export interface WebhookOptions {
    /** A function is asked at each webhook, so that a secret can change without a restart. */
    secret: Secret | (() => Secret | Promise<Secret>);
    /** Also accept webhooks that bear ThisData's X-Signature alone. They can be replayed. Default false. */
    legacy?: boolean;
    /**
     * Milliseconds the handler may take with one webhook; then it is answered 503, to be sent again. Default 10000:
     * Porchlight hangs up after 15 s, or after the endpoint's own limit; keep it below that.
     */
    timeLimit?: number;
    /** Told what made a webhook fail with 500 or 503. Default: console.error. */
    onError?: (error: Error) => void;
  }

  export type Middleware = (req: IncomingMessage, res: ServerResponse, next?: unknown) => Promise<void>;

  interface Message {
    /** The `webhook-id`; null where only ThisData's signature came. */
    id: string | null;
    type: 'alert.opened' | 'question.answered' | 'session.revocation.requested' | (string & {});
    timestamp: Date | null;
    /** The user's answer to "Was this you?"; null while there is none. */
    wasUser: boolean | null;
    alert: { id: number; description: string | null; [name: string]: unknown } | null;
    user: { id: string; name?: string | null; email?: string | null; [name: string]: unknown } | null;
    /** The body as it came. */
    raw: Record<string, unknown>;
  }

  /** A webhook that tells. */
  export interface Notice extends Message {
    isOrder: false;
    /** The order it tells of, if any. */
    revocationId: string | null;
    sessions: [];
    scope: null;
    reason: null;
    initiatedBy: null;
    requestedAt: undefined;
    confirmBy: null;
    receiptUrl: null;
  }

  /** A webhook that asks to end sessions. */
  export interface Order extends Message {
    isOrder: true;
    revocationId: string;
    /** The sessions Porchlight knows of; none, with the scope `all`: every session of the user. */
    sessions: { id: string }[];
    scope: 'one' | 'listed' | 'others' | 'all';
    reason: { code: string; text?: string } | null;
    /** Who wants the sessions ended; null in a flat body. */
    initiatedBy: 'user' | 'operator' | 'rule' | 'api' | 'inbound' | null;
    /**
     * When the order was given; undefined where an older server does not say it. An order comes late at times: with the
     * scope `all`, of the sessions that it does not list end only those that began by then.
     */
    requestedAt: Date | undefined;
    /** Until when Porchlight waits for a receipt. */
    confirmBy: Date | null;
    receiptUrl: string | null;
    /** Sends the receipt of an order that was deferred, in parts where it is large. Rejects when it was not accepted. */
    confirm(outcomes: true | Outcome[] | WholeOutcome): Promise<void>;
  }

  export interface PollOptions {
    /** The same as `endSessions` of `webhook`. */
    onOrder: (order: Order) => OrderResult | Promise<OrderResult>;
    /** Ends the polling. */
    signal?: AbortSignal;
    /**
     * Whole seconds that the server may hold a poll, 0 to 55. Default 50. One that brought nothing and was not held is
     * followed by a pause of a second.
     */
    wait?: number;
    /** Milliseconds `onOrder` may take with one order; then `onError` is told and it is asked again. Default 60000: nobody hangs up here. */
    timeLimit?: number;
    /** Told of each failure before the next attempt. Default: console.error. What it throws is ignored. */
    onError?: (error: Error) => unknown;
  }

  export type WebhookEvent = Notice | Order;

  export interface Outcome {
    id: Id;
    outcome: 'revoked' | 'already_ended' | 'not_found' | 'failed';
    /** For people; Porchlight keeps 500 characters. */
    detail?: string;
  }

  /** What became of an order that lists no session. */
  export type WholeOutcome = Omit<Outcome, 'id'>;

  /** `true`: all listed sessions are revoked; where none is listed it claims nothing. `defer`: a Date, or milliseconds from now, a second to a day ahead. Nothing, also null or no outcomes, claims nothing. */
  export type OrderResult = true | Outcome[] | WholeOutcome | { defer: Date | number } | null | void;

  export type Handler = (event: WebhookEvent) => OrderResult | Promise<OrderResult>;

  export interface Handlers {
    endSessions?: (order: Order) => OrderResult | Promise<OrderResult>;
    /** Porchlight found something unusual. */
    alert?: (event: WebhookEvent) => unknown;
    /** The user answered: see `wasUser`. */
    answer?: (event: WebhookEvent) => unknown;
  }
}

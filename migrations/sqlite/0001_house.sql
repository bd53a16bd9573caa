-- The whole house. Columns are INTEGER (64 bit), REAL, TEXT, BLOB only, so that both engines hold the same values:
-- flags are 0/1, times are microseconds since 1970 UTC, JSON is TEXT. The file in ../postgres has the same number and tables.

-- One row per process start; its id gives the process its place in the id space.
CREATE TABLE replica (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at INTEGER NOT NULL
);

-- People who use the console.
CREATE TABLE operator (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER,
    -- Since when they may not sign in.
    disabled_at INTEGER
);
CREATE TABLE operator_session (
    token_hash TEXT PRIMARY KEY,
    id INTEGER NOT NULL UNIQUE,
    operator_id INTEGER NOT NULL REFERENCES operator (id) ON DELETE CASCADE,
    ip TEXT,
    user_agent TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX operator_session_operator ON operator_session (operator_id);
-- A one-time link: it makes the first operator, or lets `operator_id` choose a new password.
CREATE TABLE invitation (
    token_hash TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    operator_id INTEGER REFERENCES operator (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
);

-- One tracked application. `settings` is JSON: see domain::project::Settings.
CREATE TABLE project (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE TABLE api_key (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    hint TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at INTEGER
);
CREATE INDEX api_key_project ON api_key (project_id);

-- An end user of the tracked application; `id` is the application's own, `key` is ours.
CREATE TABLE end_user (
    key INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT,
    email TEXT,
    mobile TEXT,
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    events INTEGER NOT NULL,
    level INTEGER NOT NULL,
    UNIQUE (project_id, id)
);
CREATE INDEX end_user_seen ON end_user (project_id, last_seen_at, key);
-- What is known of a user's habits; `version` rises with every write.
CREATE TABLE profile (
    user_key INTEGER PRIMARY KEY REFERENCES end_user (key) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    updated_at INTEGER NOT NULL
);

-- The audit log. `detail` is JSON: see domain::event::Detail; `raw` is the request's own body.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL,
    user_key INTEGER,
    client_id TEXT,
    verb TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    ip TEXT,
    country TEXT,
    asn INTEGER,
    source TEXT,
    session_id TEXT,
    device_id TEXT,
    score REAL NOT NULL,
    level INTEGER NOT NULL,
    decision TEXT NOT NULL,
    alert_id INTEGER,
    detail TEXT NOT NULL,
    raw TEXT NOT NULL
);
CREATE INDEX event_time ON event (project_id, occurred_at, id);
CREATE INDEX event_user ON event (user_key, occurred_at, id) WHERE user_key IS NOT NULL;
CREATE INDEX event_verb ON event (project_id, verb, occurred_at, id);
CREATE INDEX event_level ON event (project_id, occurred_at, id) WHERE level > 0;
CREATE INDEX event_ip ON event (project_id, ip, occurred_at, id) WHERE ip IS NOT NULL;
CREATE INDEX event_alert ON event (alert_id) WHERE alert_id IS NOT NULL;
CREATE UNIQUE INDEX event_client ON event (project_id, client_id) WHERE client_id IS NOT NULL;

-- A login session as the application named it. state: live, ended, revoked.
CREATE TABLE session (
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    user_key INTEGER NOT NULL REFERENCES end_user (key) ON DELETE CASCADE,
    state TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    ended_at INTEGER,
    last_event_id INTEGER NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX session_by_user ON session (user_key, last_seen_at);

-- A condition an operator or the application wrote; `filters` is a JSON array of text.
CREATE TABLE rule (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    source TEXT,
    filters TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX rule_project ON rule (project_id, id);

-- Something an operator should look at. Ids are small numbers: ThisData's clients read them as such.
CREATE TABLE alert (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    user_key INTEGER REFERENCES end_user (key) ON DELETE CASCADE,
    event_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    dedup_key TEXT NOT NULL,
    title TEXT NOT NULL,
    score REAL NOT NULL,
    level INTEGER NOT NULL,
    state TEXT NOT NULL,
    resolution TEXT,
    note TEXT,
    events INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    last_event_at INTEGER NOT NULL,
    acknowledged_at INTEGER,
    acknowledged_by INTEGER,
    closed_at INTEGER,
    closed_by INTEGER
);
CREATE UNIQUE INDEX alert_open ON alert (project_id, dedup_key) WHERE state <> 'closed';
CREATE INDEX alert_state ON alert (project_id, state, id);
CREATE INDEX alert_user ON alert (user_key, id);

-- One "Was this you?" and its answer.
CREATE TABLE question (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    alert_id INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    user_key INTEGER NOT NULL REFERENCES end_user (key) ON DELETE CASCADE,
    event_id INTEGER NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    asked_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    answer TEXT,
    answered_at INTEGER,
    answered_from TEXT
);
CREATE INDEX question_alert ON question (alert_id);
CREATE INDEX question_user ON question (user_key, asked_at);

-- Notices to send. `body` is sealed: it carries the question's token.
-- state: pending, sent, failed, held (no channel is set up: read it in the console).
CREATE TABLE notice (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    question_id INTEGER REFERENCES question (id) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    claim INTEGER NOT NULL,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    sent_at INTEGER
);
CREATE INDEX notice_due ON notice (next_attempt_at) WHERE state = 'pending';
CREATE INDEX notice_project ON notice (project_id, id);
CREATE INDEX notice_question ON notice (question_id);

-- Outgoing webhooks: where. format: standard, thisdata. state: active, paused, disabled, deleted. `types` is a JSON array, empty = all.
CREATE TABLE endpoint (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    format TEXT NOT NULL,
    description TEXT NOT NULL,
    types TEXT NOT NULL,
    state TEXT NOT NULL,
    state_reason TEXT,
    failing_since INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX endpoint_project ON endpoint (project_id, id);
-- … signed with what. Sealed at rest; live while not expired. Several may be live: rotation overlaps.
CREATE TABLE endpoint_secret (
    id INTEGER PRIMARY KEY,
    endpoint_id INTEGER NOT NULL REFERENCES endpoint (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL,
    hint TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
);
CREATE INDEX endpoint_secret_endpoint ON endpoint_secret (endpoint_id, id);
-- … what. Bodies are the bytes that are signed and sent, one for each format.
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    user_key INTEGER,
    event_id INTEGER,
    alert_id INTEGER,
    question_id INTEGER,
    revocation_id INTEGER,
    body BLOB NOT NULL,
    thisdata_body BLOB,
    created_at INTEGER NOT NULL
);
CREATE INDEX message_revocation ON message (revocation_id) WHERE revocation_id IS NOT NULL;
CREATE INDEX message_alert ON message (alert_id) WHERE alert_id IS NOT NULL;
-- … to whom. state: pending, delivered, failed, cancelled. `signature` is JSON: see domain::webhook::SignatureStatus.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    endpoint_id INTEGER NOT NULL REFERENCES endpoint (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    claim INTEGER NOT NULL,
    last_status INTEGER,
    last_error TEXT,
    signature TEXT,
    created_at INTEGER NOT NULL,
    delivered_at INTEGER
);
CREATE INDEX delivery_due ON delivery (next_attempt_at) WHERE state = 'pending';
CREATE INDEX delivery_project ON delivery (project_id, id);
CREATE INDEX delivery_endpoint ON delivery (endpoint_id, id);
CREATE INDEX delivery_message ON delivery (message_id);
-- … each try; append-only.
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    status INTEGER,
    error TEXT,
    request_headers TEXT NOT NULL,
    response_headers TEXT NOT NULL,
    response_body TEXT NOT NULL,
    signature TEXT NOT NULL,
    diagnosis TEXT
);
CREATE INDEX attempt_delivery ON attempt (delivery_id, number);

-- An order to end sessions. scope: one, listed, others, all. state is derived from its sessions and kept for lists.
CREATE TABLE revocation (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    user_key INTEGER NOT NULL REFERENCES end_user (key) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    state TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    reason_text TEXT NOT NULL,
    initiated_by TEXT NOT NULL,
    initiator TEXT,
    alert_id INTEGER,
    question_id INTEGER,
    receipt_hash TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    confirm_by INTEGER NOT NULL,
    settled_at INTEGER
);
CREATE INDEX revocation_project ON revocation (project_id, id);
CREATE INDEX revocation_user ON revocation (user_key, id);
CREATE INDEX revocation_open ON revocation (confirm_by) WHERE settled_at IS NULL;
CREATE UNIQUE INDEX revocation_receipt ON revocation (receipt_hash);
-- … its state for each session.
CREATE TABLE revocation_session (
    revocation_id INTEGER NOT NULL REFERENCES revocation (id) ON DELETE CASCADE,
    project_id INTEGER NOT NULL,
    session_id TEXT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT,
    deferred_until INTEGER,
    detail TEXT,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (revocation_id, session_id)
);
CREATE INDEX revocation_session_session ON revocation_session (project_id, session_id);
-- … and how it came to be so; append-only. session_id '' = the order as a whole.
CREATE TABLE revocation_step (
    id INTEGER PRIMARY KEY,
    revocation_id INTEGER NOT NULL REFERENCES revocation (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL,
    state TEXT NOT NULL,
    cause TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX revocation_step_order ON revocation_step (revocation_id, id);
-- What an application said it did. via: answer, post, poll.
CREATE TABLE receipt (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    revocation_id INTEGER NOT NULL REFERENCES revocation (id) ON DELETE CASCADE,
    delivery_id INTEGER,
    via TEXT NOT NULL,
    signed INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at INTEGER NOT NULL
);
CREATE INDEX receipt_revocation ON receipt (revocation_id, id);

-- Incoming webhooks: who may send them. scheme: standard, thisdata.
CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    scheme TEXT NOT NULL,
    sealed BLOB NOT NULL,
    hint TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX source_project ON source (project_id, id);
-- … each one received. status: valid, invalid, missing, stale, replayed.
CREATE TABLE inbound (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    source_id INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    received_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    webhook_id TEXT,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    revocation_id INTEGER
);
CREATE INDEX inbound_source ON inbound (source_id, id);
CREATE INDEX inbound_project ON inbound (project_id, id);
CREATE INDEX inbound_refused ON inbound (source_id, id) WHERE status <> 'valid';
-- One valid message per id: what makes a second one a replay.
CREATE UNIQUE INDEX inbound_once ON inbound (source_id, webhook_id) WHERE status = 'valid' AND webhook_id IS NOT NULL;

-- What operators and applications changed; append-only. actor: operator:…, key:…, user:…, source:…, system.
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY,
    project_id INTEGER,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX ledger_project ON ledger (project_id, id);

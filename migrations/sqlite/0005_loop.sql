-- Orders are fetched in the order in which they were committed: each takes the next place of its project's feed, and
-- another when it is sent once more. asked_at, delivered_at: the clock of an order.
ALTER TABLE revocation ADD COLUMN feed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE revocation ADD COLUMN asked_at INTEGER;
ALTER TABLE revocation ADD COLUMN delivered_at INTEGER;
CREATE TABLE revocation_feed (
    project_id INTEGER PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    place INTEGER NOT NULL
);
UPDATE revocation SET feed = (SELECT COUNT(*) FROM revocation o WHERE o.project_id = revocation.project_id AND o.id <= revocation.id),
    asked_at = (SELECT asked_at FROM question q WHERE q.id = revocation.question_id),
    delivered_at = (SELECT MIN(s.at) FROM revocation_step s WHERE s.revocation_id = revocation.id AND s.state <> 'requested');
INSERT INTO revocation_feed (project_id, place) SELECT project_id, COUNT(*) FROM revocation GROUP BY project_id;
CREATE INDEX revocation_fed ON revocation (project_id, feed) WHERE state <> 'confirmed';

-- How a source signs beyond its scheme's name: JSON, see domain::inbound::HmacScheme; '' where the name says it all.
ALTER TABLE source ADD COLUMN settings TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN rotated_at INTEGER;
-- Secrets of a source that a rotation replaced, sealed as the source's own is; valid until expires_at.
CREATE TABLE source_secret (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL,
    hint TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX source_secret_source ON source_secret (source_id, expires_at);
-- Every inbound webhook is counted, by the hour; of refused ones only some are kept.
CREATE TABLE inbound_tally (
    source_id INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    hour INTEGER NOT NULL,
    status TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (source_id, hour, status)
);

-- Probes of an endpoint. kind: ready (signed with one secret only), enforce (signed wrong). verdict: accepted, refused,
-- unclear; NULL while it waits.
CREATE TABLE endpoint_probe (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    endpoint_id INTEGER NOT NULL REFERENCES endpoint (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    secret_id INTEGER,
    due_at INTEGER NOT NULL,
    sent_at INTEGER,
    verdict TEXT,
    status INTEGER,
    detail TEXT,
    clock_offset_seconds INTEGER
);
CREATE INDEX endpoint_probe_endpoint ON endpoint_probe (endpoint_id, id);
CREATE INDEX endpoint_probe_due ON endpoint_probe (due_at) WHERE verdict IS NULL;

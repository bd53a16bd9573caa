-- Who says that a session of an order could not be ended, and has not taken it back. endpoint_id 0: nobody can tell who.
CREATE TABLE revocation_objection (
    revocation_id INTEGER NOT NULL REFERENCES revocation (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL,
    endpoint_id INTEGER NOT NULL,
    receipt_id INTEGER NOT NULL,
    PRIMARY KEY (revocation_id, session_id, endpoint_id)
);
-- Of what was said before only its order is known: it stands against each of the order's sessions.
INSERT INTO revocation_objection (revocation_id, session_id, endpoint_id, receipt_id)
SELECT r.revocation_id, o.session_id, COALESCE(r.endpoint_id, 0), MAX(r.id)
FROM receipt r JOIN revocation_session o ON o.revocation_id = r.revocation_id
WHERE r.hearing = 'against' AND NOT EXISTS (SELECT 1 FROM receipt l WHERE l.revocation_id = r.revocation_id
    AND l.id > r.id AND l.hearing = 'taken' AND (l.endpoint_id IS NULL OR l.endpoint_id = r.endpoint_id))
GROUP BY r.revocation_id, o.session_id, COALESCE(r.endpoint_id, 0);
DROP INDEX receipt_against;

-- What a receipt says, so that it is known again however long it is. None: from before.
ALTER TABLE receipt ADD COLUMN digest TEXT;

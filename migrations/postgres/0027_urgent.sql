-- An order to end sessions waits behind no notice, and no notice behind it.
UPDATE delivery SET order_key = NULL
WHERE state = 'pending' AND order_key IS NOT NULL AND type = 'session.revocation.requested';
-- Orders that nobody has taken, by their place in the feed: each poll asks for them.
CREATE INDEX revocation_requested ON revocation (project_id, feed) WHERE state = 'requested';
-- 1: a rotation planned it. It is not sent while its endpoint is paused, unlike what somebody asks.
ALTER TABLE endpoint_probe ADD COLUMN planned BIGINT NOT NULL DEFAULT 0;
UPDATE endpoint_probe SET planned = 1 WHERE verdict IS NULL AND sent_at IS NULL;

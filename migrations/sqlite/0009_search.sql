-- How a receipt is heard: taken; against (it says that a session could not be ended, or contradicts what is known); refused.
ALTER TABLE receipt ADD COLUMN hearing TEXT NOT NULL DEFAULT 'taken';
UPDATE receipt SET hearing = CASE WHEN verdict LIKE 'refused: %' THEN 'refused'
    WHEN verdict LIKE 'contradicts: %' OR body LIKE '%"outcome":"failed"%' OR body LIKE '%"outcome": "failed"%' THEN 'against'
    ELSE 'taken' END;
CREATE INDEX receipt_against ON receipt (revocation_id) WHERE hearing = 'against';

-- Deliveries and inbound webhooks are found by whom they are about.
CREATE INDEX message_user ON message (user_key, id) WHERE user_key IS NOT NULL;
CREATE INDEX inbound_revocation ON inbound (revocation_id) WHERE revocation_id IS NOT NULL;

-- 1: it ends, and still waits for what it has on its way. It counts as alive, and claims nothing more.
ALTER TABLE replica ADD COLUMN draining INTEGER NOT NULL DEFAULT 0;

-- 1: the endpoint only listens, as its policy says: it ends no sessions.
ALTER TABLE endpoint ADD COLUMN observer INTEGER GENERATED ALWAYS AS (COALESCE(json_extract(policy, '$.observer'), 0)) VIRTUAL;

-- Where an attempt went; NULL of those from before this was written down.
ALTER TABLE attempt ADD COLUMN url TEXT;

-- Whose receipt it is: the endpoint whose answer it was, or with whose secret it was signed. NULL: nobody can tell.
ALTER TABLE receipt ADD COLUMN endpoint_id INTEGER;
UPDATE receipt SET endpoint_id = (SELECT d.endpoint_id FROM delivery d WHERE d.id = receipt.delivery_id)
    WHERE delivery_id IS NOT NULL;

-- When the wait for the next of an order's sessions is over: confirm_by, or later where all that are awaited were put off.
ALTER TABLE revocation ADD COLUMN next_limit INTEGER NOT NULL DEFAULT 0;
UPDATE revocation SET next_limit = confirm_by;
DROP INDEX revocation_open;
CREATE INDEX revocation_open ON revocation (next_limit) WHERE settled_at IS NULL;

-- Of a valid inbound webhook, what was done about it: obeyed, nothing_asked, could_not.
ALTER TABLE inbound ADD COLUMN outcome TEXT;
UPDATE inbound SET outcome = CASE WHEN revocation_id IS NOT NULL THEN 'obeyed'
    WHEN reason IN ('it asks for nothing', 'this type asks for nothing') THEN 'nothing_asked' ELSE 'could_not' END
    WHERE status = 'valid';

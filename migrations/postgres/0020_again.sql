-- The order that was given after this one did not do what it should, for what may still have been in use.
ALTER TABLE revocation ADD COLUMN again_id BIGINT;
CREATE INDEX revocation_again ON revocation (again_id) WHERE again_id IS NOT NULL;

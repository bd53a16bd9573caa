-- Of orders that were given together, because there were more sessions than one takes: the first of them.
ALTER TABLE revocation ADD COLUMN given_with INTEGER;
CREATE INDEX revocation_given_with ON revocation (given_with) WHERE given_with IS NOT NULL;

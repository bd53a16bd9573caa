-- Rules hit by a condition as well as by a list, have effects, a scope, a priority, an end and a mode, and may come from
-- files. A rule with a condition has no target: ''.
ALTER TABLE rule ADD COLUMN effect TEXT NOT NULL DEFAULT 'block';
UPDATE rule SET effect = 'allow' WHERE kind = 'allow';
ALTER TABLE rule DROP COLUMN kind;
ALTER TABLE rule ADD COLUMN condition TEXT;
ALTER TABLE rule ADD COLUMN verbs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE rule ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rule ADD COLUMN expires_at BIGINT;
ALTER TABLE rule ADD COLUMN mode TEXT NOT NULL DEFAULT 'enforce';
ALTER TABLE rule ADD COLUMN managed BIGINT NOT NULL DEFAULT 0;

-- How often each rule hit, by the day of the receipt, counted from 1970.
CREATE TABLE rule_hit (
    rule_id BIGINT NOT NULL REFERENCES rule (id) ON DELETE CASCADE,
    day BIGINT NOT NULL,
    enforced BIGINT NOT NULL,
    shadow BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    PRIMARY KEY (rule_id, day)
);

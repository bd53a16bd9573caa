-- Rules hit by a condition as well as by a list, have effects, a scope, a priority, an end and a mode, and may come from
-- files. A rule with a condition has no target: ''.
ALTER TABLE rule ADD COLUMN effect TEXT NOT NULL DEFAULT 'block';
UPDATE rule SET effect = 'allow' WHERE kind = 'allow';
ALTER TABLE rule DROP COLUMN kind;
ALTER TABLE rule ADD COLUMN condition TEXT;
ALTER TABLE rule ADD COLUMN verbs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE rule ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rule ADD COLUMN expires_at INTEGER;
ALTER TABLE rule ADD COLUMN mode TEXT NOT NULL DEFAULT 'enforce';
ALTER TABLE rule ADD COLUMN managed INTEGER NOT NULL DEFAULT 0;

-- How often each rule hit, by the day of the receipt, counted from 1970.
CREATE TABLE rule_hit (
    rule_id INTEGER NOT NULL REFERENCES rule (id) ON DELETE CASCADE,
    day INTEGER NOT NULL,
    enforced INTEGER NOT NULL,
    shadow INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    PRIMARY KEY (rule_id, day)
);

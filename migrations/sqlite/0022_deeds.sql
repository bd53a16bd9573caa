-- What was done in the course of an alert, a bit for each domain::risk::sequence::Action: each is told once.
ALTER TABLE alert ADD COLUMN deeds INTEGER NOT NULL DEFAULT 0;

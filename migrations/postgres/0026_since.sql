-- The orders about a user since a session began: asked for each event, and few however many there were before.
CREATE INDEX revocation_since ON revocation (user_key, requested_at);

-- What retention still has to take of inbound webhooks: of a valid one the row stays without headers and body, so that the
-- same one is known as a replay for ever.
CREATE INDEX inbound_whole ON inbound (project_id, id) WHERE status <> 'valid' OR headers <> '[]';

-- A promise counts for a day after the order at most, and is kept as it counts.
UPDATE revocation_session
    SET deferred_until = (SELECT r.requested_at + 86400000000 FROM revocation r WHERE r.id = revocation_session.revocation_id)
    WHERE deferred_until > (SELECT r.requested_at + 86400000000 FROM revocation r WHERE r.id = revocation_session.revocation_id);

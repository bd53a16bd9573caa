-- What a session goes on to do is looked for among the events of its user's alerts: found by both.
DROP INDEX event_alert;
CREATE INDEX event_alert ON event (alert_id, session_id) WHERE alert_id IS NOT NULL;

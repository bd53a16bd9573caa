-- Alerts that a login opened tell already that somebody got in: see domain::alert::store::deed.
UPDATE alert SET deeds = deeds + 256
WHERE state <> 'closed'
  AND EXISTS (SELECT 1 FROM event e WHERE e.id = alert.event_id AND e.verb IN ('log-in', 'desktop-login-success'));

-- How alarming a user and a session are until somebody vouches for it: when something of theirs was last orange, and last
-- red, that nobody vouched for; 0 for never. A session that passed a challenge: when; what is older is vouched for.
ALTER TABLE end_user ADD COLUMN orange_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE end_user ADD COLUMN red_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN orange_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN red_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN passed_at INTEGER NOT NULL DEFAULT 0;

-- What the log tells of those that are known already: failed attempts prove nothing, and closed alerts may have vouched.
CREATE TABLE told (
    project_id INTEGER NOT NULL,
    user_key INTEGER NOT NULL,
    session_id TEXT,
    orange_at INTEGER,
    red_at INTEGER
);
INSERT INTO told (project_id, user_key, session_id, orange_at, red_at)
SELECT e.project_id, e.user_key, e.session_id,
    MAX(CASE WHEN e.level = 1 THEN e.occurred_at ELSE 0 END), MAX(CASE WHEN e.level > 1 THEN e.occurred_at ELSE 0 END)
FROM event e LEFT JOIN alert a ON a.id = e.alert_id
WHERE e.level > 0 AND e.user_key IS NOT NULL
    AND e.verb NOT IN ('log-in-denied', 'authentication-challenge-fail', 'password-reset-fail')
    AND COALESCE(a.resolution, '') NOT IN ('confirmed_by_user', 'expected', 'false_alarm')
GROUP BY e.project_id, e.user_key, e.session_id;
UPDATE end_user SET orange_at = whole.orange_at, red_at = whole.red_at FROM
    (SELECT user_key, MAX(orange_at) AS orange_at, MAX(red_at) AS red_at FROM told GROUP BY user_key) AS whole
    WHERE whole.user_key = end_user.key;
UPDATE session SET orange_at = told.orange_at, red_at = told.red_at FROM told
    WHERE told.project_id = session.project_id AND told.session_id = session.id AND told.user_key = session.user_key;
UPDATE session SET orange_at = 0 WHERE orange_at < started_at;
UPDATE session SET red_at = 0 WHERE red_at < started_at;
DROP TABLE told;

-- What goes on across users, as the process last saw it: waves of guesses are counted on after a restart.
ALTER TABLE memory ADD COLUMN crowd BLOB;

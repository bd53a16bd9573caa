-- What one rule forbids is one alert, however many users it hits: how many, which, and from where.
ALTER TABLE alert ADD COLUMN users BIGINT NOT NULL DEFAULT 1;
ALTER TABLE alert ADD COLUMN origin TEXT;
CREATE TABLE alert_member (
    alert_id BIGINT NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    user_key BIGINT NOT NULL REFERENCES end_user (key) ON DELETE CASCADE,
    PRIMARY KEY (alert_id, user_key)
);
CREATE INDEX alert_member_user ON alert_member (user_key, alert_id);

-- Where a replica tries whether the database takes writes again; a row is there only while it tries.
CREATE TABLE write_probe (
    replica_id BIGINT PRIMARY KEY,
    body TEXT NOT NULL
);

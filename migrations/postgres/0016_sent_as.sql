-- As what an attempt went: the format of its body, and whether its endpoint only listened then, so that the body had no
-- receipt_url. NULL of those from before this was written down.
ALTER TABLE attempt ADD COLUMN format TEXT;
ALTER TABLE attempt ADD COLUMN observer BIGINT;

-- By which mail address users are found, its ASCII letters small. A table of its own: an index of end_user would be written
-- with every event.
CREATE TABLE user_mail (
    user_key BIGINT PRIMARY KEY REFERENCES end_user (key) ON DELETE CASCADE,
    project_id BIGINT NOT NULL,
    mail TEXT NOT NULL
);
INSERT INTO user_mail (user_key, project_id, mail) SELECT key, project_id, TRANSLATE(email, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') FROM end_user WHERE email IS NOT NULL;
CREATE INDEX user_mail_mail ON user_mail (project_id, mail, user_key);

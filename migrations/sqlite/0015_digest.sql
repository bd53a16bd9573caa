-- What operators are to be told by mail, until a digest has told it: see domain::notice::digest.
CREATE TABLE digest_item (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    path TEXT NOT NULL,
    urgent INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX digest_item_project ON digest_item (project_id, id);
-- When a project's last digest was written.
ALTER TABLE project ADD COLUMN digest_at INTEGER NOT NULL DEFAULT 0;

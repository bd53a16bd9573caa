-- The statistical engine. A profile is a compact blob now; profiles of the first engine were JSON, and are learned anew
-- from the log by `porchlight profiles rebuild`.
DROP TABLE profile;
CREATE TABLE profile (
    user_key BIGINT PRIMARY KEY REFERENCES end_user (key) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    state BYTEA NOT NULL,
    updated_at BIGINT NOT NULL
);

-- What is kept of a session to see that somebody else goes on with it: see domain::risk::session.
ALTER TABLE session ADD COLUMN memory BYTEA;

-- When a "no" was followed by the look back for logins that resemble it.
ALTER TABLE question ADD COLUMN looked_back_at BIGINT;
CREATE INDEX question_look_back ON question (id) WHERE answer = 'no' AND looked_back_at IS NULL;

-- What a project's judgement remembers beside its users' profiles: one part for each process that learns, which add up.
CREATE TABLE memory (
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    replica_id BIGINT NOT NULL,
    state BYTEA NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, replica_id)
);

-- Weights refitted from users' answers; append-only, the newest holds. `state` is JSON: see domain::risk::Calibration.
CREATE TABLE calibration (
    id BIGINT PRIMARY KEY,
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    fit TEXT NOT NULL,
    fitted_at BIGINT NOT NULL
);
CREATE INDEX calibration_project ON calibration (project_id, id);

-- A draft played against the stored log. `draft` and `outcome` are JSON: see domain::backtest.
-- state: waiting, running, done, failed, cancelled. Who plays it holds it until lease_until.
CREATE TABLE backtest (
    id BIGINT PRIMARY KEY,
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    draft TEXT NOT NULL,
    label TEXT NOT NULL,
    state TEXT NOT NULL,
    progress DOUBLE PRECISION NOT NULL,
    lease_until BIGINT NOT NULL,
    outcome TEXT,
    error TEXT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX backtest_project ON backtest (project_id, id);
CREATE INDEX backtest_due ON backtest (id) WHERE state IN ('waiting', 'running');

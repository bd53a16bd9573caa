-- The delivery engine. An endpoint's own delivery policy is JSON: see domain::webhook::Policy; its health is what every
-- replica goes by: see domain::webhook::Health.
ALTER TABLE endpoint ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';
ALTER TABLE endpoint ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN failed_messages BIGINT NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN open_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN warned_at BIGINT;

-- lane: 0 first attempts, 1 retries, 2 bulk replay. order_key: set where an endpoint wants each user's messages in order.
-- claimed_by: the replica that has it on its way, 0 none. replay_id: the job that made it.
ALTER TABLE delivery ADD COLUMN lane BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN order_key BIGINT;
ALTER TABLE delivery ADD COLUMN claimed_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN replay_id BIGINT;
UPDATE delivery SET lane = 1 WHERE state = 'pending' AND attempts > 0;
UPDATE delivery SET claim = 0, lease_until = 0 WHERE claim <> 0;
DROP INDEX delivery_due;
CREATE INDEX delivery_queue ON delivery (endpoint_id, lane, next_attempt_at, id) WHERE state = 'pending';
CREATE INDEX delivery_ordered ON delivery (endpoint_id, order_key, id) WHERE state = 'pending' AND order_key IS NOT NULL;
CREATE INDEX delivery_claimed ON delivery (claimed_by) WHERE claimed_by > 0;
-- What makes a job that goes on after a crash send nothing twice.
CREATE UNIQUE INDEX delivery_replay ON delivery (replay_id, endpoint_id, message_id) WHERE replay_id IS NOT NULL;
CREATE INDEX message_project ON message (project_id, id);

-- Bulk resends: everything that `scope` (JSON: see domain::webhook::ReplayScope) names gets one new delivery each.
-- state: running, done, cancelled. `cursor` is where it goes on; `rate` is new deliveries a second.
CREATE TABLE replay (
    id BIGINT PRIMARY KEY,
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    state TEXT NOT NULL,
    rate BIGINT NOT NULL,
    total BIGINT NOT NULL,
    made BIGINT NOT NULL,
    cursor BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX replay_project ON replay (project_id, id);
CREATE INDEX replay_running ON replay (due_at) WHERE state = 'running';

-- A replica that serves adds one to `beat` each second; 0: it ended, or was found dead.
ALTER TABLE replica ADD COLUMN beat BIGINT NOT NULL DEFAULT 0;
CREATE INDEX replica_beating ON replica (id) WHERE beat > 0;

-- What the console's pages of a large log need, each measured; see the README's figures.

-- Lists of one country or one tenant find their rows in order.
CREATE INDEX event_country ON event (project_id, country, occurred_at, id) WHERE country IS NOT NULL;
CREATE INDEX event_source ON event (project_id, source, occurred_at, id) WHERE source IS NOT NULL;

-- Events counted by the day (UTC, from 1970) on which they happened; unusual: above green. A row for each process that
-- records, so that none waits for another; they add up.
CREATE TABLE event_day (
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    day BIGINT NOT NULL,
    replica_id BIGINT NOT NULL,
    events BIGINT NOT NULL,
    unusual BIGINT NOT NULL,
    PRIMARY KEY (project_id, day, replica_id)
);
INSERT INTO event_day (project_id, day, replica_id, events, unusual)
SELECT project_id, occurred_at / 86400000000, 0, COUNT(*), SUM(CASE WHEN level > 0 THEN 1 ELSE 0 END)
FROM event GROUP BY 1, 2;

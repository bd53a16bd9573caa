//! Figures of endpoints: what arrived of late, what waits, how long answers take.

use std::collections::BTreeMap;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::attempts::phases;
use super::messages::HELD;
use super::standing::health;
use crate::db::{Db, json, time};
use crate::id::{EndpointId, ProjectId, first_id};
use crate::latency::Latency;
use crate::webhook::{EndpointState, Hold, LATELY, PhaseLatency, SignatureStatus, Traffic};
use crate::{Result, Timestamp};

/// Of so many of an endpoint's latest deliveries the attempts are timed.
const TIMED: i64 = 200;
/// So many of them are looked through for one that was sent.
const LATEST: i64 = 10_000;

/// The traffic of a project's endpoints; one without any has no entry.
pub async fn traffic(db: &Db, project: ProjectId, now: Timestamp) -> Result<BTreeMap<EndpointId, Traffic>> {
    // A delivery that arrived at once had no failure; of all others, also those sent once more by hand, the attempts say it.
    let lately = sqlx::query(
        "SELECT endpoint_id, COUNT(*) AS deliveries, CAST(SUM(attempts) AS BIGINT) AS attempts, \
         CAST(SUM(CASE WHEN attempts = 0 OR (attempts = 1 AND state = 'delivered') THEN 0 ELSE (SELECT COUNT(*) FROM attempt a \
         WHERE a.delivery_id = delivery.id AND a.error IS NOT NULL) END) AS BIGINT) AS failed, \
         CAST(SUM(CASE WHEN state = 'delivered' THEN 1 ELSE 0 END) AS BIGINT) AS delivered \
         FROM delivery WHERE project_id = $1 AND id >= $2 GROUP BY endpoint_id",
    )
    .bind(project.0)
    .bind(first_id(now.plus(-LATELY)))
    .fetch_all(db.reader())
    .await?;
    let mut all: BTreeMap<EndpointId, Traffic> = BTreeMap::new();
    for row in &lately {
        let traffic = all.entry(EndpointId(row.try_get("endpoint_id")?)).or_default();
        traffic.deliveries = row.try_get("deliveries")?;
        traffic.attempts = row.try_get("attempts")?;
        traffic.failed = row.try_get("failed")?;
        traffic.delivered = row.try_get("delivered")?;
    }
    for row in &waiting(db, project, now).await? {
        let traffic = all.entry(EndpointId(row.try_get("id")?)).or_default();
        (traffic.waiting, traffic.held) = (row.try_get("waiting")?, row.try_get("held")?);
        let held = row.try_get::<&str, _>("state")? == EndpointState::Active.as_str();
        let until = time(row, "open_until")?.filter(|until| held && *until > now);
        traffic.on_hold_until = until;
    }
    Ok(all)
}

/// What waits for each endpoint that anything waits for, or that is on hold.
async fn waiting(db: &Db, project: ProjectId, now: Timestamp) -> Result<Vec<AnyRow>> {
    let rows = sqlx::query(
        "SELECT w.* FROM (SELECT e.id, e.state, e.open_until, (SELECT COUNT(*) FROM delivery d WHERE d.endpoint_id = e.id \
         AND d.state = 'pending') AS waiting, (SELECT COUNT(*) FROM delivery d WHERE d.endpoint_id = e.id \
         AND d.state = 'pending' AND d.next_attempt_at = $3) AS held FROM endpoint e WHERE e.project_id = $1 AND e.state <> 'deleted') w \
         WHERE w.waiting > 0 OR w.open_until > $2",
    )
    .bind(project.0)
    .bind(now.0)
    .bind(HELD.0)
    .fetch_all(db.reader())
    .await?;
    Ok(rows)
}

/// Which of a project's endpoints are on hold at `now`.
pub async fn holds(db: &Db, project: ProjectId, now: Timestamp) -> Result<BTreeMap<EndpointId, Hold>> {
    let rows =
        sqlx::query("SELECT * FROM endpoint WHERE project_id = $1 AND state = 'active' AND open_until > $2")
            .bind(project.0)
            .bind(now.0)
            .fetch_all(db.reader())
            .await?;
    rows.iter().map(|row| Ok((EndpointId(row.try_get("id")?), Hold::of(&health(row)?)))).collect()
}

/// How long an endpoint takes to answer; None before its first attempt.
pub async fn latency(db: &Db, project: ProjectId, endpoint: EndpointId) -> Result<Option<Latency>> {
    let durations = sqlx::query_scalar(
        "SELECT a.duration_us FROM (SELECT id FROM delivery WHERE endpoint_id = $1 AND project_id = $2 \
         ORDER BY id DESC LIMIT $3) d JOIN attempt a ON a.delivery_id = d.id",
    )
    .bind(endpoint.0)
    .bind(project.0)
    .bind(TIMED)
    .fetch_all(db.reader())
    .await?;
    Ok(Latency::of(durations))
}

/// How an endpoint's last attempt was signed; None where none is among its latest deliveries.
pub async fn last_signature(
    db: &Db,
    project: ProjectId,
    endpoint: EndpointId,
) -> Result<Option<SignatureStatus>> {
    let row = sqlx::query(
        "SELECT a.signature FROM (SELECT t.id FROM (SELECT id, attempts FROM delivery WHERE endpoint_id = $1 AND project_id = $2 \
         ORDER BY id DESC LIMIT $3) t WHERE t.attempts > 0 ORDER BY t.id DESC LIMIT $4) d \
         JOIN attempt a ON a.delivery_id = d.id ORDER BY a.started_at DESC, a.id DESC LIMIT 1",
    )
    .bind(endpoint.0)
    .bind(project.0)
    .bind(LATEST)
    .bind(TIMED)
    .fetch_optional(db.reader())
    .await?;
    row.map(|row| json(&row, "signature")).transpose()
}

/// Where the time of an endpoint's latest attempts went.
pub async fn phase_latency(db: &Db, project: ProjectId, endpoint: EndpointId) -> Result<PhaseLatency> {
    let rows = sqlx::query(
        "SELECT a.dns_us, a.connect_us, a.wait_us, a.body_us FROM (SELECT id FROM delivery WHERE endpoint_id = $1 AND project_id = $2 \
         ORDER BY id DESC LIMIT $3) d JOIN attempt a ON a.delivery_id = d.id",
    )
    .bind(endpoint.0)
    .bind(project.0)
    .bind(TIMED)
    .fetch_all(db.reader())
    .await?;
    Ok(PhaseLatency::of(&rows.iter().map(phases).collect::<Result<Vec<_>>>()?))
}

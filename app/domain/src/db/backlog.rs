//! What waits in the queues and what is wrong, for the counts that operations watch.

use sqlx::Row;

use super::Db;
use crate::alert;
use crate::{Result, Timestamp};

/// How much waits in one queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// `deliveries`, `notices`, `revocations`.
    pub queue: &'static str,
    /// How many are there.
    pub waiting: i64,
    /// Since when the oldest is; of orders since when the first's time limit is over, or when that will be: what the application
    /// may take its time for waits for nobody here.
    pub oldest: Option<Timestamp>,
}

const QUEUES: [(&str, &str); 3] = [
    (
        "deliveries",
        "SELECT COUNT(*) AS waiting, MIN(created_at) AS oldest FROM delivery WHERE state = 'pending'",
    ),
    ("notices", "SELECT COUNT(*) AS waiting, MIN(created_at) AS oldest FROM notice WHERE state = 'pending'"),
    (
        "revocations",
        "SELECT COUNT(*) AS waiting, MIN(next_limit) AS oldest FROM revocation WHERE settled_at IS NULL",
    ),
];

/// Deliveries not sent yet, notices not sent yet, orders to end sessions that are open.
pub async fn backlog(db: &Db) -> Result<Vec<Backlog>> {
    let mut found = Vec::with_capacity(QUEUES.len());
    for (queue, statement) in QUEUES {
        let row = sqlx::query(statement).fetch_one(db.reader()).await?;
        let oldest: Option<i64> = row.try_get("oldest")?;
        found.push(Backlog { queue, waiting: row.try_get("waiting")?, oldest: oldest.map(Timestamp) });
    }
    Ok(found)
}

/// How many alerts of each kind are not closed, those of which there are none too.
pub async fn open_alerts(db: &Db) -> Result<Vec<(String, i64)>> {
    let rows = sqlx::query("SELECT kind, COUNT(*) AS many FROM alert WHERE state <> 'closed' GROUP BY kind")
        .fetch_all(db.reader())
        .await?;
    let mut found: Vec<(String, i64)> = alert::KINDS.map(|kind| (kind.to_owned(), 0)).into();
    for row in &rows {
        let (kind, many): (&str, i64) = (row.try_get("kind")?, row.try_get("many")?);
        match found.iter_mut().find(|(known, _)| known == kind) {
            Some((_, count)) => *count = many,
            None => found.push((kind.to_owned(), many)),
        }
    }
    Ok(found)
}

/// How many endpoints are in each standing: `active`, `failing` (every attempt has, for some time), `on_hold` (after
/// failures nothing is sent for a while), `paused`, `disabled`. One that fails or is on hold is not counted as active.
pub async fn endpoints(db: &Db, now: Timestamp) -> Result<Vec<(&'static str, i64)>> {
    let rows = sqlx::query(
        "SELECT standing, COUNT(*) AS many FROM (SELECT CASE WHEN state <> 'active' THEN state WHEN open_until > $1 THEN 'on_hold' \
         WHEN failing_since IS NOT NULL THEN 'failing' ELSE 'active' END AS standing FROM endpoint WHERE state <> 'deleted') AS e \
         GROUP BY standing",
    )
    .bind(now.0)
    .fetch_all(db.reader())
    .await?;
    let mut found = ["active", "failing", "on_hold", "paused", "disabled"].map(|standing| (standing, 0));
    for row in &rows {
        let (standing, many): (&str, i64) = (row.try_get("standing")?, row.try_get("many")?);
        found.iter_mut().filter(|(known, _)| *known == standing).for_each(|(_, count)| *count = many);
    }
    Ok(found.into())
}

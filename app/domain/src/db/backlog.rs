//! What waits in the queues, for the counts that operations watch.

use sqlx::Row;

use super::Db;
use crate::{Result, Timestamp};

/// How much waits in one queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// `deliveries`, `notices`, `revocations`.
    pub queue: &'static str,
    /// How many are there.
    pub waiting: i64,
    /// Since when the oldest is.
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
        "SELECT COUNT(*) AS waiting, MIN(requested_at) AS oldest FROM revocation WHERE settled_at IS NULL",
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

//! What waits, by endpoint: found by jumping from one endpoint to the next in the queue's index, so that a million
//! deliveries to one cost no more than one.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::messages::HELD;
use super::standing::health;
use crate::db::{Db, json};
use crate::id::EndpointId;
use crate::webhook::dispatch::{LANES, Waiting};
use crate::{Result, Timestamp};

/// How many endpoints are looked at in one go.
const SCAN: usize = 256;

macro_rules! first_due {
    ($lane:literal) => {
        concat!(
            "(SELECT d.next_attempt_at FROM delivery d WHERE d.endpoint_id = e.id AND d.lane = ",
            $lane,
            " AND d.state = 'pending' AND d.lease_until <= $2 ORDER BY d.next_attempt_at LIMIT 1) AS due",
            $lane
        )
    };
}

const WAITING: &str = concat!(
    "WITH RECURSIVE queue (endpoint_id, place) AS (
        SELECT (SELECT MIN(d.endpoint_id) FROM delivery d WHERE d.state = 'pending' AND d.endpoint_id > $1), 1
        UNION ALL
        SELECT (SELECT MIN(d.endpoint_id) FROM delivery d WHERE d.state = 'pending' AND d.endpoint_id > queue.endpoint_id),
            queue.place + 1 FROM queue WHERE queue.endpoint_id IS NOT NULL AND queue.place < 256)
     SELECT e.*, ",
    first_due!("0"),
    ", ",
    first_due!("1"),
    ", ",
    first_due!("2"),
    ", ",
    first_due!("3"),
    " FROM queue JOIN endpoint e ON e.id = queue.endpoint_id ORDER BY e.id"
);

/// Endpoints with pending deliveries.
#[derive(Clone, Debug, Default)]
pub struct Queued {
    /// In order of their ids.
    pub waiting: Vec<Waiting>,
    /// There may be more after this one.
    pub more_after: Option<EndpointId>,
}

/// The endpoints after `after` that have pending deliveries which nobody has claimed.
pub async fn waiting(db: &Db, after: EndpointId, now: Timestamp) -> Result<Queued> {
    let rows = sqlx::query(WAITING).bind(after.0).bind(now.0).fetch_all(db.reader()).await?;
    let last = rows.last().map(|row| row.try_get("id")).transpose()?.map(EndpointId);
    let waiting = rows.iter().map(endpoint).collect::<Result<_>>()?;
    Ok(Queued { waiting, more_after: last.filter(|_| rows.len() >= SCAN) })
}

fn endpoint(row: &AnyRow) -> Result<Waiting> {
    let mut due = [None; LANES];
    for (due, column) in due.iter_mut().zip(["due0", "due1", "due2", "due3"]) {
        *due = crate::db::time(row, column)?.filter(|due| *due < HELD);
    }
    Ok(Waiting {
        endpoint: EndpointId(row.try_get("id")?),
        due,
        policy: json(row, "policy")?,
        health: health(row)?,
    })
}

//! The worker that deletes what a project no longer keeps.

use porchlight_domain::db::Db;
use porchlight_domain::retention::store;
use porchlight_domain::time::SECOND;
use porchlight_domain::{Result, Timestamp};

use crate::worker::Outcome;

/// Between two batches: whoever records comes first.
const PAUSE: i64 = SECOND / 20;

/// Deletes one batch; soon again while there is more, else in an hour.
pub async fn step(db: &Db, now: Timestamp) -> Result<Outcome> {
    let expired = store::step(db, now).await?;
    if expired == 0 {
        return Ok(Outcome::Idle(None));
    }
    metrics::counter!("porchlight_expired_total").increment(expired as u64);
    Ok(Outcome::Idle(Some(now.plus(PAUSE))))
}

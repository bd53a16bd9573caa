//! The worker that writes down how many inbound webhooks were counted.

use porchlight_domain::db::Db;
use porchlight_domain::inbound::store;
use porchlight_domain::time::SECOND;
use porchlight_domain::{Result, Timestamp};

use crate::worker::Outcome;

/// Writes the counts of the last second.
pub async fn step(db: &Db, now: Timestamp) -> Result<Outcome> {
    store::flush(db, now).await?;
    Ok(Outcome::Idle(Some(now.plus(SECOND))))
}

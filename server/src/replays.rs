//! The worker of bulk resends: a page of new deliveries at a time, at each job's rate.

use porchlight_domain::db::Db;
use porchlight_domain::webhook::store::replays;
use porchlight_domain::{Result, Timestamp};

use crate::worker::Outcome;

/// Makes the next page that is due.
pub async fn step(db: &Db, now: Timestamp) -> Result<Outcome> {
    Ok(match replays::advance(db, now).await? {
        Some(next) if next <= now => Outcome::Worked,
        next => Outcome::Idle(next),
    })
}

//! The worker that ends every wait for a receipt at its time limit.

use porchlight_domain::db::Db;
use porchlight_domain::revocation::store;
use porchlight_domain::{Result, Timestamp};

use crate::worker::Outcome;

/// Makes unconfirmed what is overdue at `now`: operators and endpoints are told, the order is sent once more.
pub async fn step(db: &Db, now: Timestamp) -> Result<Outcome> {
    let overdue = store::overdue(db, now).await?;
    if overdue > 0 {
        metrics::counter!("porchlight_revocations_overdue_total").increment(overdue as u64);
        return Ok(Outcome::Worked);
    }
    Ok(Outcome::Idle(store::next_due(db).await?))
}

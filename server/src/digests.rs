//! The worker that writes the mails to operators; the notices' worker sends them.

use porchlight_domain::db::Db;
use porchlight_domain::notice::store::{next_digest, write_digest};
use porchlight_domain::{Result, Timestamp};

use crate::worker::Outcome;

/// Writes the digest that is due at `now`, if one is.
pub async fn step(db: &Db, public_url: &str, now: Timestamp) -> Result<Outcome> {
    if write_digest(db, public_url, now).await? {
        return Ok(Outcome::Worked);
    }
    Ok(Outcome::Idle(next_digest(db).await?))
}

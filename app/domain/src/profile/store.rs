//! Profiles: SQL. Events teach them in groups (`event::store::record`); here an answer changes one.

use super::Profile;
use crate::db::{Tx, json, to_json};
use crate::id::UserKey;
use crate::{Result, Timestamp};

/// Loads a user's profile, changes it, saves it. The user's row is held first, as by the recording of events, so that
/// neither overwrites what the other learned. The update changes nothing; it is the lock that both engines know.
pub async fn change(
    tx: &mut Tx<'_>,
    user: UserKey,
    now: Timestamp,
    change: impl FnOnce(&mut Profile),
) -> Result<()> {
    sqlx::query("UPDATE end_user SET level = level WHERE key = $1").bind(user.0).execute(tx.conn()).await?;
    let row = sqlx::query("SELECT state FROM profile WHERE user_key = $1")
        .bind(user.0)
        .fetch_optional(tx.conn())
        .await?;
    let mut profile: Profile = row.map(|row| json(&row, "state")).transpose()?.unwrap_or_default();
    change(&mut profile);
    sqlx::query(
        "INSERT INTO profile (user_key, version, state, updated_at) VALUES ($1, 1, $2, $3) \
         ON CONFLICT (user_key) DO UPDATE SET version = profile.version + 1, state = excluded.state, \
         updated_at = excluded.updated_at",
    )
    .bind(user.0)
    .bind(to_json(&profile)?)
    .bind(now.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

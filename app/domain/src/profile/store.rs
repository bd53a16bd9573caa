//! Profiles: SQL. Events teach them in groups (`event::store::record`); here an answer changes one.

use std::sync::Once;

use serde_json::json;

use super::{Profile, Usual};
use crate::db::{Db, Tx};
use crate::event::{self, EventFilter};
use crate::id::{ProjectId, UserKey};
use crate::operator::Actor;
use crate::page::Paging;
use crate::{Error, Result, Timestamp, ledger, user};

/// Loads a user's profile, changes it, saves it. The user's row is held first, as by the recording of events, so that
/// neither overwrites what the other learned.
pub async fn change(
    tx: &mut Tx<'_>,
    user: UserKey,
    now: Timestamp,
    change: impl FnOnce(&mut Profile),
) -> Result<()> {
    user::store::hold(tx, user).await?;
    let state: Option<Vec<u8>> = sqlx::query_scalar("SELECT state FROM profile WHERE user_key = $1")
        .bind(user.0)
        .fetch_optional(tx.conn())
        .await?;
    let mut profile = state.map(|state| stored(user, &state)).unwrap_or_default();
    change(&mut profile);
    sqlx::query(
        "INSERT INTO profile (user_key, version, state, updated_at) VALUES ($1, 1, $2, $3) \
         ON CONFLICT (user_key) DO UPDATE SET version = profile.version + 1, state = excluded.state, \
         updated_at = excluded.updated_at",
    )
    .bind(user.0)
    .bind(profile.encode())
    .bind(now.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// An operator let learning go on, in the ledger.
pub(crate) const UNFROZEN: &str = "user.unfrozen";

/// Learning goes on for a user whose "no" has stopped it: an operator saw to it that the thief is out. A conflict when
/// nothing stops it.
pub async fn unfreeze(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    user: UserKey,
    now: Timestamp,
) -> Result<()> {
    user::store::get(db, project, user).await?;
    let mut tx = db.begin().await?;
    let mut stopped = None;
    change(&mut tx, user, now, |profile| {
        stopped = profile.frozen(now);
        profile.unfreeze();
    })
    .await?;
    let Some(stopped) = stopped else {
        return Err(Error::conflict("this user’s habits are being learned already"));
    };
    let detail = json!({ "since": stopped.since, "until": stopped.until });
    ledger::record(&mut tx, now, Some(project), actor, UNFROZEN, &user.to_string(), &detail).await?;
    tx.commit().await
}

/// From how many of a user's latest events the names of their habits are taken.
const NAMED_BY: i64 = 100;

/// What a user usually does; nothing for a user that this project does not have.
pub async fn usual(db: &Db, project: ProjectId, user: UserKey, now: Timestamp) -> Result<Usual> {
    let state: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT p.state FROM profile p JOIN end_user u ON u.key = p.user_key WHERE u.project_id = $1 AND u.key = $2",
    )
    .bind(project.0)
    .bind(user.0)
    .fetch_optional(db.reader())
    .await?;
    let Some(state) = state else { return Ok(Usual::default()) };
    let profile = stored(user, &state);
    let filter = EventFilter { user: Some(user), ..EventFilter::default() };
    let events = event::store::list(db, project, &filter, Paging::new(None, Some(NAMED_BY))).await?;
    Ok(profile.usual(&events.rows, now))
}

/// A user's profile as it was stored. Where it cannot be read they are judged as a newcomer, and learned anew: their events
/// are not refused for it.
pub(crate) fn stored(user: UserKey, state: &[u8]) -> Profile {
    static NEWER: Once = Once::new();
    let profile = Profile::decode(state).unwrap_or_else(|error| {
        tracing::error!(%error, user = user.0, "what was known of a user's habits is learned anew");
        Profile::default()
    });
    if profile.is_newer() {
        NEWER.call_once(|| {
            tracing::error!(
                "a newer version wrote profiles: until it runs again their users are judged as newcomers"
            );
        });
    }
    profile
}

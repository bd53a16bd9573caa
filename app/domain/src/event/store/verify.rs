//! Judging without recording: what `verify` answers.

use sqlx::Row;

use super::court::Judges;
use super::record::Arrival;
use super::sessions::Sessions;
use crate::db::Db;
use crate::id::UserKey;
use crate::profile::Profile;
use crate::profile::store::stored;
use crate::risk::Assessment;
use crate::{Result, Timestamp};

/// Who was never seen yet: no session is theirs.
const NOBODY: UserKey = UserKey(0);

/// Judges an event as [`record`](super::record()) would, with all that is kept of its user and its session, storing and
/// teaching nothing.
pub async fn assess_only(db: &Db, arrival: &Arrival, now: Timestamp) -> Result<Assessment> {
    let one = std::slice::from_ref(arrival);
    let judges = Judges::load(db, one, now).await?;
    let judge = judges.of(arrival.project)?;
    let seen = &arrival.observation;
    let sessions = Sessions::load(&mut *db.reader().acquire().await?, one).await?;
    let Some(user) = &seen.event.user else { return Ok(judge.ask_anonymous(seen, &sessions)) };
    let row = sqlx::query(
        "SELECT u.key, p.state, u.first_seen_at FROM end_user u JOIN profile p ON p.user_key = u.key \
         WHERE u.project_id = $1 AND u.id = $2",
    )
    .bind(arrival.project.0)
    .bind(&user.id)
    .fetch_optional(db.reader())
    .await?;
    let (who, profile) = match row {
        Some(row) => {
            let user = UserKey(row.try_get("key")?);
            ((user, Timestamp(row.try_get("first_seen_at")?)), stored(user, row.try_get("state")?))
        }
        None => ((NOBODY, seen.at), Profile::default()),
    };
    Ok(judge.ask(seen, who, &profile, &sessions))
}

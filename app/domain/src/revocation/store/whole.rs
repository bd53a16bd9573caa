//! Orders that name no session: of users of whom none was ever named, or, by hand, of whom none is known to live.

use super::Request;
use crate::db::Tx;
use crate::event::verb::is_login_in_sql;
use crate::id::{ProjectId, RevocationId, UserKey};
use crate::operator::Actor;
use crate::revocation::receipt::WHOLE;
use crate::{Result, Timestamp};

/// True of a user of whom no event ever named a session. What a receipt or an order named is no sign that the next login
/// will.
pub(crate) async fn is_nameless(tx: &mut Tx<'_>, project: ProjectId, user: UserKey) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM session WHERE user_key = $1 AND project_id = $2 AND last_event_id <> 0 LIMIT 1) s";
    let named: i64 = sqlx::query_scalar(sql).bind(user.0).bind(project.0).fetch_one(tx.conn()).await?;
    Ok(named == 0)
}

/// True where an order for all of a user's sessions is about those that nobody knows of, too: no event named one that lives,
/// and whoever gives it by hand means all. An answer or a rule is about what was seen, unless no session is ever named.
pub(super) async fn covers_unknown(
    tx: &mut Tx<'_>,
    request: &Request<'_>,
    idle_since: Timestamp,
) -> Result<bool> {
    let by_hand = !matches!(request.actor, Actor::User(_) | Actor::Rule(_));
    Ok(match by_hand {
        true => !is_seen_alive(tx, request, idle_since).await?,
        false => is_nameless(tx, request.project, request.user).await?,
    })
}

/// What only an order or a receipt named tells nothing of the others.
async fn is_seen_alive(tx: &mut Tx<'_>, request: &Request<'_>, idle_since: Timestamp) -> Result<bool> {
    let alive: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM (SELECT 1 FROM session WHERE user_key = $1 AND project_id = $2 AND state = 'live' \
         AND last_seen_at > $3 AND last_event_id <> 0 LIMIT 1) s",
    )
    .bind(request.user.0)
    .bind(request.project.0)
    .bind(idle_since.0)
    .fetch_one(tx.conn())
    .await?;
    Ok(alive > 0)
}

/// When the user $1 logged in last; 0 for never.
macro_rules! last_login {
    () => {
        concat!(
            "COALESCE((SELECT e.occurred_at FROM event e WHERE e.user_key = $1 AND ",
            is_login_in_sql!(),
            " ORDER BY e.occurred_at DESC LIMIT 1), 0)",
        )
    };
}

/// True when a rule that hits calls for an order about the user as a whole: of a user of whom no session was named, while
/// no order is open. One is enough for what the user does until the next login.
pub(crate) async fn is_due(
    tx: &mut Tx<'_>,
    project: ProjectId,
    user: UserKey,
    logs_in: bool,
) -> Result<bool> {
    if !is_nameless(tx, project, user).await? || open_whole(tx, project, user).await?.is_some() {
        return Ok(false);
    }
    if logs_in {
        return Ok(true);
    }
    let given: i64 = sqlx::query_scalar(concat!(
        "SELECT COUNT(*) FROM revocation WHERE user_key = $1 AND project_id = $2 AND scope = 'all' AND requested_at >= ",
        last_login!()
    ))
    .bind(user.0)
    .bind(project.0)
    .fetch_one(tx.conn())
    .await?;
    Ok(given == 0)
}

/// Holds the user's row, so that of two hands at once the second sees what the first ordered.
pub(super) async fn hold_user(tx: &mut Tx<'_>, user: UserKey) -> Result<()> {
    // Changes nothing; it is the lock that both engines know.
    sqlx::query("UPDATE end_user SET events = events WHERE key = $1").bind(user.0).execute(tx.conn()).await?;
    Ok(())
}

/// The order that is open for a user as a whole, where it is about all there is by now: the user has not logged in since.
pub(crate) async fn open_whole(
    tx: &mut Tx<'_>,
    project: ProjectId,
    user: UserKey,
) -> Result<Option<RevocationId>> {
    hold_user(tx, user).await?;
    let id: Option<i64> = sqlx::query_scalar(concat!(
        "SELECT MAX(r.id) FROM revocation r JOIN revocation_session o ON o.revocation_id = r.id \
         WHERE r.user_key = $1 AND r.project_id = $2 AND o.session_id = $3 AND r.settled_at IS NULL AND r.requested_at >= ",
        last_login!()
    ))
    .bind(user.0)
    .bind(project.0)
    .bind(WHOLE)
    .fetch_one(tx.conn())
    .await?;
    Ok(id.map(RevocationId))
}

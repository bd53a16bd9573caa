//! Orders that people and applications give by hand, each in a transaction of its own.

use super::request::{Request, request};
use crate::db::{Db, Tx};
use crate::id::{ProjectId, RevocationId, UserKey};
use crate::operator::Actor;
use crate::revocation::{InitiatedBy, Reason, Scope};
use crate::session;
use crate::{Error, Result, Timestamp};

/// Orders one session ended. While an order for it awaits its outcome, that one is the answer: a second click is no
/// second order.
pub async fn revoke_session(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: &str,
    public_url: &str,
    now: Timestamp,
) -> Result<RevocationId> {
    let session = session::store::get(db, project, id).await?;
    let mut tx = db.begin().await?;
    if let Some(open) = open(&mut tx, project, session.user.key, id).await? {
        return Ok(open);
    }
    let sessions = [session.id];
    let ordered =
        request(&mut tx, by_hand(actor, project, session.user.key, Scope::One, &sessions, public_url), now)
            .await?;
    // Another user's login took it over since it was read.
    let ordered = ordered.ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(ordered)
}

/// Orders all of a user's live sessions ended, or all but those to `keep`.
pub async fn revoke_sessions(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    user: UserKey,
    keep: &[String],
    public_url: &str,
    now: Timestamp,
) -> Result<RevocationId> {
    let scope = if keep.is_empty() { Scope::All } else { Scope::Others };
    let mut tx = db.begin().await?;
    let ordered = request(&mut tx, by_hand(actor, project, user, scope, keep, public_url), now).await?;
    let ordered = ordered.ok_or_else(|| Error::conflict("the user has no live session to end"))?;
    tx.commit().await?;
    Ok(ordered)
}

async fn open(
    tx: &mut Tx<'_>,
    project: ProjectId,
    user: UserKey,
    session: &str,
) -> Result<Option<RevocationId>> {
    let id: Option<i64> = sqlx::query_scalar(
        "SELECT MAX(r.id) FROM revocation_session o JOIN revocation r ON r.id = o.revocation_id \
         WHERE o.project_id = $1 AND o.session_id = $2 AND r.user_key = $3 AND r.settled_at IS NULL",
    )
    .bind(project.0)
    .bind(session)
    .bind(user.0)
    .fetch_one(tx.conn())
    .await?;
    Ok(id.map(RevocationId))
}

fn by_hand<'a>(
    actor: &'a Actor,
    project: ProjectId,
    user: UserKey,
    scope: Scope,
    sessions: &'a [String],
    public_url: &'a str,
) -> Request<'a> {
    let (code, text) = match InitiatedBy::from(actor) {
        InitiatedBy::Api => ("application.requested", "Requested by the application"),
        _ => ("operator.requested", "Requested by an operator"),
    };
    let reason = Reason { code: code.to_owned(), text: text.to_owned() };
    Request {
        project,
        user,
        scope,
        sessions,
        reason,
        actor,
        event: None,
        alert: None,
        question: None,
        public_url,
        thisdata: None,
    }
}

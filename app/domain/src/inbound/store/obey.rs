//! Obeying: the order that a valid webhook asks for.

use sqlx::Row;

use super::receive::{From, kept};
use crate::db::Tx;
use crate::id::{ProjectId, RevocationId, UserKey};
use crate::inbound::{Wanted, Which, wanted};
use crate::operator::Actor;
use crate::revocation::store::{Request, request};
use crate::revocation::{Reason, Scope};
use crate::{Result, Timestamp};

/// Why one is not obeyed yet: the event that names the user may still be on its way.
pub(super) const UNKNOWN_USER: &str = "no such user is known";

/// Gives the order that the body asks for. Answers it, and what was done in words.
pub(super) async fn obey(
    tx: &mut Tx<'_>,
    from: &From<'_>,
    now: Timestamp,
) -> Result<(Option<RevocationId>, String)> {
    let (user_id, sessions, reason) = match wanted(from.arrival.body) {
        Wanted::Nothing(why) => return Ok((None, why.to_owned())),
        Wanted::End { user_id, sessions, reason } => (user_id, sessions, reason),
    };
    let Some(user) = user(tx, from.project, &user_id).await? else {
        return Ok((None, UNKNOWN_USER.to_owned()));
    };
    let (scope, sessions) = match &sessions {
        Which::All => (Scope::All, &[][..]),
        Which::Listed(listed) => (Scope::Listed, listed.as_slice()),
        Which::Others(kept) => (Scope::Others, kept.as_slice()),
    };
    let text = reason.map_or_else(|| format!("Requested by {}", from.source.name), |text| kept(&text, 500));
    let order = Request {
        project: from.project,
        user,
        scope,
        sessions,
        reason: Reason { code: "inbound.requested".into(), text },
        actor: &Actor::Source(from.source.id),
        event: None,
        alert: None,
        question: None,
        public_url: from.arrival.public_url,
        thisdata: None,
    };
    Ok(match request(tx, order, now).await? {
        Some(id) => (Some(id), format!("ordered {id}")),
        None => (None, "the user has no such session".to_owned()),
    })
}

async fn user(tx: &mut Tx<'_>, project: ProjectId, id: &str) -> Result<Option<UserKey>> {
    let row = sqlx::query("SELECT key FROM end_user WHERE project_id = $1 AND id = $2")
        .bind(project.0)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.map(|row| Ok(UserKey(row.try_get("key")?))).transpose()
}

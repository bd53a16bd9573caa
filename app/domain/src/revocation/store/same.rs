//! An order that is given once more while it is open: a second click, or a webhook that asks again, is no second order.

use std::collections::HashSet;

use sqlx::Row;

use super::request::{Request, meant};
use super::whole::{hold_user, open_whole};
use crate::db::Tx;
use crate::id::RevocationId;
use crate::revocation::Scope;
use crate::{Result, Timestamp};

/// The latest open order of all of a user's sessions, or all others, where such orders are about every session that this one
/// would be about. None for other scopes.
pub(crate) async fn open_same(
    tx: &mut Tx<'_>,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<Option<RevocationId>> {
    if !matches!(request.scope, Scope::All | Scope::Others) {
        return Ok(None);
    }
    hold_user(tx, request.user).await?;
    if request.scope == Scope::All
        && let Some(open) = open_whole(tx, request.project, request.user).await?
    {
        return Ok(Some(open));
    }
    let wanted = meant(tx, request, now).await?;
    let rows = sqlx::query(
        "SELECT o.revocation_id, o.session_id FROM revocation r JOIN revocation_session o ON o.revocation_id = r.id \
         WHERE r.user_key = $1 AND r.project_id = $2 AND r.settled_at IS NULL AND r.scope IN ('all', $3)",
    )
    .bind(request.user.0)
    .bind(request.project.0)
    .bind(request.scope.as_str())
    .fetch_all(tx.conn())
    .await?;
    let (mut latest, mut ordered) = (None, HashSet::new());
    for row in &rows {
        latest = latest.max(Some(RevocationId(row.try_get("revocation_id")?)));
        ordered.insert(row.try_get::<&str, _>("session_id")?);
    }
    let all_are = !wanted.is_empty() && wanted.iter().all(|id| ordered.contains(id.as_str()));
    Ok(latest.filter(|_| all_are))
}

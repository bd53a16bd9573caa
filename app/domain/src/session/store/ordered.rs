//! Which order is about to end a session.

/// That an order `r` is about the session `s` as it is since it began: a login begins it anew, and another user's too.
macro_rules! since_it_began {
    () => {
        "r.user_key = s.user_key AND r.requested_at >= s.started_at"
    };
}
/// The orders about the session `s` since it began, those about its user as a whole among them: what follows SELECT in a
/// subquery. A text and no view, so that each query is planned as a whole: from the user's orders since then, which are few.
macro_rules! orders_since_it_began {
    () => {
        concat!(
            "FROM revocation r JOIN revocation_session o ON o.revocation_id = r.id AND o.session_id IN (s.id, '') WHERE ",
            $crate::session::store::ordered::since_it_began!()
        )
    };
}
pub(crate) use {orders_since_it_began, since_it_began};

use crate::Result;
use crate::db::Tx;
use crate::id::{AlertId, ProjectId, UserKey};

/// The open alert that led to the newest order to end this session since it began.
pub(crate) async fn ordered_by(
    tx: &mut Tx<'_>,
    project: ProjectId,
    user: UserKey,
    session: &str,
) -> Result<Option<AlertId>> {
    let alert: Option<Option<i64>> = sqlx::query_scalar(concat!(
        "SELECT (SELECT MAX(r.alert_id) ",
        orders_since_it_began!(),
        " AND EXISTS (SELECT 1 FROM alert a WHERE a.id = r.alert_id AND a.state <> 'closed')) FROM session s WHERE s.project_id = $1 AND s.id = $2 AND s.user_key = $3",
    ))
    .bind(project.0)
    .bind(session)
    .bind(user.0)
    .fetch_optional(tx.conn())
    .await?;
    Ok(alert.flatten().map(AlertId))
}

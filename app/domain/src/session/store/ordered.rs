//! Which order is about to end a session.

use crate::Result;
use crate::db::{Db, Tx};
use crate::id::{AlertId, ProjectId, UserKey};

/// True when an order to end this user's session was given since it began.
pub(crate) async fn is_ordered(db: &Db, project: ProjectId, user_id: &str, session: &str) -> Result<bool> {
    let orders: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM session s JOIN end_user u ON u.key = s.user_key \
         JOIN revocation_session o ON o.project_id = s.project_id AND o.session_id = s.id \
         JOIN revocation r ON r.id = o.revocation_id \
         WHERE s.project_id = $1 AND s.id = $2 AND u.id = $3 AND r.user_key = s.user_key AND r.requested_at >= s.started_at",
    )
    .bind(project.0)
    .bind(session)
    .bind(user_id)
    .fetch_one(db.reader())
    .await?;
    Ok(orders > 0)
}

/// The alert that led to the newest order to end this session since it began.
pub(crate) async fn ordered_by(
    tx: &mut Tx<'_>,
    project: ProjectId,
    user: UserKey,
    session: &str,
) -> Result<Option<AlertId>> {
    let alert: Option<i64> = sqlx::query_scalar(
        "SELECT MAX(r.alert_id) FROM revocation_session o JOIN revocation r ON r.id = o.revocation_id \
         JOIN session s ON s.project_id = o.project_id AND s.id = o.session_id \
         WHERE o.project_id = $1 AND o.session_id = $2 AND r.user_key = $3 AND s.user_key = $3 \
         AND r.requested_at >= s.started_at",
    )
    .bind(project.0)
    .bind(session)
    .bind(user.0)
    .fetch_one(tx.conn())
    .await?;
    Ok(alert.map(AlertId))
}

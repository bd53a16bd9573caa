//! Which order is about to end a session.

use crate::Result;
use crate::db::Tx;
use crate::id::{AlertId, ProjectId, UserKey};

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

//! How alarming the logins were that began a user's live sessions.

use std::collections::BTreeMap;

use sqlx::Row as _;

use crate::Result;
use crate::db::Db;
use crate::event::verb::is_login_in_sql;
use crate::id::{AlertId, ProjectId, UserKey};
use crate::risk::Level;
use crate::session::Began;

/// The login that began each of the user's live sessions, where it is kept.
pub async fn began(db: &Db, project: ProjectId, user: UserKey) -> Result<BTreeMap<String, Began>> {
    let rows = sqlx::query(concat!(
        "SELECT e.session_id, e.level, e.score, e.alert_id FROM event e \
         JOIN session s ON s.project_id = e.project_id AND s.id = e.session_id AND s.user_key = e.user_key \
         WHERE e.user_key = $1 AND e.project_id = $2 AND s.state = 'live' AND ",
        is_login_in_sql!(),
        " ORDER BY e.occurred_at, e.id",
    ))
    .bind(user.0)
    .bind(project.0)
    .fetch_all(db.reader())
    .await?;
    // Of several the last: it took the session over.
    let mut began = BTreeMap::new();
    for row in &rows {
        let login = Began {
            level: Level::from_number(row.try_get("level")?),
            score: row.try_get("score")?,
            alert: row.try_get::<Option<i64>, _>("alert_id")?.map(AlertId),
        };
        began.insert(row.try_get("session_id")?, login);
    }
    Ok(began)
}

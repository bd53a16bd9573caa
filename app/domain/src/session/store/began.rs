//! The logins that began a user's sessions: how alarming they were, and when.

use std::collections::BTreeMap;

use sqlx::Row as _;

use crate::db::{Db, Tx};
use crate::event::Event;
use crate::event::verb::is_login_in_sql;
use crate::id::{AlertId, ProjectId, UserKey};
use crate::risk::Level;
use crate::risk::session::SessionMemory;
use crate::session::Began;
use crate::{Result, Timestamp};

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

/// When the visit began in which this was done: with the login of its session, as far as that is kept, else with itself.
pub(crate) async fn visit_of(tx: &mut Tx<'_>, user: UserKey, event: &Event) -> Result<Timestamp> {
    let kept: Option<Option<Vec<u8>>> = sqlx::query_scalar(
        "SELECT s.memory FROM event e JOIN session s ON s.project_id = e.project_id AND s.id = e.session_id \
         WHERE e.id = $1 AND s.user_key = $2",
    )
    .bind(event.id.0)
    .bind(user.0)
    .fetch_optional(tx.conn())
    .await?;
    let memory = kept.flatten().and_then(|bytes| SessionMemory::decode(&bytes));
    Ok(memory.map_or(event.occurred_at, |memory| memory.started().min(event.occurred_at)))
}

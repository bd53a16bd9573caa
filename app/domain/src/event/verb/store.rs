//! Verbs that came in: SQL.

use sqlx::Row;

use super::{MOST_COUNTED, TABLE, Unknown, meant};
use crate::db::Db;
use crate::id::ProjectId;
use crate::time::DAY;
use crate::{Result, Timestamp};

/// Events of the last days are looked at.
pub const STRETCH: i64 = 30 * DAY;
/// So many verbs are looked at, by their letters; an application that makes up more names no verbs.
const LOOKED_AT: i64 = 500;
/// So many are told.
const TOLD: usize = 100;

/// From verb to verb along the index `event_verb`, which takes a step for each verb and not for each event.
const VERBS: &str = "WITH RECURSIVE step (verb, place) AS ( \
     SELECT (SELECT MIN(verb) FROM event WHERE project_id = $1), 1 \
     UNION ALL SELECT (SELECT MIN(e.verb) FROM event e WHERE e.project_id = $1 AND e.verb > step.verb), place + 1 \
     FROM step WHERE step.verb IS NOT NULL AND place < $2) SELECT verb FROM step WHERE verb IS NOT NULL";

/// The verbs of the last [`STRETCH`] that the judgement reads nothing into: first those that may have been meant for one
/// that it knows, the most frequent before others.
pub async fn unknown(db: &Db, project: ProjectId, now: Timestamp) -> Result<Vec<Unknown>> {
    let rows = sqlx::query(VERBS).bind(project.0).bind(LOOKED_AT).fetch_all(db.reader()).await?;
    let mut found = Vec::new();
    for row in &rows {
        let verb: String = row.try_get("verb")?;
        if TABLE.iter().any(|known| known.name == verb) {
            continue;
        }
        let (events, last_at) = counted(db, project, &verb, now.plus(-STRETCH)).await?;
        if let Some(last_at) = last_at.filter(|_| events > 0) {
            found.push(Unknown { meant: meant(&verb).map(str::to_owned), verb, events, last_at });
        }
    }
    found.sort_by(|a, b| {
        let rank = |one: &Unknown| (one.meant.is_none(), -one.events);
        rank(a).cmp(&rank(b)).then_with(|| a.verb.cmp(&b.verb))
    });
    found.truncate(TOLD);
    Ok(found)
}

/// How many events of this verb there are, up to [`MOST_COUNTED`], and when the last was.
async fn counted(
    db: &Db,
    project: ProjectId,
    verb: &str,
    since: Timestamp,
) -> Result<(i64, Option<Timestamp>)> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS events, MAX(occurred_at) AS last_at FROM (SELECT occurred_at FROM event \
         WHERE project_id = $1 AND verb = $2 AND occurred_at >= $3 ORDER BY occurred_at DESC, id DESC LIMIT $4) AS newest",
    )
    .bind(project.0)
    .bind(verb)
    .bind(since.0)
    .bind(MOST_COUNTED)
    .fetch_one(db.reader())
    .await?;
    Ok((row.try_get("events")?, row.try_get::<Option<i64>, _>("last_at")?.map(Timestamp)))
}

//! A user's unusual events, of which somebody may vouch for a part.

use serde_json::Value;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::parse::flag;
use super::super::{Event, verb};
use super::list::event;
use crate::Result;
use crate::Timestamp;
use crate::db::Tx;
use crate::id::UserKey;
use crate::risk::{ORANGE, RED, Unsettled};

/// Of one user so many are read, the newest ones.
const MOST: usize = 2_000;

/// The conditions on what is a user's. Failed attempts are nothing of theirs: whoever guesses could fill the list.
macro_rules! theirs {
    () => {
        concat!(
            "e.user_key = $1 AND e.occurred_at > $2 AND e.verb NOT IN (",
            $crate::event::verb::failures!($crate::event::verb::quoted),
            ")"
        )
    };
}

/// Unusual is what its score says: what is red only because its session was ordered to end is told by the order. The raw body
/// only where it says what no column does.
const SELECT: &str = concat!(
    "SELECT e.id, e.client_id, e.verb, e.occurred_at, e.received_at, e.user_key, e.ip, e.session_id, e.device_id, e.score, \
     e.level, e.decision, e.alert_id, e.detail, u.id AS user_id, u.name AS user_name, \
     CASE WHEN e.raw LIKE '%\"authenticated\"%' THEN e.raw END AS raw FROM event e LEFT JOIN end_user u ON u.key = e.user_key \
     WHERE ",
    theirs!(),
    " AND (e.score >= $5 OR e.verb = $3) ORDER BY e.occurred_at DESC, e.id DESC LIMIT $4"
);

const OLDER: &str = concat!(
    "SELECT MAX(CASE WHEN e.score < $6 THEN e.occurred_at ELSE 0 END) AS orange, \
     MAX(CASE WHEN e.score >= $6 THEN e.occurred_at ELSE 0 END) AS red FROM event e WHERE ",
    theirs!(),
    " AND (e.occurred_at, e.id) < ($3, $4) AND e.score >= $5"
);

/// What is unusual of a user's.
pub(crate) struct Unusual {
    /// The newest of these events, and the challenges that they passed, newest first; of those that prove to be theirs.
    pub(crate) events: Vec<Event>,
    /// From when on they are complete.
    pub(crate) since: Timestamp,
    /// What older ones stand for, where there were too many to be read.
    pub(crate) older: Unsettled,
}

/// A user's unusual events since then.
pub(crate) async fn unusual(tx: &mut Tx<'_>, user: UserKey, since: Timestamp) -> Result<Unusual> {
    let rows = sqlx::query(SELECT)
        .bind(user.0)
        .bind(since.0)
        .bind(verb::CHALLENGE_PASS)
        .bind(MOST as i64)
        .bind(ORANGE)
        .fetch_all(tx.conn())
        .await?;
    let mut all = Unusual { events: Vec::with_capacity(rows.len()), since, older: Unsettled::default() };
    for row in &rows {
        if proves(row)? {
            all.events.push(event(row)?);
        }
    }
    if let Some(last) = rows.last().filter(|_| rows.len() >= MOST) {
        let (at, id) = (last.try_get("occurred_at")?, last.try_get("id")?);
        (all.since, all.older) = (Timestamp(at), older(tx, user, since, (at, id)).await?);
    }
    Ok(all)
}

/// When those before this one were last orange, and last red.
async fn older(tx: &mut Tx<'_>, user: UserKey, since: Timestamp, before: (i64, i64)) -> Result<Unsettled> {
    let row = sqlx::query(OLDER)
        .bind(user.0)
        .bind(since.0)
        .bind(before.0)
        .bind(before.1)
        .bind(ORANGE)
        .bind(RED)
        .fetch_one(tx.conn())
        .await?;
    let at = |column| row.try_get::<Option<i64>, _>(column).map(|at| Timestamp(at.unwrap_or_default()));
    Ok(Unsettled { orange: at("orange")?, red: at("red")? })
}

/// What named a user who had not proved to be them is nothing of theirs.
fn proves(row: &AnyRow) -> Result<bool> {
    let raw: Option<Value> = row.try_get::<Option<&str>, _>("raw")?.map(serde_json::from_str).transpose()?;
    let said = raw.as_ref().and_then(|raw| raw.pointer("/user/authenticated")).and_then(flag);
    Ok(said.unwrap_or(true))
}

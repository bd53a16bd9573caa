//! After a "no", the user's or an operator's: the logins of the last thirty days that resemble the one that was not the user's, each with an alert of
//! its own. Whoever took one account over has often taken more.

mod like;

use std::collections::HashSet;

use serde_json::json;
use sqlx::Row;

use self::like::Sibling;
use crate::alert::store::{Raise, raise_and_tell, remark};
use crate::db::{Db, Tx};
use crate::event::{self, Event};
use crate::id::{EventId, ProjectId};
use crate::risk::Level;
use crate::time::DAY;
use crate::webhook::MessageType;
use crate::{Error, Result, Timestamp};

/// How far back is looked.
pub const BACK: i64 = 30 * DAY;
/// More users than this on one network are no sign of one thief, but of a network that many share; on one device the last
/// ones are told.
const MOST: usize = 50;
/// What is noted on the alert of the denied login then.
const DEVICE: &str =
    "More than 50 other users logged in on this device within thirty days: alerts tell of the last fifty";
const NETWORK: &str = "More than 50 other users logged in from this network within thirty days: many share it, and no alert tells of theirs";

/// Looks back for one answered question. True when there was one: call it again.
pub async fn step(db: &Db, now: Timestamp) -> Result<bool> {
    let row = sqlx::query(
        "SELECT id, project_id, event_id FROM question WHERE answer = 'no' AND looked_back_at IS NULL ORDER BY id LIMIT 1",
    )
    .fetch_optional(db.reader())
    .await?;
    let Some(row) = row else { return Ok(false) };
    let (question, project): (i64, _) = (row.try_get("id")?, ProjectId(row.try_get("project_id")?));
    // An event that is not stored any more has no siblings that anybody could tell of.
    let denied = match event::store::get(db, project, EventId(row.try_get("event_id")?)).await {
        Ok(found) => Some(found.event),
        Err(Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    let found = match &denied {
        Some(denied) => find(db, project, denied, now).await?,
        None => Siblings::default(),
    };
    let mut tx = db.begin().await?;
    let taken =
        sqlx::query("UPDATE question SET looked_back_at = $1 WHERE id = $2 AND looked_back_at IS NULL")
            .bind(now.0)
            .bind(question)
            .execute(tx.conn())
            .await?;
    if taken.rows_affected() == 1 {
        if let Some(denied) = &denied {
            tell_all(&mut tx, project, denied, &found, now).await?;
        }
        tx.commit().await?;
    }
    Ok(true)
}

/// The logins that resemble the denied one, of each user one.
#[derive(Default)]
pub(crate) struct Siblings {
    alike: Vec<Sibling>,
    /// What so many share that it tells nobody apart.
    shared: Vec<&'static str>,
}

/// Successful logins on the same device token, or from the same network range (/24, /48): of each user one, by the device
/// where there is one, and those first; by the network only where no crowd shares it. Not those of the user who answered:
/// what of theirs resembles it is suspect already, and the answer ends it.
pub(crate) async fn find(db: &Db, project: ProjectId, denied: &Event, now: Timestamp) -> Result<Siblings> {
    let since = now.plus(-BACK);
    let mut found =
        Siblings { alike: like::device(db, project, denied, since, MOST + 1).await?, ..Siblings::default() };
    if found.alike.len() > MOST {
        found.alike.truncate(MOST);
        found.shared.push(DEVICE);
    }
    let known: HashSet<_> = found.alike.iter().map(|sibling| sibling.user).collect();
    let mut beside = like::range(db, project, denied, since, MOST + 1 + known.len()).await?;
    beside.retain(|sibling| !known.contains(&sibling.user));
    if beside.len() > MOST {
        found.shared.push(NETWORK);
    } else {
        found.alike.extend(beside);
    }
    Ok(found)
}

/// Opens an alert for each, and notes on the denied login's own of whom no alert tells.
pub(crate) async fn tell_all(
    tx: &mut Tx<'_>,
    project: ProjectId,
    denied: &Event,
    found: &Siblings,
    now: Timestamp,
) -> Result<()> {
    for sibling in &found.alike {
        tell(tx, project, denied, sibling, now).await?;
    }
    for shared in &found.shared {
        let Some(alert) = denied.alert_id else { continue };
        remark(tx, project, alert, shared, now).await?;
    }
    Ok(())
}

async fn tell(
    tx: &mut Tx<'_>,
    project: ProjectId,
    denied: &Event,
    sibling: &Sibling,
    now: Timestamp,
) -> Result<()> {
    let who = sibling.name.as_deref().unwrap_or(&sibling.user_id);
    let shared = if sibling.by_device { "the device" } else { "the network" };
    let title = format!("{who} logged in on {shared} of a login that was not another user’s own");
    let level = if sibling.by_device { Level::Red } else { Level::Orange };
    let raise = Raise {
        project,
        user: Some(sibling.user),
        event: Some(sibling.event),
        kind: crate::alert::SIBLING,
        // However many logins it resembles that were denied, it is one.
        dedup_key: &format!("sibling|{}", sibling.event.0),
        title: &title,
        score: sibling.score.max(level.least()),
        level,
    };
    let about = json!({
        "user": { "id": sibling.user_id, "name": sibling.name },
        "event": { "id": sibling.event, "occurred_at": sibling.at },
        "resembles": { "event_id": denied.id, "by": if sibling.by_device { "device" } else { "network" } },
    });
    raise_and_tell(tx, raise, MessageType::AlertOpened, about, now).await?;
    Ok(())
}

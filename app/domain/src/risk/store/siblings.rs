//! After a "no", the user's or an operator's: the logins of the last thirty days that resemble the one that was not the user's, each with an alert of
//! its own. Whoever took one account over has often taken more.

use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::alert::store::{Raise, raise_and_tell};
use crate::db::{Db, Tx};
use crate::event::{self, Event, verb};
use crate::id::{EventId, ProjectId, UserKey};
use crate::risk::Level;
use crate::time::DAY;
use crate::webhook::MessageType;
use crate::{Error, Result, Timestamp};

/// How far back is looked.
pub const BACK: i64 = 30 * DAY;
/// More than this is no sign of one thief, but of a shared network.
const MOST: i64 = 50;

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
        None => Vec::new(),
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

/// A login that resembles the denied one.
pub(crate) struct Sibling {
    event: EventId,
    user: UserKey,
    user_id: String,
    name: Option<String>,
    score: f64,
    at: Timestamp,
    by_device: bool,
}

/// Successful logins on the same device token, or from the same network range (/24, /48): of each user one, by the device
/// where there is one, and those first. Not those of the user who answered: what of theirs resembles it is suspect already,
/// and the answer ends it.
pub(crate) async fn find(
    db: &Db,
    project: ProjectId,
    denied: &Event,
    now: Timestamp,
) -> Result<Vec<Sibling>> {
    let [range, shorter] = denied.ip.as_deref().and_then(range).unwrap_or_default();
    let rows = sqlx::query(
        "SELECT s.* FROM (SELECT e.id, e.user_key, u.id AS user_id, u.name, e.score, e.occurred_at, \
         CASE WHEN e.device_id = $4 THEN 1 ELSE 0 END AS by_device, ROW_NUMBER() OVER (PARTITION BY e.user_key ORDER BY \
         CASE WHEN e.device_id = $4 THEN 0 ELSE 1 END, e.occurred_at DESC, e.id DESC) AS nth \
         FROM event e JOIN end_user u ON u.key = e.user_key \
         WHERE e.project_id = $1 AND e.occurred_at >= $2 AND e.verb = $3 AND e.id <> $5 AND e.alert_id IS NULL \
         AND e.user_key <> $6 AND (e.device_id = $4 OR e.ip LIKE $7 OR e.ip LIKE $8)) s \
         WHERE s.nth = 1 ORDER BY s.by_device DESC, s.occurred_at DESC, s.id DESC LIMIT $9",
    )
    .bind(project.0)
    .bind(now.0 - BACK)
    .bind(verb::LOG_IN)
    .bind(denied.device_id.as_deref().unwrap_or_default())
    .bind(denied.id.0)
    .bind(denied.user.as_ref().map_or(0, |user| user.key.0))
    .bind(range)
    .bind(shorter)
    .bind(MOST)
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(sibling).collect()
}

fn sibling(row: &AnyRow) -> Result<Sibling> {
    Ok(Sibling {
        event: EventId(row.try_get("id")?),
        user: UserKey(row.try_get("user_key")?),
        user_id: row.try_get("user_id")?,
        name: row.try_get("name")?,
        score: row.try_get("score")?,
        at: Timestamp(row.try_get("occurred_at")?),
        by_device: row.try_get::<i64, _>("by_device")? == 1,
    })
}

/// The addresses of a /24 or /48, as patterns of LIKE over their text (RFC 5952): where the range ends in zeros, those of
/// an address may be cut out.
fn range(ip: &str) -> Option<[String; 2]> {
    Some(match ip.parse().ok()? {
        std::net::IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            [format!("{a}.{b}.{c}.%"), String::new()]
        }
        std::net::IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            let shorter = match (b, c) {
                (0, 0) => format!("{a:x}::%"),
                (_, 0) => format!("{a:x}:{b:x}::%"),
                _ => String::new(),
            };
            [format!("{a:x}:{b:x}:{c:x}:%"), shorter]
        }
    })
}

/// Opens an alert for each.
pub(crate) async fn tell_all(
    tx: &mut Tx<'_>,
    project: ProjectId,
    denied: &Event,
    found: &[Sibling],
    now: Timestamp,
) -> Result<()> {
    for sibling in found {
        tell(tx, project, denied, sibling, now).await?;
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
    let raise = Raise {
        project,
        user: Some(sibling.user),
        event: sibling.event,
        kind: crate::alert::SIBLING,
        dedup_key: &format!("sibling|{}|{}|{shared}", denied.id.0, sibling.user.0),
        title: &title,
        score: sibling.score,
        level: if sibling.by_device { Level::Red } else { Level::Orange },
    };
    let about = json!({
        "user": { "id": sibling.user_id, "name": sibling.name },
        "event": { "id": sibling.event, "occurred_at": sibling.at },
        "resembles": { "event_id": denied.id, "by": if sibling.by_device { "device" } else { "network" } },
    });
    raise_and_tell(tx, raise, MessageType::AlertOpened, about, now).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::range;

    /// What a pattern of LIKE takes whose only wildcard stands at its end.
    fn takes(of: &str, ip: &str) -> bool {
        let patterns = range(of).expect("an address");
        patterns.iter().any(|one| one.strip_suffix('%').is_some_and(|start| ip.starts_with(start)))
    }

    #[test]
    fn a_range_is_known_by_its_text_also_where_zeros_are_cut_out() {
        for (of, within, beyond) in [
            ("203.0.113.9", "203.0.113.200", "203.0.11.9"),
            ("2001:db8:1:2::1", "2001:db8:1::7", "2001:db8:12::7"),
            ("2001:db8::1", "2001:db8:0:5::7", "2001:db8:5::7"),
            ("2001:db8:0:5::1", "2001:db8::1", "2001:db80::1"),
            ("2001::1", "2001:0:0:1:2:3:4:5", "2001:1::1"),
        ] {
            assert!(takes(of, within) && takes(of, of) && !takes(of, beyond), "{of}");
        }
    }
}

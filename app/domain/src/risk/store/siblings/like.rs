//! Logins on the device of another one, and from its network range. No index knows an event's device: it would cost each event
//! another page, and a "no" is seldom.

use sqlx::Row;
use sqlx::any::AnyRow;

use crate::db::{Db, Engine};
use crate::event::{Event, verb};
use crate::id::{EventId, ProjectId, UserKey};
use crate::{Result, Timestamp};

/// A login that resembles the denied one.
pub(super) struct Sibling {
    pub(super) event: EventId,
    pub(super) user: UserKey,
    pub(super) user_id: String,
    pub(super) name: Option<String>,
    pub(super) score: f64,
    pub(super) at: Timestamp,
    pub(super) by_device: bool,
}

/// The last login of each user that is so, the latest first. The verb is an expression, so that no engine takes the index
/// of all logins for it.
macro_rules! last_of_each {
    ($so:literal) => {
        concat!(
            "SELECT s.id, s.user_key, u.id AS user_id, u.name, s.score, s.occurred_at FROM (SELECT e.id, e.user_key, e.score, \
             e.occurred_at, ROW_NUMBER() OVER (PARTITION BY e.user_key ORDER BY e.occurred_at DESC, e.id DESC) AS nth \
             FROM event e WHERE e.project_id = $1 AND e.occurred_at >= $2 AND e.id <> $3 AND e.user_key <> $4 \
             AND e.alert_id IS NULL AND (e.verb || '') IN (",
            verb::logins!(verb::quoted),
            ") AND ",
            $so,
            ") s JOIN end_user u ON u.key = s.user_key WHERE s.nth = 1 ORDER BY s.occurred_at DESC, s.id DESC LIMIT $5"
        )
    };
}

const ON_DEVICE: &str = last_of_each!("e.device_id = $6");
const IN_RANGE: &str = last_of_each!("e.ip >= $6 AND e.ip < $7");
/// Byte by byte, as the index is: else PostgreSQL compares as the database's language does.
const IN_RANGE_BY_BYTES: &str = last_of_each!("e.ip ~>=~ $6 AND e.ip ~<~ $7");

/// Those on the same device token.
pub(super) async fn device(
    db: &Db,
    project: ProjectId,
    denied: &Event,
    since: Timestamp,
    most: usize,
) -> Result<Vec<Sibling>> {
    let Some(device) = denied.device_id.as_deref() else { return Ok(Vec::new()) };
    let rows = sqlx::query(ON_DEVICE)
        .bind(project.0)
        .bind(since.0)
        .bind(denied.id.0)
        .bind(whose(denied))
        .bind(most as i64)
        .bind(device)
        .fetch_all(db.reader())
        .await?;
    rows.iter().map(|row| sibling(row, true)).collect()
}

/// Those from the same range.
pub(super) async fn range(
    db: &Db,
    project: ProjectId,
    denied: &Event,
    since: Timestamp,
    most: usize,
) -> Result<Vec<Sibling>> {
    let sql = match db.engine() {
        Engine::Sqlite => IN_RANGE,
        Engine::Postgres => IN_RANGE_BY_BYTES,
    };
    let mut found: Vec<Sibling> = Vec::new();
    for (from, to) in denied.ip.as_deref().map(ranges).unwrap_or_default() {
        let rows = sqlx::query(sql)
            .bind(project.0)
            .bind(since.0)
            .bind(denied.id.0)
            .bind(whose(denied))
            .bind(most as i64)
            .bind(from)
            .bind(to)
            .fetch_all(db.reader())
            .await?;
        for row in &rows {
            let sibling = sibling(row, false)?;
            if found.iter().all(|other| other.user != sibling.user) {
                found.push(sibling);
            }
        }
    }
    Ok(found)
}

fn whose(denied: &Event) -> i64 {
    denied.user.as_ref().map_or(0, |user| user.key.0)
}

fn sibling(row: &AnyRow, by_device: bool) -> Result<Sibling> {
    Ok(Sibling {
        event: EventId(row.try_get("id")?),
        user: UserKey(row.try_get("user_key")?),
        user_id: row.try_get("user_id")?,
        name: row.try_get("name")?,
        score: row.try_get("score")?,
        at: Timestamp(row.try_get("occurred_at")?),
        by_device,
    })
}

/// The addresses of a /24 or /48, as stretches of their texts (RFC 5952), each from one until before another: where the
/// range ends in zeros, those of an address may be cut out.
fn ranges(ip: &str) -> Vec<(String, String)> {
    let beginnings = match ip.parse() {
        Err(_) => Vec::new(),
        Ok(std::net::IpAddr::V4(ip)) => {
            let [a, b, c, _] = ip.octets();
            vec![format!("{a}.{b}.{c}.")]
        }
        Ok(std::net::IpAddr::V6(ip)) => {
            let [a, b, c, ..] = ip.segments();
            let shorter = match (b, c) {
                (0, 0) => Some(format!("{a:x}::")),
                (_, 0) => Some(format!("{a:x}:{b:x}::")),
                _ => None,
            };
            [format!("{a:x}:{b:x}:{c:x}:")].into_iter().chain(shorter).collect()
        }
    };
    let end = |text: &str| match text.strip_suffix('.') {
        Some(text) => format!("{text}/"),
        None => format!("{};", text.strip_suffix(':').unwrap_or(text)),
    };
    beginnings.into_iter().map(|text| (text.clone(), end(&text))).collect()
}

#[cfg(test)]
mod tests {
    use super::ranges;

    fn takes(of: &str, ip: &str) -> bool {
        ranges(of).iter().any(|(from, to)| (from.as_str()..to.as_str()).contains(&ip))
    }

    #[test]
    fn a_range_is_known_by_its_text_also_where_zeros_are_cut_out() {
        for (of, within, beyond) in [
            ("203.0.113.9", "203.0.113.200", "203.0.11.9"),
            ("203.0.11.9", "203.0.11.1", "203.0.113.9"),
            ("2001:db8:1:2::1", "2001:db8:1::7", "2001:db8:12::7"),
            ("2001:db8::1", "2001:db8:0:5::7", "2001:db8:5::7"),
            ("2001:db8:0:5::1", "2001:db8::1", "2001:db80::1"),
            ("2001::1", "2001:0:0:1:2:3:4:5", "2001:1::1"),
        ] {
            assert!(takes(of, within) && takes(of, of) && !takes(of, beyond), "{of}");
        }
        assert!(ranges("no address").is_empty());
    }
}

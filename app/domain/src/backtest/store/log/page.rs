//! One page of the log, as the database gives it: only what a judgement needs of each event.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::agent::{Agent, Hints};
use crate::db::{Db, Engine};
use crate::event::EventSource;
use crate::id::ProjectId;
use crate::place::{Network, Place};
use crate::signal::Aged;
use crate::{Result, Timestamp};

/// Events of one page: so few that a page, its text and its verdicts stay in a core's cache, and so many that asking for
/// one costs little.
const PAGE: usize = 500;

/// The events, with their columns; the raw body only where it says what no column does.
macro_rules! events {
    ($says:literal) => {
        concat!(
            "SELECT e.id, e.occurred_at, e.received_at, e.user_key, e.verb, e.ip, e.session_id, e.device_id, u.id AS user_id, \
             u.name AS user_name, u.email AS user_email, u.first_seen_at, CASE WHEN ",
            $says,
            " THEN e.raw END AS raw, e.detail FROM event e LEFT JOIN end_user u ON u.key = e.user_key \
             WHERE e.project_id = $1 AND (e.occurred_at, e.id) > ($2, $3) AND e.occurred_at < $4 \
             ORDER BY e.occurred_at, e.id LIMIT $5"
        )
    };
}

const SELECT: &str = events!(
    "e.raw LIKE '%\"authenticated\"%' OR e.raw LIKE '%\"fingerprint\"%' OR e.raw LIKE '%\"td_cookie_expected\"%'"
);

/// A page as one text: SQLite hands over rows one by one from a thread of its own, and each of their columns is copied
/// twice, which takes longer than judging the event. Its LIKE is slower than its search for a text. What was said of an
/// alarming event is most of its detail and stands last ([`Detail`](crate::event::Detail)): it is cut off. No text in the
/// detail can look like where it begins, because quotes in a text are escaped.
const SELECT_PAGE: &str = concat!(
    "SELECT '[' || group_concat(line, ',') || ']' AS page FROM (SELECT '[' || json_array(id, occurred_at, received_at, user_key, verb, ip, \
     session_id, device_id, user_id, user_name, user_email, first_seen_at, raw) || ',' || \
     CASE WHEN octet_length(detail) < 1000 THEN detail ELSE \
     coalesce(nullif(substr(detail, 1, instr(detail, ',\"reasons\":[') - 1), '') || '}', detail) END || ']' AS line FROM (",
    events!(
        "instr(e.raw, '\"authenticated\"') OR instr(e.raw, '\"fingerprint\"') OR instr(e.raw, '\"td_cookie_expected\"')"
    ),
    "))"
);

/// What is read of an event: its columns, and the needed parts of its detail.
#[derive(Deserialize)]
pub(super) struct Read(pub(super) Columns, pub(super) Needed);

/// In the order of the query.
#[derive(Deserialize)]
pub(super) struct Columns {
    pub(super) id: i64,
    pub(super) at: i64,
    pub(super) received_at: i64,
    pub(super) user_key: Option<i64>,
    pub(super) verb: String,
    pub(super) ip: Option<String>,
    pub(super) session_id: Option<String>,
    pub(super) device_id: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) user_name: Option<String>,
    pub(super) user_email: Option<String>,
    pub(super) first_seen_at: Option<i64>,
    pub(super) raw: Option<String>,
}

/// The parts of an event's detail that a judgement needs.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Needed {
    pub(super) place: Option<Place>,
    pub(super) network: Option<Network>,
    pub(super) address_note: Option<String>,
    pub(super) agent: Agent,
    pub(super) hints: Option<Hints>,
    pub(super) password_breached: bool,
    pub(super) history: bool,
    pub(super) aged: Vec<Aged>,
    pub(super) source: Option<EventSource>,
}

/// The events after one, in the order of time, and what `make` makes of each.
pub(super) async fn read<T>(
    db: &Db,
    project: ProjectId,
    after: (i64, i64),
    to: Timestamp,
    make: impl Fn(Read) -> T,
) -> Result<Vec<T>> {
    let is_sqlite = db.engine() == Engine::Sqlite;
    let query = sqlx::query(if is_sqlite { SELECT_PAGE } else { SELECT });
    let query = query.bind(project.0).bind(after.0).bind(after.1).bind(to.0).bind(PAGE as i64);
    if !is_sqlite {
        return query.fetch_all(db.reader()).await?.iter().map(|row| event(row).map(&make)).collect();
    }
    let row = query.fetch_one(db.reader()).await?;
    let Some(page) = row.try_get::<Option<&str>, _>("page")? else { return Ok(Vec::new()) };
    let mut text = serde_json::Deserializer::from_str(page);
    let made = Page(make).deserialize(&mut text)?;
    text.end()?;
    Ok(made)
}

/// Makes something of each event of a page's text as it is read.
struct Page<F>(F);

impl<'de, T, F: Fn(Read) -> T> DeserializeSeed<'de> for Page<F> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> std::result::Result<Vec<T>, D::Error> {
        text.deserialize_seq(self)
    }
}

impl<'de, T, F: Fn(Read) -> T> Visitor<'de> for Page<F> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a page of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut events: A) -> std::result::Result<Vec<T>, A::Error> {
        let mut made = Vec::with_capacity(PAGE);
        while let Some(event) = events.next_element()? {
            made.push((self.0)(event));
        }
        Ok(made)
    }
}

fn event(row: &AnyRow) -> Result<Read> {
    let columns = Columns {
        id: row.try_get("id")?,
        at: row.try_get("occurred_at")?,
        received_at: row.try_get("received_at")?,
        user_key: row.try_get("user_key")?,
        verb: row.try_get("verb")?,
        ip: row.try_get("ip")?,
        session_id: row.try_get("session_id")?,
        device_id: row.try_get("device_id")?,
        user_id: row.try_get("user_id")?,
        user_name: row.try_get("user_name")?,
        user_email: row.try_get("user_email")?,
        first_seen_at: row.try_get("first_seen_at")?,
        raw: row.try_get("raw")?,
    };
    Ok(Read(columns, serde_json::from_str(row.try_get("detail")?)?))
}

//! Reads the stored log forwards in pages, only what a judgement needs of each event.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::replay::{Line, Person};
use crate::agent::Agent;
use crate::db::Db;
use crate::event::address::Address;
use crate::event::{EventSource, NewEvent, NewUser, Observation, UNREADABLE, verb};
use crate::id::{EventId, ProjectId, UserKey};
use crate::place::{Network, Place};
use crate::question::Answer;
use crate::{Result, Timestamp};

/// Events of one page.
const PAGE: i64 = 2_000;

/// The raw body is read only where it says what no column does.
const SELECT: &str = "SELECT e.id, e.user_key, e.verb, e.occurred_at, e.ip, e.session_id, e.device_id, e.detail, \
     u.id AS user_id, u.name AS user_name, u.email AS user_email, u.first_seen_at, \
     CASE WHEN e.raw LIKE '%\"authenticated\"%' OR e.raw LIKE '%\"fingerprint\"%' OR e.raw LIKE '%\"td_cookie_expected\"%' \
     THEN e.raw END AS raw FROM event e LEFT JOIN end_user u ON u.key = e.user_key \
     WHERE e.project_id = $1 AND (e.occurred_at, e.id) > ($2, $3) AND e.occurred_at < $4 \
     ORDER BY e.occurred_at, e.id LIMIT $5";

/// A project's log, read forwards.
#[derive(Debug)]
pub struct Log {
    db: Db,
    project: ProjectId,
    after: (i64, i64),
    to: Timestamp,
    answers: HashMap<i64, (Answer, Timestamp)>,
}

/// The parts of an event's detail that a judgement needs.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Needed {
    place: Option<Place>,
    network: Option<Network>,
    user_agent: Option<String>,
    address_note: Option<String>,
    agent: Agent,
    source: Option<EventSource>,
}

impl Log {
    /// From the first event at or after `from`, until before `to`.
    pub async fn open(db: &Db, project: ProjectId, from: Timestamp, to: Timestamp) -> Result<Self> {
        let rows = sqlx::query(
            "SELECT event_id, answer, answered_at FROM question WHERE project_id = $1 AND answer IS NOT NULL",
        )
        .bind(project.0)
        .fetch_all(db.reader())
        .await?;
        let mut answers = HashMap::with_capacity(rows.len());
        for row in &rows {
            let answer = row.try_get::<&str, _>("answer")?.parse()?;
            answers.insert(row.try_get("event_id")?, (answer, Timestamp(row.try_get("answered_at")?)));
        }
        Ok(Self { db: db.clone(), project, after: (from.0.saturating_sub(1), i64::MAX), to, answers })
    }

    /// How many events there are to read, about: counted at the start.
    pub async fn count(&self) -> Result<u64> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM event WHERE project_id = $1 AND occurred_at > $2 AND occurred_at < $3",
        )
        .bind(self.project.0)
        .bind(self.after.0)
        .bind(self.to.0)
        .fetch_one(self.db.reader())
        .await?;
        Ok(count.max(0).unsigned_abs())
    }

    /// The next events in the order of time; none at the end.
    pub async fn next(&mut self) -> Result<Vec<Line>> {
        let rows = sqlx::query(SELECT)
            .bind(self.project.0)
            .bind(self.after.0)
            .bind(self.after.1)
            .bind(self.to.0)
            .bind(PAGE)
            .fetch_all(self.db.reader())
            .await?;
        let lines = rows.iter().map(|row| self.line(row)).collect::<Result<Vec<_>>>()?;
        if let Some(last) = lines.last() {
            self.after = (last.seen.at.0, last.id.0);
        }
        Ok(lines)
    }

    fn line(&self, row: &AnyRow) -> Result<Line> {
        let (id, at): (i64, i64) = (row.try_get("id")?, row.try_get("occurred_at")?);
        let at = Timestamp(at);
        let needed: Needed = serde_json::from_str(row.try_get("detail")?)?;
        let raw: Option<&str> = row.try_get("raw")?;
        // What an older version took and this one cannot read says nothing.
        let raw: Value = raw.and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default();
        let flag = |place: &str| raw.pointer(place).and_then(flag);
        let verb: String = row.try_get("verb")?;
        let key: Option<i64> = row.try_get("user_key")?;
        let user_id: Option<String> = row.try_get("user_id")?;
        let (mut person, mut user) = (None, None);
        if let (Some(key), Some(id)) = (key, user_id) {
            let email: Option<String> = row.try_get("user_email")?;
            let since = Timestamp(row.try_get("first_seen_at")?);
            person = Some(Person { key: UserKey(key), since, has_mail: email.is_some() });
            let authenticated = flag("/user/authenticated").unwrap_or(true) && !verb::is_failure(&verb);
            user = Some(NewUser { id, name: row.try_get("user_name")?, email, mobile: None, authenticated });
        }
        let ip: Option<&str> = row.try_get("ip")?;
        let event = NewEvent {
            client_id: None,
            verb,
            occurred_at: Some(at),
            address: ip.and_then(|ip| Some(Address { ip: ip.parse().ok()?, note: None })),
            unreadable: needed.address_note.and_then(|note| note.strip_prefix(UNREADABLE).map(str::to_owned)),
            user_agent: needed.user_agent,
            user,
            session_id: row.try_get("session_id")?,
            device_id: row.try_get("device_id")?,
            device_expected: flag("/session/td_cookie_expected").unwrap_or(false),
            fingerprint: raw.pointer("/session/fingerprint").and_then(Value::as_str).map(str::to_owned),
            source: needed.source,
            raw: String::new(),
        };
        let (place, network, agent) = (needed.place, needed.network, needed.agent);
        let seen = Observation { event, at, received_at: at, place, network, agent };
        Ok(Line { id: EventId(id), person, seen, answer: self.answers.get(&id).copied() })
    }
}

/// A flag as applications send it.
fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => Some(text == "true" || text == "1"),
        Value::Number(number) => Some(number.as_f64() != Some(0.0)),
        _ => None,
    }
}

/// When a project's first and last events happened; None without events.
pub async fn span(db: &Db, project: ProjectId) -> Result<Option<(Timestamp, Timestamp)>> {
    let row = sqlx::query(
        "SELECT MIN(occurred_at) AS first, MAX(occurred_at) AS last FROM event WHERE project_id = $1",
    )
    .bind(project.0)
    .fetch_one(db.reader())
    .await?;
    let (first, last): (Option<i64>, Option<i64>) = (row.try_get("first")?, row.try_get("last")?);
    Ok(first.map(Timestamp).zip(last.map(Timestamp)))
}

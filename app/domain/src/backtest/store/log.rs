//! Reads the stored log forwards in pages, only what a judgement needs of each event.

mod page;

use std::collections::HashMap;

use serde_json::Value;
use sqlx::Row;
use tokio::sync::mpsc::{Receiver, channel};

use self::page::{Columns, Read};
use super::super::replay::{Line, Person};
use crate::db::Db;
use crate::event::address::Address;
use crate::event::store::LATE;
use crate::event::{NewEvent, NewUser, Observation, UNREADABLE, verb};
use crate::id::{EventId, ProjectId, UserKey};
use crate::question::Answer;
use crate::{Result, Timestamp};

/// Pages that wait to be played.
const AHEAD: usize = 6;

/// What users answered, by the event, and when.
type Answers = HashMap<i64, (Answer, Timestamp)>;

/// A project's log, read forwards.
#[derive(Debug)]
pub struct Log {
    db: Db,
    project: ProjectId,
    after: (i64, i64),
    to: Timestamp,
    answers: Answers,
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
        let make = |read| line(&self.answers, read);
        let mut lines = page::read(&self.db, self.project, self.after, self.to, make).await?;
        // Within one text nothing but SQLite's habit says in which order they come.
        lines.sort_by_key(|line| (line.seen.at, line.id));
        if let Some(last) = lines.last() {
            self.after = (last.seen.at.0, last.id.0);
        }
        Ok(lines)
    }

    /// Reads in a task of its own, so far ahead of whoever takes the pages; ends when nobody takes them any more.
    pub fn ahead(mut self) -> Receiver<Result<Vec<Line>>> {
        let (give, take) = channel(AHEAD);
        tokio::spawn(async move {
            loop {
                let page = match self.next().await {
                    Ok(page) if page.is_empty() => return,
                    page => page,
                };
                let failed = page.is_err();
                if give.send(page).await.is_err() || failed {
                    return;
                }
            }
        });
        take
    }
}

fn line(answers: &Answers, Read(columns, needed): Read) -> Line {
    let Columns { id, at, verb, .. } = columns;
    let at = Timestamp(at);
    // What an older version took and this one cannot read says nothing.
    let raw: Value = columns.raw.and_then(|raw| serde_json::from_str(&raw).ok()).unwrap_or_default();
    let flag = |place: &str| raw.pointer(place).and_then(flag);
    let (mut person, mut user) = (None, None);
    if let (Some(key), Some(id)) = (columns.user_key, columns.user_id) {
        let email = columns.user_email;
        let since = Timestamp(columns.first_seen_at.unwrap_or(at.0));
        person = Some(Person { key: UserKey(key), since, has_mail: email.is_some() });
        let authenticated = flag("/user/authenticated").unwrap_or(true) && !verb::is_failure(&verb);
        user = Some(NewUser { id, name: columns.user_name, email, mobile: None, authenticated });
    }
    let event = NewEvent {
        client_id: None,
        verb,
        occurred_at: Some(at),
        address: columns.ip.and_then(|ip| Some(Address { ip: ip.parse().ok()?, note: None })),
        unreadable: needed.address_note.and_then(|note| note.strip_prefix(UNREADABLE).map(str::to_owned)),
        user_agent: None,
        user,
        session_id: columns.session_id,
        device_id: columns.device_id,
        device_expected: flag("/session/td_cookie_expected").unwrap_or(false),
        hints: needed.hints,
        password_breached: needed.password_breached,
        fingerprint: raw.pointer("/session/fingerprint").and_then(Value::as_str).map(str::to_owned),
        source: needed.source,
        raw: String::new(),
    };
    let (place, network, agent, aged) = (needed.place, needed.network, needed.agent, needed.aged);
    let seen = Observation {
        event,
        at,
        received_at: at,
        is_history: needed.history,
        place,
        network,
        agent,
        data: None,
        aged,
    };
    let late = !needed.history && Timestamp(columns.received_at).since(at) > LATE;
    Line { id: EventId(id), person, seen, late, answer: answers.get(&id).copied() }
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

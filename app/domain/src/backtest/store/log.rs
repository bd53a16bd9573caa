//! Reads the stored log forwards in pages, only what a judgement needs of each event, with what was said of it.

mod page;
mod words;

use serde_json::Value;
use sqlx::Row;
use tokio::sync::mpsc::{Receiver, channel};

use self::page::{Columns, Read};
use self::words::Words;
use super::super::replay::{Deed, Line, Person};
use crate::db::Db;
use crate::event::address::Address;
use crate::event::parse::flag;
use crate::event::store::LATE;
use crate::event::{NewEvent, NewUser, Observation, UNREADABLE, verb};
use crate::id::{EventId, ProjectId, UserKey};
use crate::{Result, Timestamp};

/// Pages that wait to be played.
const AHEAD: usize = 6;

/// A project's log, read forwards.
#[derive(Debug)]
pub struct Log {
    db: Db,
    project: ProjectId,
    after: (i64, i64),
    to: Timestamp,
    words: Words,
}

impl Log {
    /// From the first event at or after `from`, until before `to`.
    pub async fn open(db: &Db, project: ProjectId, from: Timestamp, to: Timestamp) -> Result<Self> {
        let words = Words::load(db, project).await?;
        Ok(Self { db: db.clone(), project, after: (from.0.saturating_sub(1), i64::MAX), to, words })
    }

    /// What was done about users, and when.
    pub fn deeds(&self) -> &[(UserKey, Timestamp, Deed)] {
        &self.words.deeds
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
        let make = |read| line(&self.words, read);
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

fn line(words: &Words, Read(mut columns, needed): Read) -> Line {
    let (id, at) = (columns.id, Timestamp(columns.at));
    // What an older version took and this one cannot read says nothing.
    let raw = columns.raw.as_deref().and_then(|raw| serde_json::from_str(raw).ok());
    let raw: Value = raw.unwrap_or_default();
    let flag = |place: &str| raw.pointer(place).and_then(flag);
    let (person, user) = person(&mut columns, flag("/user/authenticated")).unzip();
    let event = NewEvent {
        verb: columns.verb,
        occurred_at: Some(at),
        address: columns.ip.and_then(|ip| Some(Address { ip: ip.parse().ok()?, note: None })),
        unreadable: needed.address_note.and_then(|note| note.strip_prefix(UNREADABLE).map(str::to_owned)),
        user,
        session_id: columns.session_id,
        device_id: columns.device_id,
        device_expected: flag("/session/td_cookie_expected").unwrap_or(false),
        hints: needed.hints,
        password_breached: needed.password_breached,
        fingerprint: raw.pointer("/session/fingerprint").and_then(Value::as_str).map(str::to_owned),
        source: needed.source,
        ..NewEvent::default()
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
    Line { id: EventId(id), person, seen, late, answer: words.answer(id), closings: words.closings(id) }
}

/// Whose it is, and what was said of them; it is theirs unless that was denied.
fn person(columns: &mut Columns, proves: Option<bool>) -> Option<(Person, NewUser)> {
    let (key, id) = (UserKey(columns.user_key?), columns.user_id.take()?);
    let (name, email) = (columns.user_name.take(), columns.user_email.take());
    let since = Timestamp(columns.first_seen_at.unwrap_or(columns.at));
    let person = Person { key, since, has_mail: email.is_some() };
    let authenticated = proves.unwrap_or(true) && !verb::is_failure(&columns.verb);
    Some((person, NewUser { id, name, email, mobile: None, authenticated }))
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

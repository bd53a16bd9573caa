//! The outbox of notices: SQL and operations.
//!
//! A worker claims what is due under a lease and a claim number. Whatever it reports later counts only under that
//! number: after its lease ran out, another worker may have taken the notice over.

mod claim;
mod digest;

use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

pub(crate) use digest::{News, note};
pub use digest::{QUIET, URGENT, next_digest, unreached, write_digest};

pub use claim::{BATCH, Claimed, claim, claim_some, failed, held, next_due, sent};

use super::{Body, Channel, Notice, State};
use crate::db::daily::daily;
use crate::db::filter::Filter;
use crate::db::{Db, Queue, Tx, time, to_json};
use crate::id::{AlertId, NoticeId, ProjectId, QuestionId};
use crate::ledger;
use crate::operator::Actor;
use crate::page::{Cursor, Page, Paging};
use crate::{Error, Result, Timestamp};

/// A notice to be sent.
#[derive(Clone, Copy, Debug)]
pub struct NewNotice<'a> {
    /// In which project.
    pub project: ProjectId,
    /// The question it carries, if it does.
    pub question: Option<QuestionId>,
    /// To which address.
    pub recipient: &'a str,
    /// Its subject line.
    pub subject: &'a str,
    /// What it says.
    pub body: &'a Body,
}

pub(crate) fn place(id: NoticeId) -> String {
    format!("notice:{}", id.0)
}

/// Puts a notice into the outbox, its body sealed.
pub async fn enqueue(tx: &mut Tx<'_>, notice: NewNotice<'_>, now: Timestamp) -> Result<NoticeId> {
    let id = NoticeId(tx.next_id(now));
    let sealed = tx.db().vault().seal(&place(id), to_json(notice.body)?.as_bytes())?;
    sqlx::query(
        "INSERT INTO notice (id, project_id, question_id, channel, recipient, subject, body, state, attempts, \
         next_attempt_at, lease_until, claim, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', 0, $8, 0, 0, $8)",
    )
    .bind(id.0)
    .bind(notice.project.0)
    .bind(notice.question.map(|question| question.0))
    .bind(Channel::Mail.as_str())
    .bind(notice.recipient)
    .bind(notice.subject)
    .bind(sealed)
    .bind(now.0)
    .execute(tx.conn())
    .await?;
    tx.wake(Queue::Notices);
    Ok(id)
}

/// Leaves the mails unsent that wait to ask about an alert: its user has answered, or is asked by a newer one. What a
/// worker has on its way goes out.
pub(crate) async fn forgo(tx: &mut Tx<'_>, alert: AlertId, why: &str, now: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE notice SET state = 'failed', last_error = $1 WHERE state = 'pending' AND lease_until <= $2 \
         AND question_id IN (SELECT id FROM question WHERE alert_id = $3)",
    )
    .bind(why)
    .bind(now.0)
    .bind(alert.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What [`notice`] and [`body`] read.
macro_rules! columns {
    () => {
        "id, question_id, (SELECT alert_id FROM question WHERE question.id = notice.question_id) AS alert_id, recipient, \
         subject, body, state, attempts, next_attempt_at, last_error, created_at, sent_at"
    };
}
use columns;

const SELECT: &str = concat!("SELECT ", columns!(), " FROM notice");

/// A page of a project's notices, newest first; only those in `state`, if one is given.
pub async fn list(db: &Db, project: ProjectId, state: Option<State>, paging: Paging) -> Result<Page<Notice>> {
    let mut wanted = Filter::default();
    wanted.and("project_id = ?", [project.0.into()]).and("id < ?", [paging.after.id.into()]);
    if let Some(state) = state {
        wanted.and("state = ?", [state.as_str().into()]);
    }
    let rows =
        wanted.fetch(db.reader(), SELECT, " ORDER BY id DESC LIMIT ?", [(paging.limit + 1).into()]).await?;
    let notices = rows.iter().map(notice).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(notices, paging.limit, |notice| Cursor { at: notice.created_at, id: notice.id.0 }))
}

/// One notice with its body. The body holds what answers the question: for admins alone.
pub async fn get(db: &Db, project: ProjectId, id: NoticeId) -> Result<(Notice, Body)> {
    let mut wanted = Filter::default();
    wanted.and("project_id = ?", [project.0.into()]).and("id = ?", [id.0.into()]);
    let rows = wanted.fetch(db.reader(), SELECT, "", []).await?;
    let row = rows.first().ok_or(Error::NotFound)?;
    Ok((notice(row)?, body(db, row)?))
}

/// The notice that carries a question, without its body.
pub async fn for_question(db: &Db, project: ProjectId, question: QuestionId) -> Result<Option<Notice>> {
    let mut wanted = Filter::default();
    wanted.and("project_id = ?", [project.0.into()]).and("question_id = ?", [question.0.into()]);
    let rows = wanted.fetch(db.reader(), SELECT, " ORDER BY id DESC LIMIT 1", []).await?;
    rows.first().map(notice).transpose()
}

/// Notices sent on each of the `count` days (UTC) up to and with `now`'s, oldest first.
pub async fn sent_daily(db: &Db, project: ProjectId, count: i64, now: Timestamp) -> Result<Vec<i64>> {
    let sql = "SELECT sent_at / $3 AS day, COUNT(*) AS n FROM notice \
         WHERE project_id = $1 AND sent_at >= $2 GROUP BY 1";
    daily(db.reader(), sql, project, count, now).await
}

/// Sends a notice again, or for the first time when it was held. Refused while it is waiting anyway, and when its
/// question can no longer be answered.
pub async fn resend(db: &Db, actor: &Actor, project: ProjectId, id: NoticeId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let row = sqlx::query(
        "SELECT n.state, q.answer, q.expires_at FROM notice n LEFT JOIN question q ON q.id = n.question_id \
         WHERE n.id = $1 AND n.project_id = $2",
    )
    .bind(id.0)
    .bind(project.0)
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if row.try_get::<Option<&str>, _>("answer")?.is_some() {
        return Err(Error::conflict("the question has been answered"));
    }
    if time(&row, "expires_at")?.is_some_and(|expires_at| expires_at <= now) {
        return Err(Error::conflict("the question has expired"));
    }
    let changed = sqlx::query(
        "UPDATE notice SET state = 'pending', attempts = 0, next_attempt_at = $1, lease_until = 0, last_error = NULL \
         WHERE id = $2 AND state <> 'pending'",
    )
    .bind(now.0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::conflict("the notice is waiting to be sent already"));
    }
    ledger::record(&mut tx, now, Some(project), actor, "notice.resent", &id.to_string(), &json!({})).await?;
    tx.wake(Queue::Notices);
    tx.commit().await
}

fn notice(row: &AnyRow) -> Result<Notice> {
    Ok(Notice {
        id: NoticeId(row.try_get("id")?),
        question_id: row.try_get::<Option<i64>, _>("question_id")?.map(QuestionId),
        alert_id: row.try_get::<Option<i64>, _>("alert_id")?.map(AlertId),
        channel: Channel::Mail,
        recipient: row.try_get("recipient")?,
        subject: row.try_get("subject")?,
        state: State::from_stored(row.try_get("state")?),
        attempts: row.try_get("attempts")?,
        next_attempt_at: Timestamp(row.try_get("next_attempt_at")?),
        last_error: row.try_get("last_error")?,
        created_at: Timestamp(row.try_get("created_at")?),
        sent_at: time(row, "sent_at")?,
    })
}

fn body(db: &Db, row: &AnyRow) -> Result<Body> {
    let sealed: &[u8] = row.try_get("body")?;
    let plain = db.vault().open(&place(NoticeId(row.try_get("id")?)), sealed)?;
    Ok(serde_json::from_slice(&plain)?)
}

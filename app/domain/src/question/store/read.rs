//! Reading questions: the one behind a link, those of an alert.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::{Answer, LIFETIME, Question, View};
use crate::db::{Db, time};
use crate::event::{self, Event};
use crate::id::{AlertId, EventId, ProjectId, QuestionId, UserKey};
use crate::notice::mail::{Facts, SignIn};
use crate::project::{self, Project};
use crate::vault::token_hash;
use crate::{Error, Result, Timestamp};

/// Longer than any token: what is longer is not even hashed.
const LONGEST_TOKEN: usize = 100;

/// A question with what it is about.
pub(super) struct Asked {
    pub(super) question: Question,
    pub(super) project: Project,
    pub(super) event: Event,
    /// True when the link was an older mail's.
    pub(super) asked_since: bool,
}

/// The question of this token; not found when there is none. Who was asked again meanwhile and opens the older mail
/// answers the newer question: a "no" must not be lost to the login that came after it.
pub(super) async fn by_token(db: &Db, token: &str, now: Timestamp) -> Result<Asked> {
    if token.len() > LONGEST_TOKEN {
        return Err(Error::NotFound);
    }
    let row = sqlx::query(
        "SELECT q.id, q.project_id, q.alert_id, q.user_key, q.event_id, q.asked_at, q.expires_at, q.answer, q.answered_at, \
         q.answered_from, CASE WHEN q.id > mailed.id THEN 1 ELSE 0 END AS asked_since FROM question mailed \
         JOIN question q ON q.id = CASE WHEN mailed.answer IS NULL AND mailed.asked_at > $2 \
         THEN (SELECT MAX(id) FROM question WHERE alert_id = mailed.alert_id) ELSE mailed.id END \
         WHERE mailed.token_hash = $1",
    )
    .bind(token_hash(token))
    .bind(now.plus(-LIFETIME).0)
    .fetch_optional(db.reader())
    .await?
    .ok_or(Error::NotFound)?;
    let (question, project) = (question(&row)?, ProjectId(row.try_get("project_id")?));
    let event = event::store::get(db, project, question.event_id).await?.event;
    let asked_since = row.try_get::<i64, _>("asked_since")? == 1;
    Ok(Asked { question, project: project::store::get(db, project).await?, event, asked_since })
}

impl Asked {
    pub(super) fn facts(&self) -> Facts {
        let detail = &self.event.detail;
        let sign_in = SignIn {
            source: detail.source.as_ref(),
            name: self.event.user.as_ref().and_then(|user| user.name.as_deref()),
            at: self.event.occurred_at,
            place: detail.place.as_ref(),
            agent: &detail.agent,
            ip: self.event.ip.as_deref(),
        };
        Facts::new(&self.project, sign_in)
    }
}

/// What the person behind the link sees. Reading changes nothing.
pub async fn view(db: &Db, token: &str, now: Timestamp) -> Result<View> {
    let asked = by_token(db, token, now).await?;
    let (id, facts, question) = (asked.question.id, asked.facts(), &asked.question);
    let (standing, hears_no) = (question.standing(now), question.hears_no(now));
    Ok(View { id, facts, standing, hears_no, asked_since: asked.asked_since })
}

/// An alert's questions, newest first.
pub async fn list_for_alert(db: &Db, project: ProjectId, alert: AlertId) -> Result<Vec<Question>> {
    let rows = sqlx::query(
        "SELECT id, alert_id, user_key, event_id, asked_at, expires_at, answer, answered_at, answered_from \
         FROM question WHERE project_id = $1 AND alert_id = $2 ORDER BY id DESC LIMIT 100",
    )
    .bind(project.0)
    .bind(alert.0)
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(question).collect()
}

/// The question that a user answered last with "no", if they ever did.
pub async fn denial(db: &Db, project: ProjectId, user: UserKey) -> Result<Option<Question>> {
    let row = sqlx::query(
        "SELECT id, alert_id, user_key, event_id, asked_at, expires_at, answer, answered_at, answered_from \
         FROM question WHERE project_id = $1 AND user_key = $2 AND answer = 'no' ORDER BY answered_at DESC LIMIT 1",
    )
    .bind(project.0)
    .bind(user.0)
    .fetch_optional(db.reader())
    .await?;
    row.as_ref().map(question).transpose()
}

/// Reads a row of `question`.
pub(crate) fn question(row: &AnyRow) -> Result<Question> {
    let answer: Option<&str> = row.try_get("answer")?;
    Ok(Question {
        id: QuestionId(row.try_get("id")?),
        alert_id: AlertId(row.try_get("alert_id")?),
        user: UserKey(row.try_get("user_key")?),
        event_id: EventId(row.try_get("event_id")?),
        asked_at: Timestamp(row.try_get("asked_at")?),
        expires_at: Timestamp(row.try_get("expires_at")?),
        answer: answer.map(str::parse::<Answer>).transpose()?,
        answered_at: time(row, "answered_at")?,
        answered_from: row.try_get("answered_from")?,
    })
}

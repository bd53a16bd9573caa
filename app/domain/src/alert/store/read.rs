//! Reading alerts: one, a page, counts.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::{Alert, AlertFilter, Counts, DENIED, Resolution, State, Unasked, Unclosed};
use crate::db::daily::daily;
use crate::db::filter::Filter;
use crate::db::{Db, time};
use crate::event::EventUser;
use crate::id::{AlertId, EventId, ProjectId, QuestionId, UserKey};
use crate::page::{Cursor, Page, Paging};
use crate::question::{Answer, Question};
use crate::risk::Level;
use crate::{Error, Result, Timestamp};

/// An alert with its user, its operators' names and the last question it caused.
const SELECT: &str = "SELECT a.id, a.user_key, a.event_id, a.kind, a.title, a.score, a.level, a.state, a.resolution, a.note, \
     a.events, a.opened_at, a.last_event_at, a.unasked, a.acknowledged_at, taker.name AS acknowledged_by, a.closed_at, \
     closer.name AS closed_by, u.id AS user_id, u.name AS user_name, \
     q.id AS question_id, q.user_key AS question_user, q.event_id AS question_event, q.asked_at, q.expires_at, \
     q.answer, q.answered_at, q.answered_from FROM alert a \
     LEFT JOIN end_user u ON u.key = a.user_key \
     LEFT JOIN operator taker ON taker.id = a.acknowledged_by \
     LEFT JOIN operator closer ON closer.id = a.closed_by \
     LEFT JOIN question q ON q.id = (SELECT MAX(asked.id) FROM question asked WHERE asked.alert_id = a.id)";

/// It was somebody else: an operator closed it as such, or has not closed it yet and its user said no.
macro_rules! threat {
    () => {
        "(a.resolution = 'confirmed_threat' OR (a.state <> 'closed' \
         AND EXISTS (SELECT 1 FROM question no WHERE no.alert_id = a.id AND no.answer = 'no')))"
    };
}

/// One alert.
pub async fn get(db: &Db, project: ProjectId, id: AlertId) -> Result<Alert> {
    let mut wanted = Filter::default();
    wanted.and("a.project_id = ?", [project.0.into()]).and("a.id = ?", [id.0.into()]);
    let rows = wanted.fetch(db.reader(), SELECT, "", []).await?;
    rows.first().map(alert).transpose()?.ok_or(Error::NotFound)
}

/// A page of alerts, newest first.
pub async fn list(db: &Db, project: ProjectId, filter: &AlertFilter, paging: Paging) -> Result<Page<Alert>> {
    let mut wanted = Filter::default();
    wanted.and("a.project_id = ?", [project.0.into()]).and("a.id < ?", [paging.after.id.into()]);
    if let Some(state) = filter.state {
        wanted.and("a.state = ?", [state.as_str().into()]);
    }
    if let Some(level) = filter.level {
        wanted.and("a.level >= ?", [level.number().into()]);
    }
    if let Some(kind) = &filter.kind {
        wanted.and("a.kind = ?", [kind.as_str().into()]);
    }
    if let Some(answer) = filter.answer {
        let said = "EXISTS (SELECT 1 FROM question said WHERE said.alert_id = a.id AND said.answer = ?)";
        wanted.and(said, [answer.as_str().into()]);
    }
    if let Some(user) = filter.user {
        let of_user = "a.id IN (SELECT own.id FROM alert own WHERE own.user_key = ? \
             UNION ALL SELECT shared.alert_id FROM alert_member shared WHERE shared.user_key = ?)";
        wanted.and(of_user, [user.0.into(), user.0.into()]);
    }
    if let Some(id) = &filter.user_id {
        let of_user = "a.id IN (SELECT own.id FROM end_user named JOIN alert own ON own.user_key = named.key \
             WHERE named.project_id = ? AND named.id = ? UNION ALL \
             SELECT shared.alert_id FROM end_user named JOIN alert_member shared ON shared.user_key = named.key \
             WHERE named.project_id = ? AND named.id = ?)";
        let named = [project.0.into(), id.as_str().into(), project.0.into(), id.as_str().into()];
        wanted.and(of_user, named);
    }
    let rows =
        wanted.fetch(db.reader(), SELECT, " ORDER BY a.id DESC LIMIT ?", [(paging.limit + 1).into()]).await?;
    let alerts = rows.iter().map(alert).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(alerts, paging.limit, |alert| Cursor { at: alert.opened_at, id: alert.id.0 }))
}

/// How many alerts a project has in each state.
pub async fn counts(db: &Db, project: ProjectId) -> Result<Counts> {
    let row = sqlx::query(concat!(
        "SELECT COUNT(CASE WHEN a.state = 'open' THEN 1 END) AS open, \
         COUNT(CASE WHEN a.state = 'acknowledged' THEN 1 END) AS acknowledged, \
         COUNT(CASE WHEN a.state = 'closed' THEN 1 END) AS closed, COUNT(CASE WHEN ",
        threat!(),
        " THEN 1 END) AS threats FROM alert a WHERE a.project_id = $1",
    ))
    .bind(project.0)
    .fetch_one(db.reader())
    .await?;
    Ok(Counts {
        open: row.try_get("open")?,
        acknowledged: row.try_get("acknowledged")?,
        closed: row.try_get("closed")?,
        confirmed_threats: row.try_get("threats")?,
    })
}

/// Those of a user's alerts that are not closed, also what they share with others. How alarming the user is tell only their
/// own, and not what a rule kept out.
pub async fn unclosed(db: &Db, project: ProjectId, user: UserKey) -> Result<Unclosed> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS number, MAX(CASE WHEN a.user_key = $2 AND a.kind <> $3 THEN a.level END) AS level FROM alert a \
         WHERE a.project_id = $1 AND a.state <> 'closed' AND a.id IN (SELECT own.id FROM alert own WHERE own.user_key = $2 \
         UNION ALL SELECT shared.alert_id FROM alert_member shared WHERE shared.user_key = $2)",
    )
    .bind(project.0)
    .bind(user.0)
    .bind(DENIED)
    .fetch_one(db.reader())
    .await?;
    let level = row.try_get::<Option<i64>, _>("level")?.map_or(Level::Green, Level::from_number);
    Ok(Unclosed { number: row.try_get("number")?, level })
}

/// How many alerts that opened at or after `since` were somebody else.
pub async fn threats(db: &Db, project: ProjectId, since: Timestamp) -> Result<i64> {
    let sql =
        concat!("SELECT COUNT(*) FROM alert a WHERE a.project_id = $1 AND a.opened_at >= $2 AND ", threat!());
    Ok(sqlx::query_scalar(sql).bind(project.0).bind(since.0).fetch_one(db.reader()).await?)
}

/// Alerts opened on each of the `count` days (UTC) up to and with `now`'s, oldest first.
pub async fn opened_daily(db: &Db, project: ProjectId, count: i64, now: Timestamp) -> Result<Vec<i64>> {
    let sql = "SELECT opened_at / $3 AS day, COUNT(*) AS n FROM alert \
         WHERE project_id = $1 AND opened_at >= $2 GROUP BY 1";
    daily(db.reader(), sql, project, count, now).await
}

pub(super) fn state(text: &str) -> Result<State> {
    text.parse().map_err(|_| Error::Internal(format!("alert state {text}")))
}

fn alert(row: &AnyRow) -> Result<Alert> {
    let resolution: Option<&str> = row.try_get("resolution")?;
    Ok(Alert {
        id: AlertId(row.try_get("id")?),
        user: user(row)?,
        event_id: Some(EventId(row.try_get("event_id")?)).filter(|id| *id != EventId(0)),
        kind: row.try_get("kind")?,
        title: row.try_get("title")?,
        score: row.try_get("score")?,
        level: Level::from_number(row.try_get("level")?),
        state: state(row.try_get("state")?)?,
        resolution: resolution.map(str::parse::<Resolution>).transpose()?,
        note: row.try_get("note")?,
        events: row.try_get("events")?,
        opened_at: Timestamp(row.try_get("opened_at")?),
        last_event_at: Timestamp(row.try_get("last_event_at")?),
        acknowledged_at: time(row, "acknowledged_at")?,
        acknowledged_by: row.try_get("acknowledged_by")?,
        closed_at: time(row, "closed_at")?,
        closed_by: row.try_get("closed_by")?,
        question: question(row)?,
        unasked: row.try_get::<Option<&str>, _>("unasked")?.and_then(Unasked::from_stored),
    })
}

fn user(row: &AnyRow) -> Result<Option<EventUser>> {
    let Some(key) = row.try_get::<Option<i64>, _>("user_key")? else { return Ok(None) };
    Ok(Some(EventUser { key: UserKey(key), id: row.try_get("user_id")?, name: row.try_get("user_name")? }))
}

fn question(row: &AnyRow) -> Result<Option<Question>> {
    let Some(id) = row.try_get::<Option<i64>, _>("question_id")? else { return Ok(None) };
    let answer: Option<&str> = row.try_get("answer")?;
    Ok(Some(Question {
        id: QuestionId(id),
        alert_id: AlertId(row.try_get("id")?),
        user: UserKey(row.try_get("question_user")?),
        event_id: EventId(row.try_get("question_event")?),
        asked_at: Timestamp(row.try_get("asked_at")?),
        expires_at: Timestamp(row.try_get("expires_at")?),
        answer: answer.map(str::parse::<Answer>).transpose()?,
        answered_at: time(row, "answered_at")?,
        answered_from: row.try_get("answered_from")?,
    }))
}

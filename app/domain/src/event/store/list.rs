//! Reading the audit log: one event, and lists of them, newest first.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::{Event, EventFilter, EventUser, RawEvent, address, checked_country};
use super::stats::all;
use crate::db::filter::Filter;
use crate::db::{Db, json};
use crate::id::{AlertId, EventId, ProjectId, UserKey};
use crate::page::{Cursor, Page, Paging};
use crate::risk::{Decision, Level};
use crate::{Error, Result, Timestamp};

const SELECT: &str = "SELECT e.id, e.client_id, e.verb, e.occurred_at, e.received_at, e.user_key, e.ip, e.session_id, \
     e.device_id, e.score, e.level, e.decision, e.alert_id, e.detail, u.id AS user_id, u.name AS user_name \
     FROM event e LEFT JOIN end_user u ON u.key = e.user_key";
const SELECT_RAW: &str = "SELECT e.id, e.client_id, e.verb, e.occurred_at, e.received_at, e.user_key, e.ip, e.session_id, \
     e.device_id, e.score, e.level, e.decision, e.alert_id, e.detail, u.id AS user_id, u.name AS user_name, e.raw \
     FROM event e LEFT JOIN end_user u ON u.key = e.user_key";
const SELECT_PAGE: &str = "SELECT e.id, e.client_id, e.verb, e.occurred_at, e.received_at, e.user_key, e.ip, e.session_id, \
     e.device_id, e.score, e.level, e.decision, e.alert_id, e.detail, u.id AS user_id, u.name AS user_name, e.raw \
     FROM (SELECT e.id FROM event e";
const NEWEST_FIRST: &str = " ORDER BY e.occurred_at DESC, e.id DESC LIMIT ?";

/// A page of a project's events.
pub async fn list(db: &Db, project: ProjectId, filter: &EventFilter, paging: Paging) -> Result<Page<Event>> {
    let Some(mut conditions) = conditions(db, project, filter).await? else {
        return Ok(Page { rows: Vec::new(), next: None });
    };
    conditions.and("(e.occurred_at, e.id) < (?, ?)", [paging.after.at.0.into(), paging.after.id.into()]);
    let rows = conditions.fetch(db.reader(), SELECT, NEWEST_FIRST, [(paging.limit + 1).into()]).await?;
    let events = rows.iter().map(event).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(events, paging.limit, |event| Cursor { at: event.occurred_at, id: event.id.0 }))
}

/// The newest event of a project, by time of receipt; the first-run page listens for it.
pub async fn newest(db: &Db, project: ProjectId) -> Result<Option<Event>> {
    let page = list(db, project, &EventFilter::default(), Paging::new(None, Some(1))).await?;
    Ok(page.rows.into_iter().next())
}

/// Events by offset, with their bodies, as ThisData's clients page.
pub async fn page_by_offset(
    db: &Db,
    project: ProjectId,
    filter: &EventFilter,
    limit: i64,
    offset: i64,
) -> Result<Vec<RawEvent>> {
    let Some(conditions) = conditions(db, project, filter).await? else { return Ok(Vec::new()) };
    // An index alone tells which they are: what is skipped is not read.
    let tail = " ORDER BY e.occurred_at DESC, e.id DESC LIMIT ? OFFSET ?) page JOIN event e ON e.id = page.id \
         LEFT JOIN end_user u ON u.key = e.user_key ORDER BY e.occurred_at DESC, e.id DESC";
    let rows = conditions.fetch(db.reader(), SELECT_PAGE, tail, [limit.into(), offset.into()]).await?;
    rows.iter().map(raw_event).collect()
}

/// How many events match.
pub async fn count(db: &Db, project: ProjectId, filter: &EventFilter) -> Result<i64> {
    if *filter == EventFilter::default() {
        return all(db, project).await;
    }
    let Some(conditions) = conditions(db, project, filter).await? else { return Ok(0) };
    let rows = conditions.fetch(db.reader(), "SELECT COUNT(*) FROM event e", "", []).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
}

/// One event with its body.
pub async fn get(db: &Db, project: ProjectId, id: EventId) -> Result<RawEvent> {
    let mut conditions = Filter::default();
    conditions.and("e.id = ?", [id.0.into()]).and("e.project_id = ?", [project.0.into()]);
    let rows = conditions.fetch(db.reader(), SELECT_RAW, "", []).await?;
    raw_event(rows.first().ok_or(Error::NotFound)?)
}

/// The filter's conditions; None when nothing can match (an unknown user or session).
async fn conditions(db: &Db, project: ProjectId, filter: &EventFilter) -> Result<Option<Filter>> {
    let mut conditions = Filter::default();
    conditions.and("e.project_id = ?", [project.0.into()]);
    from_where(&mut conditions, filter)?;
    let Some(user) = whose(db, project, filter).await? else { return Ok(None) };
    if let Some(user) = user {
        conditions.and("e.user_key = ?", [user.0.into()]);
    }
    match filter.verbs.as_slice() {
        [] => {}
        [verb] => {
            conditions.and("e.verb = ?", [verb.as_str().into()]);
        }
        // An expression, so that the index on time keeps the order: merging several verbs would sort them all.
        verbs => {
            conditions.and_in("(e.verb || '')", verbs.iter().map(|verb| verb.as_str().into()));
        }
    }
    if let Some(level) = filter.level.filter(|level| *level > Level::Green) {
        conditions.and("e.level > 0 AND e.level >= ?", [level.number().into()]);
    }
    for (condition, text) in [("e.source = ?", &filter.source), ("e.session_id = ?", &filter.session_id)] {
        if let Some(text) = text {
            conditions.and(condition, [text.as_str().into()]);
        }
    }
    if let Some(alert) = filter.alert {
        conditions.and("e.alert_id = ?", [alert.0.into()]);
    }
    if let Some(since) = filter.since {
        conditions.and("e.occurred_at >= ?", [since.0.into()]);
    }
    if let Some(until) = filter.until {
        conditions.and("e.occurred_at < ?", [until.0.into()]);
    }
    Ok(Some(conditions))
}

fn from_where(conditions: &mut Filter, filter: &EventFilter) -> Result<()> {
    if let Some(text) = &filter.ip {
        match address::Within::parse(text)? {
            address::Within::One(ip) => conditions.and("e.ip = ?", [ip.to_string().into()]),
            address::Within::Octets(head) => conditions.and("e.ip LIKE ?", [format!("{head}.%").into()]),
            // No address is like an empty text.
            address::Within::Groups([whole, shorter]) => {
                conditions.and("(e.ip LIKE ? OR e.ip LIKE ?)", [whole.into(), shorter.into()])
            }
        };
    }
    if let Some(country) = &filter.country {
        conditions.and("e.country = ?", [checked_country(country)?.into()]);
    }
    Ok(())
}

/// Whose events are asked for: Some(None) for everybody's, None when that user does not exist. A session belongs to
/// one user, whose index finds its events.
async fn whose(db: &Db, project: ProjectId, filter: &EventFilter) -> Result<Option<Option<UserKey>>> {
    let found = if filter.user.is_some() {
        return Ok(Some(filter.user));
    } else if let Some(id) = &filter.user_id {
        sqlx::query_scalar("SELECT key FROM end_user WHERE project_id = $1 AND id = $2")
            .bind(project.0)
            .bind(id)
    } else if let Some(id) = &filter.session_id {
        sqlx::query_scalar("SELECT user_key FROM session WHERE project_id = $1 AND id = $2")
            .bind(project.0)
            .bind(id)
    } else {
        return Ok(Some(None));
    };
    let key: Option<i64> = found.fetch_optional(db.reader()).await?;
    Ok(key.map(|key| Some(UserKey(key))))
}

fn raw_event(row: &AnyRow) -> Result<RawEvent> {
    Ok(RawEvent { event: event(row)?, raw: json(row, "raw")? })
}

/// An event of a row.
pub(super) fn event(row: &AnyRow) -> Result<Event> {
    let key: Option<i64> = row.try_get("user_key")?;
    let user = match (key, row.try_get::<Option<String>, _>("user_id")?) {
        (Some(key), Some(id)) => Some(EventUser { key: UserKey(key), id, name: row.try_get("user_name")? }),
        _ => None,
    };
    Ok(Event {
        id: EventId(row.try_get("id")?),
        client_id: row.try_get("client_id")?,
        verb: row.try_get("verb")?,
        occurred_at: Timestamp(row.try_get("occurred_at")?),
        received_at: Timestamp(row.try_get("received_at")?),
        user,
        ip: row.try_get("ip")?,
        session_id: row.try_get("session_id")?,
        device_id: row.try_get("device_id")?,
        score: row.try_get("score")?,
        level: Level::from_number(row.try_get("level")?),
        decision: Decision::from_stored(row.try_get("decision")?),
        alert_id: row.try_get::<Option<i64>, _>("alert_id")?.map(AlertId),
        detail: json(row, "detail")?,
    })
}

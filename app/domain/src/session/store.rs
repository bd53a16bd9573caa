//! The SQL of sessions.

mod began;
mod fold;
pub(crate) mod mark;
pub(crate) mod ordered;
mod zombie;

use sqlx::Row as _;
use sqlx::any::AnyRow;

pub use began::began;
use fold::{Row, fold};
pub(crate) use ordered::ordered_by;
use ordered::orders_since_it_began;
use zombie::{lives, zombies};

use super::{Contradiction, Seen, Session, SessionOrder, Sign, State, checked_id};
use crate::db::{Db, Tx, batch, json, time, to_json};
use crate::event::EventUser;
use crate::id::{EventId, ProjectId, RevocationId, UserKey};
use crate::page::{Cursor, Page, Paging};
use crate::risk::{Level, Unsettled};
use crate::{Error, Result, Timestamp};
use crate::{project, revocation};

/// Records what `events` say of the sessions they name: a login begins one (and takes it over from another user), a
/// log-out ends it, anything else moves it on; `signs` only say that it lives. Answers the sessions that live although
/// their application reported them dead; their orders are marked, the alert is the caller's.
pub async fn seen(
    tx: &mut Tx<'_>,
    events: &[Seen],
    signs: &[Sign],
    now: Timestamp,
) -> Result<Vec<Contradiction>> {
    let rows = fold(events);
    let zombies = zombies(tx, &lives(&rows, signs)).await?;
    for zombie in &zombies {
        revocation::store::contradict(tx, zombie, now).await?;
    }
    let rows = rows.into_iter().map(|row| Ok((to_json(row.detail)?, row))).collect::<Result<Vec<_>>>()?;
    let (begun, moved): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, row)| row.begins);
    upsert(tx, BEGIN, &begun).await?;
    upsert(tx, MOVE, &moved).await?;
    Ok(zombie::newest(zombies))
}

async fn upsert(tx: &mut Tx<'_>, conflict: &'static str, rows: &[(String, Row<'_>)]) -> Result<()> {
    let head = "INSERT INTO session \
        (detail, memory, project_id, id, user_key, state, started_at, last_seen_at, ended_at, last_event_id, \
        orange_at, red_at, passed_at)";
    batch::insert(tx.conn(), head, conflict, 13, rows, |query, (detail, row)| {
        query
            .bind(detail.as_str())
            .bind(row.memory)
            .bind(row.project.0)
            .bind(row.session)
            .bind(row.user.0)
            .bind(row.state.as_str())
            .bind(row.started_at.0)
            .bind(row.last_seen_at.0)
            .bind(row.ended_at.map(|at| at.0))
            .bind(row.event.0)
            .bind(row.unsettled.orange.0)
            .bind(row.unsettled.red.0)
            .bind(row.passed_at.0)
    })
    .await?;
    Ok(())
}

/// A login that is not older than what is known of the session, or than its end: what follows it may have come first.
/// Without an event, only an order is known.
const BEGIN: &str = "ON CONFLICT (project_id, id) DO UPDATE SET user_key = excluded.user_key, state = excluded.state, \
    started_at = excluded.started_at, last_seen_at = excluded.last_seen_at, ended_at = excluded.ended_at, \
    last_event_id = excluded.last_event_id, detail = excluded.detail, memory = excluded.memory, \
    orange_at = excluded.orange_at, red_at = excluded.red_at, passed_at = excluded.passed_at \
    WHERE excluded.started_at >= session.last_seen_at OR session.last_event_id = 0 \
    OR (session.state = 'ended' AND excluded.started_at >= session.ended_at)";

/// Anything else: events may come late and out of order. The log-out of a session that another login has begun anew since
/// ends nothing.
const MOVE: &str = "ON CONFLICT (project_id, id) DO UPDATE SET \
    state = CASE WHEN session.state = 'live' AND COALESCE(excluded.ended_at, session.started_at) >= session.started_at THEN excluded.state ELSE session.state END, \
    ended_at = CASE WHEN session.state = 'live' AND COALESCE(excluded.ended_at, session.started_at) >= session.started_at THEN excluded.ended_at ELSE session.ended_at END, \
    last_seen_at = CASE WHEN excluded.last_seen_at >= session.last_seen_at THEN excluded.last_seen_at ELSE session.last_seen_at END, \
    last_event_id = CASE WHEN excluded.last_seen_at >= session.last_seen_at THEN excluded.last_event_id ELSE session.last_event_id END, \
    detail = CASE WHEN excluded.last_seen_at >= session.last_seen_at AND excluded.detail <> '{}' THEN excluded.detail ELSE session.detail END, \
    memory = COALESCE(excluded.memory, session.memory), \
    orange_at = CASE WHEN excluded.orange_at > session.orange_at AND excluded.orange_at >= session.started_at THEN excluded.orange_at ELSE session.orange_at END, \
    red_at = CASE WHEN excluded.red_at > session.red_at AND excluded.red_at >= session.started_at THEN excluded.red_at ELSE session.red_at END, \
    passed_at = CASE WHEN excluded.passed_at > session.passed_at AND excluded.passed_at >= session.started_at THEN excluded.passed_at ELSE session.passed_at END \
    WHERE session.user_key = excluded.user_key";

/// All columns of a session with its user and its newest order since it began.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.user_key, u.id AS user_id, u.name AS user_name, s.state, s.started_at, s.last_seen_at, s.ended_at, \
             s.last_event_id, s.detail, s.orange_at, s.red_at, s.passed_at, o.revocation_id, o.state AS order_state, o.outcome, o.deferred_until \
             FROM session s JOIN end_user u ON u.key = s.user_key \
             LEFT JOIN revocation_session o ON o.revocation_id = (SELECT MAX(r.id) ",
            orders_since_it_began!(),
            ") AND o.session_id = (SELECT MAX(x.session_id) FROM revocation_session x \
             WHERE x.revocation_id = o.revocation_id AND x.session_id IN (s.id, '')) ",
            $rest
        )
    };
}

/// One session as it stands at `now`, and whether it was ordered to end.
pub async fn get(db: &Db, project: ProjectId, id: &str, now: Timestamp) -> Result<Session> {
    let id = checked_id(id).map_err(|_| Error::NotFound)?;
    let idle = project::store::get(db, project).await?.settings.session_idle();
    let row = sqlx::query(select!("WHERE s.project_id = $1 AND s.id = $2"))
        .bind(project.0)
        .bind(id)
        .fetch_optional(db.reader())
        .await?;
    session(&row.ok_or(Error::NotFound)?, idle, now)
}

/// A user's sessions as they stand at `now`, the last seen first; of one state, or of all.
pub async fn list_for_user(
    db: &Db,
    project: ProjectId,
    user: UserKey,
    state: Option<State>,
    paging: Paging,
    now: Timestamp,
) -> Result<Page<Session>> {
    let idle = project::store::get(db, project).await?.settings.session_idle();
    let (stored, above, below) = stored(state, now.plus(-idle));
    let rows = sqlx::query(select!(
        "WHERE s.user_key = $1 AND s.project_id = $2 AND s.state = COALESCE($3, s.state) \
         AND s.last_seen_at > $7 AND s.last_seen_at < $8 AND (s.last_seen_at, s.last_event_id) < ($4, $5) ORDER BY s.last_seen_at DESC, s.last_event_id DESC LIMIT $6"
    ))
    .bind(user.0)
    .bind(project.0)
    .bind(stored.map(State::as_str))
    .bind(paging.after.at.0)
    .bind(paging.after.id)
    .bind(paging.limit + 1)
    .bind(above)
    .bind(below)
    .fetch_all(db.reader())
    .await?;
    let sessions = rows.iter().map(|row| session(row, idle, now)).collect::<Result<Vec<_>>>()?;
    let place = |session: &Session| Cursor {
        at: session.last_seen_at,
        id: session.last_event_id.map_or(0, |id| id.0),
    };
    Ok(Page::from_rows(sessions, paging.limit, place))
}

/// How sessions of a state are stored: as which state, last seen after and before when; `cutoff` parts live from idle.
fn stored(state: Option<State>, cutoff: Timestamp) -> (Option<State>, i64, i64) {
    match state {
        Some(State::Live) => (state, cutoff.0, i64::MAX),
        Some(State::Idle) => (Some(State::Live), i64::MIN, cutoff.0.saturating_add(1)),
        _ => (state, i64::MIN, i64::MAX),
    }
}

fn session(row: &AnyRow, idle: i64, now: Timestamp) -> Result<Session> {
    let event: i64 = row.try_get("last_event_id")?;
    let order = match row.try_get::<Option<i64>, _>("revocation_id")? {
        Some(id) => Some(SessionOrder {
            revocation_id: RevocationId(id),
            state: revocation::store::state(row, "order_state")?,
        }),
        None => None,
    };
    let last_seen_at = Timestamp(row.try_get("last_seen_at")?);
    Ok(Session {
        id: row.try_get("id")?,
        user: EventUser {
            key: UserKey(row.try_get("user_key")?),
            id: row.try_get("user_id")?,
            name: row.try_get("user_name")?,
        },
        state: State::from_stored(row.try_get("state")?).at(last_seen_at, idle, now),
        started_at: Timestamp(row.try_get("started_at")?),
        last_seen_at,
        ended_at: time(row, "ended_at")?,
        last_event_id: (event != 0).then_some(EventId(event)),
        detail: json(row, "detail")?,
        level: level(row)?,
        order,
    })
}

/// A passed challenge vouches for what came before it.
fn level(row: &AnyRow) -> Result<Level> {
    let (orange, red) = (Timestamp(row.try_get("orange_at")?), Timestamp(row.try_get("red_at")?));
    Ok(Unsettled { orange, red }.level_since(Timestamp(row.try_get("passed_at")?)))
}

//! Which sessions a "no" is about: those of the alert, and those that bear the trace of the login that was asked about.

use std::collections::BTreeSet;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::read::Asked;
use crate::db::{Tx, json};
use crate::event::{Detail, verb};
use crate::revocation::MAX_SESSIONS;
use crate::risk::Level;
use crate::session::store::ordered::since_it_began;
use crate::session::{Trace, checked_id};
use crate::time::DAY;
use crate::{Result, Timestamp};

/// How long before or after the denied login another one is taken for the same visit.
const NEAR: i64 = DAY;

/// The sessions to end, and whether some of them are being ended already.
pub(super) struct Suspects {
    pub(super) sessions: Vec<String>,
    pub(super) under_way: bool,
}

/// The session that was asked about, every session of the alert's events, every live session that was begun or used
/// on the same device (or, without a token, by the same kind of client from the same network), unless device and network
/// are the user's own, and every live session that a login beside it began and that alarmed as well. What an order is
/// about already is left to it.
pub(super) async fn suspects(tx: &mut Tx<'_>, asked: &Asked, now: Timestamp) -> Result<Suspects> {
    let alive_since = now.plus(-asked.project.settings.session_idle());
    let event = &asked.event;
    let mut found: BTreeSet<String> =
        event.session_id.iter().filter(|id| checked_id(id).is_ok()).cloned().collect();
    found.extend(of_alert(tx, asked).await?);
    let trace = Trace::new(event.device_id.as_deref(), event.ip.as_deref(), &event.detail.agent);
    let trace = trace.through(event.detail.network.as_ref().and_then(|network| network.asn));
    found.extend(beside(tx, asked, &trace, alive_since).await?);
    let trace = trace.without(&own(tx, asked).await?);
    found.extend(trace.among(&seen(tx, asked, alive_since).await?));
    let ordered = ordered(tx, asked).await?;
    let all = found.len();
    found.retain(|id| !ordered.contains(id));
    Ok(Suspects { under_way: found.len() < all, sessions: found.into_iter().take(MAX_SESSIONS).collect() })
}

/// The live sessions in which the alert's events happened.
async fn of_alert(tx: &mut Tx<'_>, asked: &Asked) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT s.id FROM event e JOIN session s ON s.project_id = e.project_id AND s.id = e.session_id \
         WHERE e.alert_id = $1 AND e.user_key = $2 AND s.user_key = $2 AND s.state = 'live'";
    Ok(sqlx::query_scalar(sql)
        .bind(asked.question.alert_id.0)
        .bind(asked.question.user.0)
        .fetch_all(tx.conn())
        .await?)
}

/// What the user logged in with before the alert without alarming anybody, and what they vouched for.
async fn own(tx: &mut Tx<'_>, asked: &Asked) -> Result<Vec<Trace>> {
    let rows = sqlx::query(
        "SELECT e.verb, e.device_id, e.ip, MIN(e.detail) AS detail FROM event e \
         JOIN session s ON s.project_id = e.project_id AND s.id = e.session_id AND s.user_key = e.user_key \
         WHERE e.user_key = $1 AND (e.level = 0 AND e.id < (SELECT event_id FROM alert WHERE id = $2) \
         OR e.id IN (SELECT q.event_id FROM question q WHERE q.user_key = $1 AND q.answer = 'yes')) \
         GROUP BY e.verb, e.device_id, e.ip",
    )
    .bind(asked.question.user.0)
    .bind(asked.question.alert_id.0)
    .fetch_all(tx.conn())
    .await?;
    let mut own = Vec::new();
    for row in &rows {
        if verb::is_login(row.try_get("verb")?) {
            own.push(trace(row)?);
        }
    }
    Ok(own)
}

/// The user's live sessions with the traces of their events, each trace once.
async fn seen(tx: &mut Tx<'_>, asked: &Asked, alive_since: Timestamp) -> Result<Vec<(String, Trace)>> {
    let rows = sqlx::query(
        "SELECT e.session_id, e.verb, e.device_id, e.ip, MIN(e.detail) AS detail FROM event e \
         JOIN session s ON s.project_id = e.project_id AND s.id = e.session_id \
         WHERE e.user_key = $1 AND e.occurred_at > $2 AND s.user_key = $1 AND s.state = 'live' AND s.last_seen_at > $2 \
         GROUP BY e.session_id, e.verb, e.device_id, e.ip",
    )
    .bind(asked.question.user.0)
    .bind(alive_since.0)
    .fetch_all(tx.conn())
    .await?;
    let mut seen = Vec::new();
    for row in &rows {
        // A failed attempt names a session; it does not use it.
        if !verb::is_failure(row.try_get("verb")?) {
            seen.push((row.try_get("session_id")?, trace(row)?));
        }
    }
    Ok(seen)
}

/// The live sessions that logins beside the denied one began within [`NEAR`], or red ones, wherever they came from: a thief's next
/// private window has a token of its own, and their next proxy an address. Only those whose every login was alarming; one that began as usual, or that the user or an operator
/// vouched for, never.
async fn beside(
    tx: &mut Tx<'_>,
    asked: &Asked,
    denied: &Trace,
    alive_since: Timestamp,
) -> Result<BTreeSet<String>> {
    let rows = sqlx::query(concat!(
        "SELECT e.session_id, e.device_id, e.ip, e.detail, e.level, e.occurred_at, CASE WHEN \
         e.id IN (SELECT q.event_id FROM question q WHERE q.user_key = $1 AND q.answer = 'yes') OR e.alert_id IN \
         (SELECT a.id FROM alert a WHERE a.user_key = $1 AND a.id <> $3 \
         AND a.resolution IN ('confirmed_by_user', 'expected', 'false_alarm')) THEN 1 ELSE 0 END AS vouched \
         FROM event e JOIN session s ON s.project_id = e.project_id AND s.id = e.session_id \
         WHERE e.user_key = $1 AND s.user_key = $1 AND s.state = 'live' AND s.last_seen_at > $2 AND ",
        verb::is_login_in_sql!(),
    ))
    .bind(asked.question.user.0)
    .bind(alive_since.0)
    .bind(asked.question.alert_id.0)
    .fetch_all(tx.conn())
    .await?;
    let (mut found, mut trusted) = (BTreeSet::new(), BTreeSet::new());
    for row in &rows {
        let (session, at): (String, _) = (row.try_get("session_id")?, Timestamp(row.try_get("occurred_at")?));
        if row.try_get::<i64, _>("level")? == 0 || row.try_get::<i64, _>("vouched")? == 1 {
            trusted.insert(session);
        } else if at.since(asked.event.occurred_at).abs() <= NEAR {
            let is_red = row.try_get::<i64, _>("level")? == Level::Red.number();
            if is_red || denied.is_beside(&trace(row)?) {
                found.insert(session);
            }
        }
    }
    Ok(&found - &trusted)
}

fn trace(row: &AnyRow) -> Result<Trace> {
    let detail: Detail = json(row, "detail")?;
    let trace = Trace::new(row.try_get("device_id")?, row.try_get("ip")?, &detail.agent);
    Ok(trace.through(detail.network.as_ref().and_then(|network| network.asn)))
}

/// The user's sessions that await the outcome of an order, or were revoked.
async fn ordered(tx: &mut Tx<'_>, asked: &Asked) -> Result<BTreeSet<String>> {
    // From the orders on: a user has few, and may have had many sessions.
    let ids: Vec<String> = sqlx::query_scalar(concat!(
        "SELECT o.session_id FROM revocation r JOIN revocation_session o ON o.revocation_id = r.id \
         JOIN session s ON s.project_id = o.project_id AND s.id = o.session_id \
         WHERE r.user_key = $1 AND ",
        since_it_began!(),
        " AND (r.settled_at IS NULL OR s.state = 'revoked')",
    ))
    .bind(asked.question.user.0)
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().collect())
}

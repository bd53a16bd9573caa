//! Giving an order: which sessions it is about, the rows, the message that carries it.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Value, json};
use sqlx::Row;

use super::carry::{message, named};
use super::feed::next_place;
use super::progress::step;
use super::together::{parts, tie};
use super::whole::covers_unknown;
use crate::db::{Queue, Tx, batch, json};
use crate::id::{AlertId, EventId, ProjectId, QuestionId, RevocationId, UserKey};
use crate::ledger;
use crate::operator::Actor;
use crate::project::Settings;
use crate::revocation::receipt::WHOLE;
use crate::revocation::{InitiatedBy, MAX_SESSIONS, Reason, Scope};
use crate::session::checked_id;
use crate::session::store::mark;
use crate::time::SECOND;
use crate::vault::{token, token_hash};
use crate::webhook::store::publish;
use crate::{Error, Result, Timestamp};

/// An order to be given.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Whose application.
    pub project: ProjectId,
    /// Whose sessions.
    pub user: UserKey,
    /// Which of them.
    pub scope: Scope,
    /// One, listed: those to end, also ones that no event has named. Others: those to keep. All: of no account.
    pub sessions: &'a [String],
    /// Why.
    pub reason: Reason,
    /// Who wants it.
    pub actor: &'a Actor,
    /// The event that led to it.
    pub event: Option<EventId>,
    /// The alert that led to it.
    pub alert: Option<AlertId>,
    /// The question that led to it.
    pub question: Option<QuestionId>,
    /// The base of the receipt's URL, without a slash at its end.
    pub public_url: &'a str,
    /// The body for endpoints of format `thisdata`, to which the order is added at the top level. None: they get the
    /// standard body.
    pub thisdata: Option<Value>,
}

/// Gives an order and publishes it; where there are more sessions than one takes, as many orders as they need, of which it
/// answers the first. Where the scope is all and no session of the user is live, an order by hand names none, and any order
/// where none was ever named: it is about the user as a whole. None when there is nothing to end: the user has no live
/// session, or those that are named are another user's.
pub async fn request(tx: &mut Tx<'_>, request: Request<'_>, now: Timestamp) -> Result<Option<RevocationId>> {
    request_within(tx, request, None, now).await
}

/// The same, to be confirmed within so many seconds; None: as the project's settings say.
pub(super) async fn request_within(
    tx: &mut Tx<'_>,
    request: Request<'_>,
    confirm_seconds: Option<i64>,
    now: Timestamp,
) -> Result<Option<RevocationId>> {
    let (user_id, settings) = whose(tx, &request).await?;
    let mut sessions = resolve(tx, &request, &settings, now).await?;
    let idle_since = now.plus(-settings.session_idle());
    if request.scope == Scope::All && covers_unknown(tx, &request, idle_since).await? {
        sessions = BTreeSet::from([WHOLE.to_owned()]);
    }
    let within = confirm_seconds.unwrap_or(settings.confirm_seconds);
    let confirm_by = now.plus(within.saturating_mul(SECOND));
    let parts = parts(sessions);
    let together: Vec<_> = parts.iter().map(|_| RevocationId(tx.next_id(now))).collect();
    for (id, sessions) in together.iter().zip(&parts) {
        let part = Part { id: *id, together: &together, sessions };
        give(tx, &request, &user_id, part, confirm_by, now).await?;
    }
    tie(tx, &together).await?;
    Ok(together.first().copied())
}

/// The sessions that a request is about as things stand.
pub(super) async fn meant(
    tx: &mut Tx<'_>,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<BTreeSet<String>> {
    let (_, settings) = whose(tx, request).await?;
    resolve(tx, request, &settings, now).await
}

/// One of the orders that are given together.
#[derive(Clone, Copy)]
struct Part<'a> {
    id: RevocationId,
    together: &'a [RevocationId],
    sessions: &'a BTreeSet<String>,
}

/// Gives one order, about these sessions.
async fn give(
    tx: &mut Tx<'_>,
    request: &Request<'_>,
    user_id: &str,
    part: Part<'_>,
    confirm_by: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let (Part { id, together, sessions }, token) = (part, token("rct_"));
    let place = next_place(tx, request.project).await?;
    insert(tx, request, id, place, &token, confirm_by, now).await?;
    insert_sessions(tx, request, id, sessions, now).await?;
    step(tx, id, "", "requested", &request.actor.to_string(), now).await?;
    let mut detail = json!({ "user": user_id, "scope": request.scope, "sessions": named(sessions).count(), "reason": request.reason.code });
    if together.len() > 1 {
        detail["orders"] = json!(together);
    }
    ledger::record(
        tx,
        now,
        Some(request.project),
        request.actor,
        "revocation.requested",
        &id.to_string(),
        &detail,
    )
    .await?;
    let url = format!("{}/receipts/{token}", request.public_url);
    publish(tx, message(request, id, user_id, sessions, [now, confirm_by], &url), now).await?;
    tx.wake(Queue::Revocations);
    Ok(())
}

/// The application's id of the user, and the project's settings.
async fn whose(tx: &mut Tx<'_>, request: &Request<'_>) -> Result<(String, Settings)> {
    let row = sqlx::query(
        "SELECT u.id, p.settings FROM end_user u JOIN project p ON p.id = u.project_id WHERE u.key = $1 AND u.project_id = $2",
    )
    .bind(request.user.0)
    .bind(request.project.0)
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok((row.try_get("id")?, json(&row, "settings")?))
}

async fn resolve(
    tx: &mut Tx<'_>,
    request: &Request<'_>,
    settings: &Settings,
    now: Timestamp,
) -> Result<BTreeSet<String>> {
    if matches!(request.scope, Scope::Others | Scope::All) {
        return live(tx, request, now.plus(-settings.session_idle())).await;
    }
    if request.sessions.len() > MAX_SESSIONS {
        return Err(Error::invalid("sessions", format!("must be at most {MAX_SESSIONS}")));
    }
    let mut mine = BTreeSet::new();
    for (place, id) in request.sessions.iter().enumerate() {
        let at = mark::named_at(now, place);
        let owner = mark::known(tx, request.project, checked_id(id)?, request.user, at).await?;
        if owner == request.user {
            mine.insert(id.clone());
        }
    }
    Ok(mine)
}

/// No user's sessions beyond these are ordered ended at once: the last seen.
const MOST: usize = 20 * MAX_SESSIONS;

/// The user's live sessions without those to keep.
async fn live(tx: &mut Tx<'_>, request: &Request<'_>, idle_since: Timestamp) -> Result<BTreeSet<String>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM session WHERE user_key = $1 AND project_id = $2 AND state = 'live' AND last_seen_at > $3 ORDER BY last_seen_at DESC LIMIT $4",
    )
    .bind(request.user.0)
    .bind(request.project.0)
    .bind(idle_since.0)
    .bind(i64::try_from(MOST + request.sessions.len()).unwrap_or(i64::MAX))
    .fetch_all(tx.conn())
    .await?;
    let named = request.sessions.iter().filter(|_| request.scope == Scope::Others);
    let kept: HashSet<&String> = named.collect();
    Ok(ids.into_iter().filter(|id| !kept.contains(id)).take(MOST).collect())
}

async fn insert(
    tx: &mut Tx<'_>,
    request: &Request<'_>,
    id: RevocationId,
    place: i64,
    token: &str,
    confirm_by: Timestamp,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO revocation (id, project_id, user_key, scope, state, reason_code, reason_text, initiated_by, initiator, \
         alert_id, question_id, asked_at, receipt_hash, requested_at, confirm_by, next_limit, feed) \
         VALUES ($1, $2, $3, $4, 'requested', $5, $6, $7, $8, $9, $10, (SELECT asked_at FROM question WHERE id = $10), $11, $12, $13, $13, $14)",
    )
    .bind(id.0)
    .bind(request.project.0)
    .bind(request.user.0)
    .bind(request.scope.as_str())
    .bind(&request.reason.code)
    .bind(&request.reason.text)
    .bind(InitiatedBy::from(request.actor).as_str())
    .bind(request.actor.to_string())
    .bind(request.alert.map(|id| id.0))
    .bind(request.question.map(|id| id.0))
    .bind(token_hash(token))
    .bind(now.0)
    .bind(confirm_by.0)
    .bind(place)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn insert_sessions(
    tx: &mut Tx<'_>,
    request: &Request<'_>,
    id: RevocationId,
    sessions: &BTreeSet<String>,
    now: Timestamp,
) -> Result<()> {
    let rows: Vec<_> = sessions.iter().collect();
    let head = "INSERT INTO revocation_session (revocation_id, project_id, session_id, updated_at, state)";
    batch::run(tx.conn(), head, "", 5, &rows, |query, session| {
        query.bind(id.0).bind(request.project.0).bind(session.as_str()).bind(now.0).bind("requested")
    })
    .await?;
    Ok(())
}

//! Orders that people and applications give by hand, each in a transaction of its own.

use std::collections::BTreeSet;

use super::request::{Request, request_within};
use super::same::open_same;
use super::terms::Terms;
use crate::db::{Db, Tx};
use crate::id::{AlertId, ProjectId, RevocationId, UserKey};
use crate::operator::Actor;
use crate::revocation::{InitiatedBy, MAX_SESSIONS, Reason, Scope};
use crate::session::checked_id;
use crate::session::store::mark;
use crate::session::store::ordered::orders_since_it_began;
use crate::{Error, Result, Timestamp, alert, event, session, user};

/// Orders one session ended. While an order for it awaits its outcome, that one is the answer: a second click is no
/// second order.
pub async fn revoke_session<'a>(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: &str,
    terms: impl Into<Terms<'a>>,
    now: Timestamp,
) -> Result<RevocationId> {
    let terms = terms.into().checked()?;
    let session = session::store::get(db, project, id, now).await?;
    let mut tx = db.begin().await?;
    if let Some(open) = open(&mut tx, project, session.user.key, id, now).await? {
        return Ok(open);
    }
    let sessions = [session.id];
    let ordered = request_within(
        &mut tx,
        by_hand(actor, project, session.user.key, Scope::One, &sessions, terms),
        terms.confirm_seconds,
        now,
    )
    .await?;
    // Another user's login took it over since it was read.
    let ordered = ordered.ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(ordered)
}

/// Orders all of a user's live sessions ended, or all but those to `keep`. Where none is known to live, the user as a whole is
/// ordered to end. While such an order is open and is about the same sessions, it is the answer.
pub async fn revoke_sessions<'a>(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    user: UserKey,
    keep: &[String],
    terms: impl Into<Terms<'a>>,
    now: Timestamp,
) -> Result<RevocationId> {
    let terms = terms.into().checked()?;
    let scope = if keep.is_empty() { Scope::All } else { Scope::Others };
    let mut tx = db.begin().await?;
    let request = by_hand(actor, project, user, scope, keep, terms);
    let ordered = order_all(&mut tx, request, terms.confirm_seconds, now).await?;
    tx.commit().await?;
    Ok(ordered)
}

/// The same, of a request that lists none: what it is about may be none too.
pub(super) async fn order_all(
    tx: &mut Tx<'_>,
    request: Request<'_>,
    confirm_seconds: Option<i64>,
    now: Timestamp,
) -> Result<RevocationId> {
    if let Some(open) = open_same(tx, &request, now).await? {
        return Ok(open);
    }
    let ordered = request_within(tx, request, confirm_seconds, now).await?;
    ordered.ok_or_else(|| Error::conflict("the user has no live session to end"))
}

/// Orders those of a user's sessions ended that are listed. One for which an order awaits its outcome is left out: a
/// second click is no second order. Where that is so of all of them, the latest of those orders is the answer.
pub async fn revoke_listed<'a>(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    user: UserKey,
    listed: &[String],
    terms: impl Into<Terms<'a>>,
    now: Timestamp,
) -> Result<RevocationId> {
    let terms = terms.into().checked()?;
    if !(1..=MAX_SESSIONS).contains(&listed.len()) {
        return Err(Error::invalid("sessions", format!("must be 1 to {MAX_SESSIONS}")));
    }
    user::store::get(db, project, user).await?;
    let mut tx = db.begin().await?;
    let request = by_hand(actor, project, user, Scope::Listed, listed, terms);
    let ordered = order_listed(&mut tx, request, terms.confirm_seconds, now).await?;
    tx.commit().await?;
    Ok(ordered)
}

/// The same, of a request that lists the sessions.
pub(super) async fn order_listed(
    tx: &mut Tx<'_>,
    request: Request<'_>,
    confirm_seconds: Option<i64>,
    now: Timestamp,
) -> Result<RevocationId> {
    let (project, user) = (request.project, request.user);
    let (sessions, under_way) = unordered_of(tx, project, user, request.sessions, now).await?;
    if let Some(order) = under_way.filter(|_| sessions.is_empty()) {
        return Ok(order);
    }
    let rest = Request { sessions: &sessions, ..request };
    request_within(tx, rest, confirm_seconds, now).await?.ok_or(Error::NotFound)
}

/// Those of the listed sessions for which no order is open, and the latest order that is open for the others.
pub(crate) async fn unordered_of(
    tx: &mut Tx<'_>,
    project: ProjectId,
    user: UserKey,
    listed: &[String],
    now: Timestamp,
) -> Result<(Vec<String>, Option<RevocationId>)> {
    let (mut sessions, mut under_way) = (Vec::new(), None);
    // In one order, so that two hands at once do not wait for each other.
    for (place, id) in listed.iter().collect::<BTreeSet<_>>().into_iter().enumerate() {
        match open(tx, project, user, checked_id(id)?, mark::named_at(now, place)).await? {
            Some(order) => under_way = under_way.max(Some(order)),
            None => sessions.push(id.clone()),
        }
    }
    Ok((sessions, under_way))
}

/// Orders the session that an alert is about ended, or all live ones of its user.
pub async fn revoke_for_alert<'a>(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: AlertId,
    all: bool,
    terms: impl Into<Terms<'a>>,
    now: Timestamp,
) -> Result<RevocationId> {
    let terms = terms.into().checked()?;
    let alert = alert::store::get(db, project, id).await?;
    let user = alert.user.ok_or_else(|| Error::conflict("an anonymous user has no session to end"))?.key;
    let event = match alert.event_id {
        Some(id) => Some(event::store::get(db, project, id).await?.event),
        None => None,
    };
    let (event, session) = event.map(|event| (event.id, event.session_id)).unzip();
    let session = session.flatten().filter(|_| !all);
    if session.is_none() && !all {
        return Err(Error::conflict("the login named no session"));
    }
    let mut tx = db.begin().await?;
    if let Some(session) = &session
        && let Some(open) = open(&mut tx, project, user, session, now).await?
    {
        return Ok(open);
    }
    let scope = if all { Scope::All } else { Scope::One };
    let by_hand = by_hand(actor, project, user, scope, session.as_slice(), terms);
    let request = Request { event, alert: Some(id), ..by_hand };
    let ordered = order_all(&mut tx, request, terms.confirm_seconds, now).await?;
    tx.commit().await?;
    Ok(ordered)
}

/// The order that is open for a session. Holds the session's row, so that of two clicks at once the second sees what
/// the first ordered.
async fn open(
    tx: &mut Tx<'_>,
    project: ProjectId,
    user: UserKey,
    session: &str,
    now: Timestamp,
) -> Result<Option<RevocationId>> {
    mark::known(tx, project, session, user, now).await?;
    let id: Option<i64> = sqlx::query_scalar(
        "SELECT MAX(r.id) FROM revocation_session o JOIN revocation r ON r.id = o.revocation_id \
         WHERE o.project_id = $1 AND o.session_id = $2 AND r.user_key = $3 AND r.settled_at IS NULL",
    )
    .bind(project.0)
    .bind(session)
    .bind(user.0)
    .fetch_one(tx.conn())
    .await?;
    Ok(id.map(RevocationId))
}

/// True when the user has a live session that nobody has ordered ended since it began: this one, or any.
pub(crate) async fn unordered(
    tx: &mut Tx<'_>,
    project: ProjectId,
    user: UserKey,
    session: Option<&str>,
) -> Result<bool> {
    macro_rules! live {
        ($session:literal) => {
            concat!(
                "SELECT COUNT(*) FROM session s WHERE s.project_id = $1 AND s.user_key = $2 AND s.state = 'live' ",
                $session,
                " AND NOT EXISTS (SELECT 1 ",
                orders_since_it_began!(),
                ")"
            )
        };
    }
    let query = match session {
        Some(id) => sqlx::query_scalar(live!("AND s.id = $3")).bind(project.0).bind(user.0).bind(id),
        None => sqlx::query_scalar(live!("")).bind(project.0).bind(user.0),
    };
    let count: i64 = query.fetch_one(tx.conn()).await?;
    Ok(count > 0)
}

pub(super) fn by_hand<'a>(
    actor: &'a Actor,
    project: ProjectId,
    user: UserKey,
    scope: Scope,
    sessions: &'a [String],
    terms: Terms<'a>,
) -> Request<'a> {
    let (code, text) = match InitiatedBy::from(actor) {
        InitiatedBy::Api => ("application.requested", "Requested by the application"),
        _ => ("operator.requested", "Requested by an operator"),
    };
    let reason = Reason { code: code.to_owned(), text: terms.reason.unwrap_or(text).to_owned() };
    Request {
        project,
        user,
        scope,
        sessions,
        reason,
        actor,
        event: None,
        alert: None,
        question: None,
        public_url: terms.public_url,
        thisdata: None,
    }
}

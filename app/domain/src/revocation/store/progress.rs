//! How an order comes along: deliveries and signs of life; the state of the whole follows from its sessions.

use std::collections::BTreeMap;

use super::absent::look_again;
use super::after_all;
use super::alarm::{Trouble, alarm};
use super::{Held, adopt, columns, hold, objection, sessions};
use crate::db::{Queue, Tx};
use crate::id::{DeliveryId, RevocationId};
use crate::revocation::receipt::WHOLE;
use crate::revocation::{Fact, Outcome, Overall, State, next_limit, overall, transition};
use crate::session::store::mark;
use crate::session::{self, Contradiction};
use crate::{Result, Timestamp};

/// An endpoint took the order.
pub async fn delivered(
    tx: &mut Tx<'_>,
    id: RevocationId,
    delivery: DeliveryId,
    now: Timestamp,
) -> Result<()> {
    let order = hold(tx, id).await?;
    advance(tx, &order, Fact::Delivered, &format!("delivery {delivery}"), now).await?;
    settle(tx, &order, now).await?;
    Ok(())
}

/// An endpoint answered with success and without a receipt: what it did is unknown.
pub async fn acknowledged(
    tx: &mut Tx<'_>,
    id: RevocationId,
    delivery: DeliveryId,
    now: Timestamp,
) -> Result<()> {
    let order = hold(tx, id).await?;
    let cause = format!("delivery {delivery}");
    advance(tx, &order, Fact::Acknowledged, &cause, now).await?;
    look_again(tx, &order, &cause, now).await?;
    settle(tx, &order, now).await?;
    Ok(())
}

/// A session that was reported dead was seen alive: marks the order and the session. The caller raises the alert.
pub(crate) async fn contradict(tx: &mut Tx<'_>, zombie: &Contradiction, now: Timestamp) -> Result<()> {
    let order = hold(tx, zombie.revocation).await?;
    let known: BTreeMap<_, _> = sessions(tx, order.id).await?.into_iter().collect();
    let session = zombie.session.as_str();
    if let (None, Some(whole)) = (known.get(session), known.get(WHOLE)) {
        adopt::add(tx, &order, session, *whole, now).await?;
    }
    if let Some(before) = known.get(session).or(known.get(WHOLE)).copied()
        && let Ok(after) = transition(before, Fact::SeenAlive)
        && after != before
    {
        save(tx, &order, session, after, Detail::Kept, now).await?;
        step(tx, order.id, session, after.as_str(), &format!("event {}", zombie.event), now).await?;
        settle(tx, &order, now).await?;
    }
    mark::alive(tx, order.project, session).await
}

/// Applies a fact about the order as a whole to each of its sessions. True when it changed one. Where the time of some is over
/// and not of others, the history says of which.
pub(super) async fn advance(
    tx: &mut Tx<'_>,
    order: &Held,
    fact: Fact,
    cause: &str,
    now: Timestamp,
) -> Result<bool> {
    let (mut reached, mut changed): (Option<State>, Vec<String>) = (None, Vec::new());
    let all = sessions(tx, order.id).await?;
    let count = all.len();
    for (session, before) in all {
        if let Ok(after) = transition(before, fact)
            && after != before
        {
            save(tx, order, &session, after, Detail::Kept, now).await?;
            reached = Some(after);
            changed.push(session);
        }
    }
    if let Some(state) = reached {
        if fact == Fact::Delivered {
            had(tx, order, now).await?;
        }
        let as_one = changed.len() == count || !matches!(fact, Fact::Overdue(_));
        for session in if as_one { vec![String::new()] } else { changed } {
            step(tx, order.id, &session, state.as_str(), cause, now).await?;
        }
    }
    Ok(reached.is_some())
}

/// The application has the order.
pub(super) async fn had(tx: &mut Tx<'_>, order: &Held, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE revocation SET delivered_at = $1 WHERE id = $2 AND delivered_at IS NULL")
        .bind(now.0)
        .bind(order.id.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What the application said beside a session's state.
#[derive(Clone, Copy, Debug)]
pub(super) enum Detail<'a> {
    /// It said nothing now: what it said before stays.
    Kept,
    /// It said this, or nothing beside the outcome: what it said of an earlier state is over.
    Said(Option<&'a str>),
}

/// A session came to a state by the application's word: writes it down, and what it means for the session.
pub(super) async fn reach(
    tx: &mut Tx<'_>,
    order: &Held,
    session: &str,
    state: State,
    detail: Detail<'_>,
    cause: &str,
    now: Timestamp,
) -> Result<()> {
    save(tx, order, session, state, detail, now).await?;
    step(tx, order.id, session, state.as_str(), cause, now).await?;
    let fate = match state {
        State::Confirmed { outcome: Outcome::Revoked } => session::State::Revoked,
        State::Confirmed { .. } => session::State::Ended,
        _ => return Ok(()),
    };
    if session == WHOLE {
        return Ok(());
    }
    mark::dead(tx, order.project, session, order.user, fate, order.requested_at, now).await
}

/// Writes a session's state. How it died, by the application's word, stays when it is seen alive.
pub(super) async fn save(
    tx: &mut Tx<'_>,
    order: &Held,
    session: &str,
    state: State,
    detail: Detail<'_>,
    now: Timestamp,
) -> Result<()> {
    let (outcome, until) = columns(state);
    let (said, detail) = match detail {
        Detail::Kept => (0_i64, None),
        Detail::Said(detail) => (1, detail),
    };
    sqlx::query(
        "UPDATE revocation_session SET state = $1, outcome = CASE WHEN $1 = 'contradicted' THEN outcome ELSE $2 END, \
         deferred_until = $3, detail = CASE WHEN $8 = 1 THEN $4 ELSE detail END, updated_at = $5 \
         WHERE revocation_id = $6 AND session_id = $7",
    )
    .bind(state.as_str())
    .bind(outcome)
    .bind(until)
    .bind(detail)
    .bind(now.0)
    .bind(order.id.0)
    .bind(session)
    .bind(said)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes down what happened; `session` is empty for the order as a whole.
pub(super) async fn step(
    tx: &mut Tx<'_>,
    id: RevocationId,
    session: &str,
    state: &str,
    cause: &str,
    now: Timestamp,
) -> Result<()> {
    let step = tx.next_id(now);
    sqlx::query("INSERT INTO revocation_step (id, revocation_id, session_id, state, cause, at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(step)
        .bind(id.0)
        .bind(session)
        .bind(state)
        .bind(cause)
        .bind(now.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Derives the state of the whole and keeps it for lists, since when it is settled (confirmed late is settled anew), and the
/// limit of the session that is to be heard of next. However it is settled, operators are told of what could not be ended.
pub(super) async fn settle(tx: &mut Tx<'_>, order: &Held, now: Timestamp) -> Result<()> {
    let states: Vec<State> = sessions(tx, order.id).await?.into_iter().map(|(_, state)| state).collect();
    let (state, done) = (overall(&states), states.iter().all(|state| state.is_settled()));
    let limit = if done { order.next_limit } else { next_limit(order.confirm_by, &states) };
    sqlx::query(
        "UPDATE revocation SET state = $1, next_limit = $4, settled_at = CASE WHEN $2 = 1 THEN \
         CASE WHEN $1 = 'confirmed' AND state <> 'confirmed' THEN $3 ELSE COALESCE(settled_at, $3) END END WHERE id = $5",
    )
    .bind(state.as_str())
    .bind(i64::from(done))
    .bind(now.0)
    .bind(limit.0)
    .bind(order.id.0)
    .execute(tx.conn())
    .await?;
    if state == Overall::Confirmed {
        after_all::note(tx, order, now).await?;
        if !order.settled && objection::stands(tx, order.id).await? {
            // Another said that it could not end one, and nobody heard of that yet.
            alarm(tx, order, Trouble::Contradicted, now).await?;
        }
    }
    if done && !order.settled && states.contains(&State::Refused) {
        alarm(tx, order, Trouble::Refused, now).await?;
    }
    if limit != order.next_limit {
        tx.wake(Queue::Revocations);
    }
    Ok(())
}

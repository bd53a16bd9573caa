//! Sessions that an order for a user as a whole turns out to be about: whoever carries it out names them, or they live on.

use std::collections::BTreeMap;

use super::{Held, columns};
use crate::db::Tx;
use crate::revocation::receipt::{Reported, WHOLE};
use crate::revocation::{Fact, MAX_SESSIONS, Outcome, State};
use crate::session::{checked_id, store::mark};
use crate::{Result, Timestamp};

/// The sessions that a receipt says were ended, or could not be, beside those that are known: of an order for its user as a
/// whole, and of that user.
pub(super) async fn named(
    tx: &mut Tx<'_>,
    order: &Held,
    known: &BTreeMap<String, State>,
    reported: &[Reported],
) -> Result<BTreeMap<String, State>> {
    let mut found = BTreeMap::new();
    // Without a word on the user as a whole such a receipt is none.
    if !known.contains_key(WHOLE) || !reported.iter().any(|one| one.id == WHOLE) {
        return Ok(found);
    }
    for one in reported {
        let is_told = matches!(one.fact, Fact::Died(Outcome::Revoked | Outcome::AlreadyEnded) | Fact::Failed);
        let is_new = !known.contains_key(&one.id) && checked_id(&one.id).is_ok();
        if is_told && is_new && known.len() + found.len() <= MAX_SESSIONS {
            let owner = mark::owner(tx, order.project, &one.id).await?;
            if owner.is_none_or(|owner| owner == order.user) {
                found.insert(one.id.clone(), State::Requested);
            }
        }
    }
    Ok(found)
}

/// Adds those that a receipt named, and that may not have been known at all, to their order.
pub(super) async fn add_new(tx: &mut Tx<'_>, order: &Held, sessions: &[&str], now: Timestamp) -> Result<()> {
    for (place, session) in sessions.iter().enumerate() {
        let at = mark::named_at(order.requested_at, place);
        mark::known(tx, order.project, session, order.user, at).await?;
        add(tx, order, session, State::Requested, now).await?;
    }
    Ok(())
}

/// Adds a session to its order.
pub(super) async fn add(
    tx: &mut Tx<'_>,
    order: &Held,
    session: &str,
    state: State,
    now: Timestamp,
) -> Result<()> {
    let (outcome, _) = columns(state);
    sqlx::query(
        "INSERT INTO revocation_session (revocation_id, project_id, session_id, state, outcome, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (revocation_id, session_id) DO NOTHING",
    )
    .bind(order.id.0)
    .bind(order.project.0)
    .bind(session)
    .bind(state.as_str())
    .bind(outcome)
    .bind(now.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

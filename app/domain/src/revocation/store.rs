//! Revocations: SQL and operations.

mod absent;
mod adopt;
mod after_all;
mod again;
mod alarm;
mod brief;
mod carry;
mod feed;
mod figures;
mod kept;
mod objection;
mod order;
mod out;
mod overdue;
mod progress;
mod read;
mod receive;
mod receivers;
mod request;
mod same;
mod taken;
mod terms;
mod together;
mod weigh;
mod whole;
mod withheld;

use sqlx::Row;
use sqlx::any::AnyRow;

pub use after_all::of_alert;
pub use again::{can_be_ordered_again, order_again, redeliver};
pub use alarm::of_order as alarms_of;
pub(crate) use alarm::zombie_key;
pub use feed::{Fed, MAX_FED, feed, fetched, page};
pub use figures::{failures, times, waiting};
pub use kept::{MAX_RECEIPTS, MAX_REFUSED, refuse, refused};
pub use order::{revoke_for_alert, revoke_listed, revoke_session, revoke_sessions};
pub use overdue::{next_due, overdue};
pub use progress::{acknowledged, delivered};
pub use read::{by_receipt_token, get, list};
pub use receive::{receipt, submit};
pub use request::{Request, request};
pub use terms::{MAX_REASON, Terms};
pub use together::given_with;

pub(crate) use brief::briefs;
pub(crate) use order::{unordered, unordered_of};
pub(crate) use out::{doubtful, given_up};
pub(crate) use progress::contradict;
pub(crate) use same::open_same;
pub(crate) use whole::{is_due, is_nameless, open_whole};

use super::{Outcome, State};
use crate::db::{Tx, time};
use crate::id::{ProjectId, RevocationId, UserKey};
use crate::{Error, Result, Timestamp};

/// What changes of an order need to know of it.
#[derive(Clone, Copy, Debug)]
struct Held {
    id: RevocationId,
    project: ProjectId,
    user: UserKey,
    requested_at: Timestamp,
    /// As it was given.
    confirm_by: Timestamp,
    /// When the wait for the next of its sessions is over.
    next_limit: Timestamp,
    settled: bool,
}

/// Loads an order and holds its row, so that two facts about it come one after the other. The update changes nothing;
/// it is the lock that both engines know.
async fn hold(tx: &mut Tx<'_>, id: RevocationId) -> Result<Held> {
    let row = sqlx::query(
        "UPDATE revocation SET state = state WHERE id = $1 RETURNING project_id, user_key, requested_at, confirm_by, next_limit, settled_at",
    )
    .bind(id.0)
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Held {
        id,
        project: ProjectId(row.try_get("project_id")?),
        user: UserKey(row.try_get("user_key")?),
        requested_at: Timestamp(row.try_get("requested_at")?),
        confirm_by: Timestamp(row.try_get("confirm_by")?),
        next_limit: Timestamp(row.try_get("next_limit")?),
        settled: time(&row, "settled_at")?.is_some(),
    })
}

/// The states of an order's sessions, in order of their ids.
async fn sessions(tx: &mut Tx<'_>, id: RevocationId) -> Result<Vec<(String, State)>> {
    let rows = sqlx::query(
        "SELECT session_id, state, outcome, deferred_until FROM revocation_session WHERE revocation_id = $1 ORDER BY session_id",
    )
    .bind(id.0)
    .fetch_all(tx.conn())
    .await?;
    rows.iter().map(|row| Ok((row.try_get("session_id")?, state(row, "state")?))).collect()
}

/// Reads a session's state from `column`, `outcome` and `deferred_until`.
pub(crate) fn state(row: &AnyRow, column: &str) -> Result<State> {
    let text: &str = row.try_get(column)?;
    Ok(match text {
        "requested" => State::Requested,
        "delivered" => State::Delivered,
        "acknowledged" => State::Acknowledged,
        "confirmed" => State::Confirmed { outcome: outcome(row.try_get("outcome")?)? },
        "refused" => State::Refused,
        "deferred" => State::Deferred { until: time(row, "deferred_until")?.unwrap_or_default() },
        "unconfirmed" => State::Unconfirmed,
        "contradicted" => State::Contradicted,
        other => return Err(Error::Internal(format!("stored state of a revocation: {other}"))),
    })
}

/// Reads an outcome as stored.
pub(crate) fn outcome(text: Option<&str>) -> Result<Outcome> {
    [Outcome::NotFound, Outcome::AlreadyEnded, Outcome::Revoked]
        .into_iter()
        .find(|outcome| Some(outcome.as_str()) == text)
        .ok_or_else(|| Error::Internal(format!("stored outcome of a revocation: {text:?}")))
}

/// What is stored beside a state: its outcome and its time.
fn columns(state: State) -> (Option<&'static str>, Option<i64>) {
    match state {
        State::Confirmed { outcome } => (Some(outcome.as_str()), None),
        State::Deferred { until } => (None, Some(until.0)),
        _ => (None, None),
    }
}

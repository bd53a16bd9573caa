//! Recording what became of claimed deliveries: the attempt, the delivery, the endpoint's health and what the answer
//! says of an order, in one transaction for all that ended together.

use sqlx::Row;

use super::claims::Claimed;
use super::endpoints::set_state;
use super::messages::HELD;
use crate::db::{Db, Tx, to_json};
use crate::id::{EndpointId, RevocationId};
use crate::ledger;
use crate::operator::Actor;
use crate::revocation;
use crate::revocation::receipt::{NewReceipt, Report};
use crate::webhook::schedule::next_attempt;
use crate::webhook::{Answer, DeliveryState, EndpointState, FoundReceipt, ReceiptStatus, SignatureStatus};
use crate::{Error, Result, Timestamp};

/// How much of an answer's body is kept, in bytes.
const MAX_KEPT: usize = 16 * 1024;
const GONE: u16 = 410;

/// An attempt that ended.
#[derive(Debug)]
pub struct Completion {
    /// What was sent.
    pub claimed: Claimed,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, in microseconds.
    pub duration_us: i64,
    /// What was sent beside the body.
    pub request_headers: Vec<(String, String)>,
    /// What came back.
    pub answer: Answer,
    /// Its signature.
    pub signature: SignatureStatus,
    /// The receipt in the answer.
    pub receipt: FoundReceipt,
}

/// What was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completed {
    /// So many attempts.
    pub recorded: u32,
    /// So many were discarded: their lease had run out and somebody else claimed the delivery.
    pub discarded: u32,
}

/// Records attempts that ended together.
pub async fn complete(db: &Db, completions: &[Completion], now: Timestamp) -> Result<Completed> {
    let mut ordered: Vec<_> = completions.iter().collect();
    // In one order in every replica, so that no two wait for each other.
    ordered.sort_by_key(|one| (one.claimed.endpoint.0, one.claimed.delivery.0));
    let mut completed = Completed::default();
    let mut tx = db.begin().await?;
    for one in ordered {
        if record(&mut tx, one, now).await? {
            completed.recorded += 1;
        } else {
            completed.discarded += 1;
        }
    }
    tx.commit().await?;
    Ok(completed)
}

async fn record(tx: &mut Tx<'_>, one: &Completion, now: Timestamp) -> Result<bool> {
    let endpoint = state(tx, one.claimed.endpoint).await?;
    let (state, due) = outcome(one, endpoint, now);
    if !update(tx, one, state, due, now).await? {
        return Ok(false);
    }
    insert_attempt(tx, one, now).await?;
    mark_health(tx, one, now).await?;
    if one.answer.status == Some(GONE) && endpoint == Some(EndpointState::Active) {
        disable(tx, one, now).await?;
    }
    if one.answer.is_success() {
        tell_order(tx, one, now).await?;
    }
    Ok(true)
}

/// None: it was deleted meanwhile.
async fn state(tx: &mut Tx<'_>, endpoint: EndpointId) -> Result<Option<EndpointState>> {
    let row = sqlx::query("SELECT state FROM endpoint WHERE id = $1 AND state <> 'deleted'")
        .bind(endpoint.0)
        .fetch_optional(tx.conn())
        .await?;
    row.map(|row| row.try_get::<&str, _>("state")?.parse()).transpose()
}

/// What becomes of the delivery, and when it is due.
fn outcome(one: &Completion, endpoint: Option<EndpointState>, now: Timestamp) -> (DeliveryState, Timestamp) {
    if one.answer.is_success() {
        return (DeliveryState::Delivered, now);
    }
    let next = next_attempt(one.claimed.delivery, one.claimed.attempt, now, one.answer.retry_after(now));
    match (endpoint, next) {
        (None | Some(EndpointState::Disabled), _) => (DeliveryState::Cancelled, now),
        (Some(EndpointState::Active), Some(_)) if one.answer.status == Some(GONE) => {
            (DeliveryState::Failed, now)
        }
        (Some(EndpointState::Active), Some(next)) => (DeliveryState::Pending, next),
        (Some(EndpointState::Paused), Some(_)) => (DeliveryState::Pending, HELD),
        (_, None) => (DeliveryState::Failed, now),
    }
}

async fn update(
    tx: &mut Tx<'_>,
    one: &Completion,
    state: DeliveryState,
    due: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let delivered_at = (state == DeliveryState::Delivered).then_some(now.0);
    let updated = sqlx::query(
        "UPDATE delivery SET state = $1, attempts = $2, next_attempt_at = $3, lease_until = 0, claim = 0, last_status = $4,
            last_error = $5, signature = $6, delivered_at = COALESCE(delivered_at, $7) WHERE id = $8 AND claim = $9",
    )
    .bind(state.as_str())
    .bind(i64::from(one.claimed.attempt))
    .bind(due.0)
    .bind(one.answer.status.map(i64::from))
    .bind(one.answer.failure())
    .bind(to_json(&one.signature)?)
    .bind(delivered_at)
    .bind(one.claimed.delivery.0)
    .bind(one.claimed.claim)
    .execute(tx.conn())
    .await?;
    Ok(updated.rows_affected() == 1)
}

async fn insert_attempt(tx: &mut Tx<'_>, one: &Completion, now: Timestamp) -> Result<()> {
    let id = tx.next_id(now);
    sqlx::query(
        "INSERT INTO attempt (id, delivery_id, number, started_at, duration_us, status, error, request_headers,
            response_headers, response_body, signature, diagnosis) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(id)
    .bind(one.claimed.delivery.0)
    .bind(i64::from(one.claimed.attempt))
    .bind(one.started_at.0)
    .bind(one.duration_us)
    .bind(one.answer.status.map(i64::from))
    .bind(one.answer.failure())
    .bind(to_json(&one.request_headers)?)
    .bind(to_json(&one.answer.headers)?)
    .bind(one.answer.excerpt(MAX_KEPT))
    .bind(to_json(&one.signature)?)
    .bind(&one.signature.diagnosis)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn mark_health(tx: &mut Tx<'_>, one: &Completion, now: Timestamp) -> Result<()> {
    let query = if one.answer.is_success() {
        "UPDATE endpoint SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL AND $2 > 0"
    } else {
        "UPDATE endpoint SET failing_since = $2 WHERE id = $1 AND failing_since IS NULL"
    };
    sqlx::query(query).bind(one.claimed.endpoint.0).bind(now.0).execute(tx.conn()).await?;
    Ok(())
}

/// The receiver said that it is gone for good.
async fn disable(tx: &mut Tx<'_>, one: &Completion, now: Timestamp) -> Result<()> {
    let (id, reason) = (one.claimed.endpoint, "answered 410 Gone");
    set_state(tx, id, EndpointState::Disabled, Some(reason), now).await?;
    let detail = serde_json::json!({ "reason": reason, "delivery": one.claimed.delivery });
    let project = Some(one.claimed.project);
    ledger::record(tx, now, project, &Actor::System, "endpoint.disabled", &id.to_string(), &detail).await
}

/// What a success says of the order that the message carried. An order that is gone with its user, or that takes no more
/// receipts, must not keep the delivery from being recorded.
async fn tell_order(tx: &mut Tx<'_>, one: &Completion, now: Timestamp) -> Result<()> {
    let Some(order) = one.claimed.revocation else { return Ok(()) };
    let told = match &one.receipt.report {
        Some(report) => hand_over(tx, one, order, report.clone(), now).await,
        None => acknowledge(tx, one, order, now).await,
    };
    match told {
        Err(error @ (Error::NotFound | Error::Conflict(_) | Error::Invalid(_))) => {
            tracing::warn!(%order, delivery = %one.claimed.delivery, %error, "the order took no receipt");
            Ok(())
        }
        told => told,
    }
}

async fn acknowledge(tx: &mut Tx<'_>, one: &Completion, order: RevocationId, now: Timestamp) -> Result<()> {
    revocation::store::delivered(tx, order, one.claimed.delivery, now).await?;
    revocation::store::acknowledged(tx, order, one.claimed.delivery, now).await
}

async fn hand_over(
    tx: &mut Tx<'_>,
    one: &Completion,
    order: RevocationId,
    report: Report,
    now: Timestamp,
) -> Result<()> {
    let delivery = one.claimed.delivery;
    revocation::store::delivered(tx, order, delivery, now).await?;
    let receipt = NewReceipt {
        revocation: order,
        delivery: Some(delivery),
        via: revocation::Via::Answer,
        signed: one.receipt.status == ReceiptStatus::Signed,
        report,
        raw: one.answer.excerpt(MAX_KEPT),
    };
    let verdict = revocation::store::receipt(tx, one.claimed.project, receipt, now).await?;
    tracing::debug!(%order, %delivery, %verdict, "receipt");
    Ok(())
}

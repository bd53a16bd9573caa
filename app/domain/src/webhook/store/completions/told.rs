//! What a success says of the order that its message carried.

use super::{Completion, MAX_KEPT};
use crate::db::Tx;
use crate::id::RevocationId;
use crate::revocation::receipt::{NewReceipt, REFUSED, RefusedReceipt, Report, Verdict, printable};
use crate::revocation::{self, Via};
use crate::webhook::ReceiptStatus;
use crate::{Error, Result, Timestamp};

/// The longest verdict that a delivery keeps, in characters; the order has the whole one.
const MAX_VERDICT: usize = 500;

/// What a success says of the order that the message carried: nothing, where its endpoint only listens. Answers what was
/// made of the receipt in it. An order that is gone with its user, or that takes no more receipts, must not keep the
/// delivery from being recorded.
pub(super) async fn tell_order(tx: &mut Tx<'_>, one: &Completion, now: Timestamp) -> Result<Option<String>> {
    let Some(order) = one.claimed.revocation else { return Ok(None) };
    let told = match &one.receipt.report {
        Some(report) => hand_over(tx, one, order, report.clone(), now).await.map(Some),
        None if one.claimed.policy.observer => refuse(tx, one, order, now).await,
        None => acknowledge(tx, one, order, now).await,
    };
    let verdict = match told {
        Err(error @ (Error::NotFound | Error::Conflict(_) | Error::Invalid(_))) => {
            tracing::warn!(%order, delivery = %one.claimed.delivery, %error, "the order took no receipt");
            one.receipt.report.as_ref().map(|_| format!("{REFUSED}{error}"))
        }
        told => told?,
    };
    Ok(verdict.map(|verdict| printable(&verdict, MAX_VERDICT)))
}

/// What it means for the order that the message carried that no other attempt follows.
pub(super) async fn tell_given_up(tx: &mut Tx<'_>, one: &Completion, now: Timestamp) -> Result<()> {
    match one.claimed.revocation.filter(|_| !one.claimed.policy.observer) {
        Some(order) => revocation::store::given_up(tx, order, one.claimed.delivery, now).await,
        None => Ok(()),
    }
}

async fn acknowledge(
    tx: &mut Tx<'_>,
    one: &Completion,
    order: RevocationId,
    now: Timestamp,
) -> Result<Option<String>> {
    revocation::store::delivered(tx, order, one.claimed.delivery, now).await?;
    revocation::store::acknowledged(tx, order, one.claimed.delivery, now).await?;
    refuse(tx, one, order, now).await
}

/// Keeps a receipt that is not believed, with the reason.
async fn refuse(
    tx: &mut Tx<'_>,
    one: &Completion,
    order: RevocationId,
    now: Timestamp,
) -> Result<Option<String>> {
    let Some(why) = &one.receipt.problem else { return Ok(None) };
    let (delivery, raw) = (Some(one.claimed.delivery), one.answer.excerpt(MAX_KEPT));
    let refused =
        RefusedReceipt { revocation: order, delivery, endpoint: None, via: Via::Answer, why, raw: &raw };
    revocation::store::refuse(tx, &refused, now).await?;
    Ok(Some(format!("{REFUSED}{why}")))
}

async fn hand_over(
    tx: &mut Tx<'_>,
    one: &Completion,
    order: RevocationId,
    report: Report,
    now: Timestamp,
) -> Result<String> {
    let delivery = one.claimed.delivery;
    revocation::store::delivered(tx, order, delivery, now).await?;
    let receipt = NewReceipt {
        revocation: order,
        delivery: Some(delivery),
        endpoint: Some(one.claimed.endpoint),
        via: Via::Answer,
        signed: one.receipt.status == ReceiptStatus::Signed,
        report,
        raw: one.answer.excerpt(MAX_KEPT),
    };
    let verdict = revocation::store::receipt(tx, one.claimed.project, receipt, now).await?;
    tracing::debug!(%order, %delivery, %verdict, "receipt");
    if matches!(verdict, Verdict::Refused(_)) {
        // It accepted the order all the same.
        revocation::store::acknowledged(tx, order, delivery, now).await?;
    }
    Ok(verdict.to_string())
}

//! What a success says of the order that its message carried.

use super::{Completion, MAX_KEPT};
use crate::db::Tx;
use crate::id::RevocationId;
use crate::revocation::receipt::{NewReceipt, RefusedReceipt, Report, Verdict};
use crate::revocation::{self, Via};
use crate::webhook::ReceiptStatus;
use crate::{Error, Result, Timestamp};

/// What a success says of the order that the message carried. An order that is gone with its user, or that takes no more
/// receipts, must not keep the delivery from being recorded.
pub(super) async fn tell_order(tx: &mut Tx<'_>, one: &Completion, now: Timestamp) -> Result<()> {
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
    revocation::store::acknowledged(tx, order, one.claimed.delivery, now).await?;
    let Some(why) = &one.receipt.problem else { return Ok(()) };
    let (delivery, raw) = (Some(one.claimed.delivery), one.answer.excerpt(MAX_KEPT));
    let refused = RefusedReceipt { revocation: order, delivery, via: Via::Answer, why, raw: &raw };
    revocation::store::refuse(tx, &refused, now).await
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
    Ok(())
}

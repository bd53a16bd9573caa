//! The worker that ends every wait for a receipt at its time limit.

use porchlight_domain::db::Db;
use porchlight_domain::id::{ProjectId, RevocationId};
use porchlight_domain::revocation::{Overall, store};
use porchlight_domain::{Result, Timestamp};

use crate::worker::Outcome;

/// Makes unconfirmed what is overdue at `now`: operators and endpoints are told, the order is sent once more.
pub async fn step(db: &Db, now: Timestamp) -> Result<Outcome> {
    let overdue = store::overdue(db, now).await?;
    if overdue > 0 {
        metrics::counter!("porchlight_revocations_overdue_total").increment(overdue as u64);
        return Ok(Outcome::Worked);
    }
    Ok(Outcome::Idle(store::next_due(db).await?))
}

/// Counts how long users took to answer, when one did at `now`.
pub fn answered(asked: Timestamp, now: Timestamp) {
    record("ask_to_answer", asked, now);
}

/// Counts each stretch of an order that ended at `now`: after deliveries or a receipt were taken.
pub async fn measure(db: &Db, project: ProjectId, order: RevocationId, now: Timestamp) -> Result<()> {
    let order = store::get(db, project, order).await?.revocation;
    if order.delivered_at == Some(now) {
        record("answer_to_delivered", order.requested_at, now);
    }
    if order.state == Overall::Confirmed && order.settled_at == Some(now) {
        if let Some(delivered) = order.delivered_at {
            record("delivered_to_confirmed", delivered, now);
        }
        record("answer_to_confirmed", order.requested_at, now);
    }
    Ok(())
}

fn record(stretch: &'static str, from: Timestamp, to: Timestamp) {
    let micros = u64::try_from(to.since(from)).unwrap_or(0);
    metrics::histogram!(crate::telemetry::REVOCATION_SECONDS, "stretch" => stretch)
        .record(std::time::Duration::from_micros(micros).as_secs_f64());
}

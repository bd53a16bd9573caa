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

/// Counts how long an order took, if it came to be confirmed at `now`: after a receipt was taken.
pub async fn measure(db: &Db, project: ProjectId, order: RevocationId, now: Timestamp) -> Result<()> {
    let order = store::get(db, project, order).await?.revocation;
    if order.state != Overall::Confirmed || order.settled_at != Some(now) {
        return Ok(());
    }
    let stretches = [
        ("ask_to_answer", order.asked_at, Some(order.requested_at)),
        ("answer_to_delivered", Some(order.requested_at), order.delivered_at),
        ("delivered_to_confirmed", order.delivered_at, Some(now)),
        ("answer_to_confirmed", Some(order.requested_at), Some(now)),
    ];
    for (stretch, from, to) in stretches {
        if let (Some(from), Some(to)) = (from, to) {
            let micros = u64::try_from(to.since(from)).unwrap_or(0);
            metrics::histogram!(crate::telemetry::REVOCATION_SECONDS, "stretch" => stretch)
                .record(std::time::Duration::from_micros(micros).as_secs_f64());
        }
    }
    Ok(())
}

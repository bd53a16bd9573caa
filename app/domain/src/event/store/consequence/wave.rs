//! A wave of guesses that an event began.

use serde_json::json;

use super::LATE;
use crate::alert::headline;
use crate::alert::store::{Raise, keep, raise_and_tell};
use crate::alert::wave::Origin;
use crate::db::Tx;
use crate::event::store::Arrival;
use crate::id::EventId;
use crate::risk::Level;
use crate::risk::crowd::{Incident, Scope, Wave};
use crate::webhook::MessageType;
use crate::{Result, Timestamp};

/// Opens the alert of a wave of guesses that this event began; what follows joins it by itself.
pub(in crate::event::store) async fn wave(
    tx: &mut Tx<'_>,
    arrival: &Arrival,
    event: EventId,
    opened: Option<&Incident>,
    now: Timestamp,
) -> Result<()> {
    let seen = &arrival.observation;
    let Some(incident) = opened.filter(|_| seen.received_at.since(seen.at) <= LATE) else { return Ok(()) };
    let title = headline::of_wave(incident);
    // An account that goes on being tried after a restart, or with another replica, is told in the alert that is open.
    let dedup_key = match (incident.wave(), incident.scope) {
        (Wave::SecondFactor, _) => format!("wave|factor|{}", incident.label),
        (_, Scope::Account) => format!("wave|account|{}", incident.label),
        _ => format!("wave|{}|{}", incident.started.0, incident.label),
    };
    let raise = Raise {
        project: arrival.project,
        user: None,
        event,
        kind: crate::alert::WAVE,
        dedup_key: &dedup_key,
        title: &title,
        score: 1.0,
        level: Level::Red,
    };
    let about = json!({
        "wave": {
            "kind": incident.wave(), "from": incident.label, "scope": incident.scope,
            "address": incident.place, "started_at": incident.started, "attempts": incident.attempts, "users": incident.users(),
        },
        "event": { "id": event, "occurred_at": seen.at },
    });
    let raised = raise_and_tell(tx, raise, MessageType::AlertOpened, about, now).await?;
    if !raised.opened {
        return Ok(());
    }
    let asn = seen.network.as_ref().and_then(|network| network.asn);
    keep(tx, raised.id, &Origin::of(incident, asn)).await
}

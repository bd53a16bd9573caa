//! A wave of guesses that an event began.

use serde_json::{Value, json};

use super::LATE;
use crate::alert::Resolution;
use crate::alert::headline;
use crate::alert::store::{Raise, closed_as, keep, raise_and_tell, retitle};
use crate::alert::wave::Origin;
use crate::db::Tx;
use crate::event::store::Arrival;
use crate::id::EventId;
use crate::risk::Level;
use crate::risk::crowd::{Incident, Scope, Wave};
use crate::webhook::MessageType;
use crate::{Result, Timestamp};

/// Opens the alert of a wave of guesses that this event began; what follows joins it by itself, but for what it is told
/// again by: that opens one anew where an operator has closed it meanwhile, unless as expected.
pub(in crate::event::store) async fn wave(
    tx: &mut Tx<'_>,
    arrival: &Arrival,
    event: EventId,
    opened: Option<&Incident>,
    now: Timestamp,
) -> Result<()> {
    let seen = &arrival.observation;
    let Some(incident) = opened.filter(|_| seen.received_at.since(seen.at) <= LATE) else { return Ok(()) };
    // An account that goes on being tried after a restart, or with another replica, is told in the alert that is open.
    let dedup_key = match (incident.wave(), incident.scope) {
        (Wave::SecondFactor, _) => format!("wave|factor|{}", incident.label),
        (_, Scope::Account) => format!("wave|account|{}", incident.label),
        _ => format!("wave|{}|{}", incident.started.0, incident.label),
    };
    let mut title = headline::of_wave(incident);
    if incident.goes_on() {
        match closed_as(tx, arrival.project, &dedup_key, incident.started).await? {
            Some(Resolution::Expected) => return Ok(()),
            Some(_) => title.push_str("; it goes on"),
            None => {}
        }
    }
    let raise = Raise {
        project: arrival.project,
        user: None,
        event: Some(event),
        kind: crate::alert::WAVE,
        dedup_key: &dedup_key,
        title: &title,
        score: 1.0,
        level: Level::Red,
    };
    let about = about(incident, (event, seen.at));
    let raised = raise_and_tell(tx, raise, MessageType::AlertOpened, about, now).await?;
    if !raised.opened {
        // By its first attempts alone nobody can tell what kind of wave it is.
        let tells_more = incident.goes_on() && incident.scope != Scope::Account;
        return if tells_more { retitle(tx, raised, &title).await } else { Ok(()) };
    }
    let asn = seen.network.as_ref().and_then(|network| network.asn);
    keep(tx, raised.id, &Origin::of(incident, asn)).await
}

/// What a webhook tells of it.
fn about(incident: &Incident, (event, at): (EventId, Timestamp)) -> Value {
    let mut about = json!({
        "wave": {
            "kind": incident.wave(), "from": incident.label, "scope": incident.scope,
            "address": incident.place, "started_at": incident.since,
        },
        "event": { "id": event, "occurred_at": at },
    });
    // A wave over many accounts is known by what departs from the usual: how many tries it has had by then, its page counts.
    if incident.goes_on() || incident.scope == Scope::Account {
        about["wave"]["attempts"] = json!(incident.attempts);
        about["wave"]["users"] = json!(incident.users().min(incident.attempts as f64));
    }
    about
}

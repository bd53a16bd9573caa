//! An event that a line tells of, and what is known of its address.

use porchlight_domain::Timestamp;
use porchlight_domain::event::NewEvent;
use porchlight_domain::event::parse::{self, Dialect};
use porchlight_domain::event::store::Arrival;
use porchlight_domain::id::ProjectId;
use porchlight_domain::place::{Network, Place};
use serde_json::Value;

use crate::enrich::Enricher;
use crate::ingest::arrival;

/// In the native form, with what the file knows of the address.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::cli) struct Read {
    pub(super) event: Value,
    pub(in crate::cli) place: Option<Place>,
    pub(in crate::cli) asn: Option<u32>,
    /// So many of them.
    pub(super) times: u32,
}

impl Read {
    /// Whose login the line tells of.
    pub(in crate::cli) fn user(&self) -> Option<&str> {
        self.event.pointer("/user/id").and_then(Value::as_str)
    }

    /// The event, and when it happened.
    pub(in crate::cli) fn parse(&self, now: Timestamp) -> Result<(NewEvent, Timestamp), String> {
        let event = parse::event(&self.event, Dialect::Native, "", now).map_err(|error| error.to_string())?;
        let at = event.occurred_at.ok_or("occurred_at: must be given: when did it happen?")?;
        Ok((event, at))
    }
}

/// What the file knows of its addresses holds: they may be made up, or have moved since.
pub(in crate::cli) fn enriched(
    enricher: &Enricher,
    project: ProjectId,
    event: NewEvent,
    place: Option<Place>,
    asn: Option<u32>,
    now: Timestamp,
) -> Arrival {
    let mut arrival = arrival(enricher, project, event, now);
    arrival.observation.is_history = true;
    if place.is_some() {
        arrival.observation.place = place;
    }
    if let Some(asn) = asn {
        let known = arrival.observation.network.take().filter(|network| network.asn == Some(asn));
        let network = known.unwrap_or(Network { asn: Some(asn), ..Network::default() });
        arrival.observation.network = Some(network);
    }
    arrival
}

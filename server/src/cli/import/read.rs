//! An event that a line tells of, and what is known of its address.

use porchlight_domain::Timestamp;
use porchlight_domain::event::parse::{self, Dialect};
use porchlight_domain::event::store::Arrival;
use porchlight_domain::event::{NewEvent, Observation};
use porchlight_domain::id::ProjectId;
use porchlight_domain::place::{Network, Place};
use porchlight_domain::signal::{Aged, SignalName};
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

/// An event of a file.
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
    told(&mut arrival.observation, place, asn);
    arrival
}

/// What the file knows of its addresses holds: they may be made up, or have moved since. How old our own data is says
/// nothing of that.
fn told(seen: &mut Observation, place: Option<Place>, asn: Option<u32>) {
    let is_of_place = |old: &Aged| matches!(old.signal, SignalName::Country | SignalName::City);
    if place.is_some() {
        seen.place = place;
        seen.aged.retain(|old| !is_of_place(old));
    }
    if let Some(asn) = asn {
        let known = seen.network.take().filter(|network| network.asn == Some(asn));
        let is_ours = known.is_some();
        seen.aged.retain(|old| is_of_place(old) || (is_ours && old.signal != SignalName::Network));
        seen.network = Some(known.unwrap_or(Network { asn: Some(asn), ..Network::default() }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_file_tells_is_not_as_old_as_our_own_data() {
        use SignalName::{City, Country, Network as Asn, Tor};
        let left = |place: bool, asn: Option<u32>| {
            let mut seen = Observation {
                network: Some(Network { asn: Some(9_500), ..Network::default() }),
                aged: [Country, City, Asn, Tor].map(|signal| Aged { signal, days: 400 }).to_vec(),
                ..Observation::default()
            };
            told(&mut seen, place.then(Place::default), asn);
            seen.aged.iter().map(|old| old.signal).collect::<Vec<_>>()
        };
        assert_eq!(left(false, None), [Country, City, Asn, Tor]);
        assert_eq!(left(true, None), [Asn, Tor]);
        assert_eq!(left(false, Some(9_500)), [Country, City, Tor], "the rest of it is ours");
        assert_eq!(left(true, Some(4_134)), []);
    }
}

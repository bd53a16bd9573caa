//! How a session gets from one place to another: by air, or not at all.

use super::party::Party;
use super::{SessionMemory, Term};
use crate::place::{Place, distance_km};
use crate::profile::{Profile, Sighting};
use crate::risk::aged::rests_on;
use crate::risk::context::{AIRLINER, PLACE_ERROR, span};

use crate::signal::SignalName;

/// The code of a journey that no aeroplane makes.
pub(super) const IMPOSSIBLE: &str = "session.travel.impossible";
/// The most that such a journey says, beside what the network says: an unlisted VPN or a carrier that hands a roaming
/// telephone's traffic over at home moves an address as fast.
const TRAVEL_MOST: f64 = 3.0;
/// … into a data centre or a VPN, and how far away that must be: a tunnel ends near its user, as a rule.
const HIDDEN_MOST: f64 = 1.0;
const FAR: f64 = 4_000.0;
/// Each time that two such places take turns: who only turned a tunnel on does not go on from where they were.
const IN_TURNS: f64 = 2.0;
/// To and from an airport, in seconds.
const AIRPORTS: f64 = 2.0 * 3_600.0;

/// Somewhere in the session, and when: hundredths of degrees, one more than the seconds since the login. 0: never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Stay {
    place: (i16, i16),
    since: u32,
}

impl Stay {
    /// Where this is; None where nothing tells.
    pub(super) fn of(seen: &Sighting<'_>, age: u32) -> Option<Self> {
        let (north, east) = seen.traits.position?;
        let place = (i16::try_from(north).ok()?, i16::try_from(east).ok()?);
        Some(Self { place, since: age.saturating_add(1) })
    }

    /// From here to there.
    fn to(&self, seen: &Sighting<'_>, age: u32) -> Option<Journey> {
        let before = self.since.checked_sub(1)?;
        let there = Self::of(seen, age)?;
        let degrees = |(north, east): (i16, i16)| (f64::from(north) / 100.0, f64::from(east) / 100.0);
        Some(Journey {
            km: distance_km(degrees(there.place), degrees(self.place)),
            seconds: age.abs_diff(before),
        })
    }
}

/// So far, in so many seconds.
#[derive(Clone, Copy)]
pub(super) struct Journey {
    km: f64,
    seconds: u32,
}

impl Journey {
    /// From where the user was last seen in the session.
    pub(super) fn of(memory: &SessionMemory, seen: &Sighting<'_>) -> Option<Self> {
        memory.home.to(seen, memory.age(seen.at))
    }

    /// How many times as fast as an aeroplane, whatever the databases have wrong; None for what one can fly.
    fn excess(&self) -> Option<f64> {
        let hours = f64::from(self.seconds.max(60)) / 3_600.0;
        Some((self.km - PLACE_ERROR) / hours / AIRLINER).filter(|excess| *excess > 1.0)
    }

    /// One that takes an aeroplane, and there was time for it.
    pub(super) fn is_flight(&self) -> bool {
        let hours = (f64::from(self.seconds) - AIRPORTS) / 3_600.0;
        self.km > PLACE_ERROR && self.km <= AIRLINER * hours
    }

    /// No aeroplane is that fast, and no tunnel that long.
    pub(super) fn is_far(&self) -> bool {
        self.km > FAR && self.excess().is_some()
    }
}

/// That it is in another place than a moment ago: told of whoever arrives there, unless the user has been there lately, or
/// uses the tunnel that ends there.
pub(super) fn travel(
    memory: &SessionMemory,
    now: &Party,
    seen: &Sighting<'_>,
    profile: &Profile,
) -> Option<Term> {
    let journey = Journey::of(memory, seen)?;
    let excess = journey.excess()?;
    let is_told = memory.away.to(seen, now.age).is_some_and(|from_there| from_there.km <= PLACE_ERROR);
    if is_told || is_at_home(memory, now) || is_explained(memory, now, &journey, seen, profile) {
        return None;
    }
    // Within a country databases are wrong by its width about carriers.
    let is_vague = now.hidden || is_one_country(memory, now);
    let most = if is_vague { HIDDEN_MOST } else { TRAVEL_MOST };
    // The city, too: both ends may be in one country.
    let here = seen.place.as_ref().and_then(Place::label);
    let text = format!(
        "{} is {:.0} km from where the session was {} before",
        here.as_deref().unwrap_or("This place"),
        journey.km,
        span(u64::from(journey.seconds))
    );
    let term = Term::new(IMPOSSIBLE, (0.5 + excess.ln()).min(most), text);
    rests_on(SignalName::City, &seen.aged, term)
}

/// One line may have two addresses, and they are not thought to be in one place.
fn is_at_home(memory: &SessionMemory, now: &Party) -> bool {
    now.prefix != 0 && now.prefix == memory.owner.prefix
}

/// The user was there lately; or it is a tunnel, and a short one or the user's own; or it is a network of the user's within
/// one country: a carrier's addresses do not tell where in a country a telephone is.
fn is_explained(
    memory: &SessionMemory,
    now: &Party,
    journey: &Journey,
    seen: &Sighting<'_>,
    profile: &Profile,
) -> bool {
    let today = seen.traits.day();
    let own = |key: Option<u64>| key.is_some_and(|key| profile.networks.weight(key, today).is_some());
    let is_tunnel = now.hidden && (!journey.is_far() || own(seen.traits.asn));
    let lately = seen.traits.position.is_some_and(|here| profile.was_near(here, PLACE_ERROR, seen.at));
    is_tunnel || lately || (is_one_country(memory, now) && own(seen.traits.asn))
}

fn is_one_country(memory: &SessionMemory, now: &Party) -> bool {
    now.country != 0 && now.country == memory.owner.country
}

/// That it goes on from both ends of such a journey in turn.
pub(super) fn in_turns(memory: &SessionMemory, now: &Party, seen: &Sighting<'_>) -> Option<Term> {
    if is_one_country(memory, now) && memory.parties.iter().all(|party| is_one_country(memory, party)) {
        return None;
    }
    let (home, away) = (memory.home.to(seen, now.age)?, memory.away.to(seen, now.age)?);
    let returns = memory.away.since > memory.home.since;
    let (here, from) = if returns { (home, away) } else { (away, home) };
    from.excess().filter(|_| here.km <= PLACE_ERROR)?;
    let text = format!(
        "Two places {:.0} km apart take turns in the session, within {}",
        from.km,
        span(u64::from(from.seconds))
    );
    rests_on(SignalName::City, &seen.aged, Term::new(super::INTERLEAVED, IN_TURNS, text))
}

/// True of what goes on where such a journey led before.
pub(super) fn is_away(memory: &SessionMemory, seen: &Sighting<'_>, age: u32) -> bool {
    let near = |stay: &Stay| stay.to(seen, age).map_or(f64::INFINITY, |journey| journey.km);
    near(&memory.away) <= PLACE_ERROR && near(&memory.home) > near(&memory.away)
}

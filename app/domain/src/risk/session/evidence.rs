//! What in an event speaks for a stolen session.

use super::journey::{self, Journey};
use super::party::{Party, differs};
use super::{SessionMemory, Term};
use crate::agent::DeviceClass;
use crate::profile::habit::Habit;
use crate::profile::{Profile, Sighting};
use crate::risk::aged::rests_on;
use crate::signal::SignalName;

/// Another system or browser in one session: software does not change under a cookie.
const CHANGED: f64 = 6.0;
/// … of the kind that a browser shows when it asks for the other edition of a site ("request desktop site").
const DESKTOP_SITE: f64 = 1.5;
/// … that the user has as well, in the same network: an application hands its session to a browser.
const HANDED_OVER: f64 = 1.5;
/// … with the user's own device token at an address of theirs: whoever copied one cookie could copy both, and would as well be
/// elsewhere. Orange by itself.
const SAME_PLACE: f64 = 4.5;
/// The same browser with another fingerprint: an update changes it, too.
const FINGERPRINT: f64 = 4.0;
/// Two parties that take turns within [`TURNS`] seconds.
const INTERLEAVED: f64 = 4.0;
/// … that have the same client: a telephone between two networks, a tunnel for half of the traffic.
const INTERLEAVED_NETWORKS: f64 = 2.0;
const TURNS: u32 = 60;
/// Shares of honest sessions that go on in a country, or a network, where the user was never seen: estimates for one
/// who stays where they are, up to ten times as much for one who is never twice in the same …
const COUNTRY: f64 = 0.004;
const NETWORK: f64 = 0.02;
const ROAMER: f64 = 9.0;
/// … and of thieves that do.
const THIEF_COUNTRY: f64 = 0.6;
const THIEF_NETWORK: f64 = 0.85;
/// New ranges among so many logins that are believed before the user showed any, and the least share of honest sessions
/// that get one.
const RANGE_NEWS: f64 = 0.84;
const RANGE_TRIALS: f64 = 6.0;
const RANGE_LEAST: f64 = 0.05;
/// The code of those who take turns.
pub const INTERLEAVED_CODE: &str = "session.interleaved";
/// The code of a move to another network.
pub(super) const MOVED: &str = "session.network.changed";
/// The most that a new country says, a new network of a known one, either behind a VPN that was just turned on, unless
/// that ends too far away,
const COUNTRY_MOST: f64 = 4.0;
const NETWORK_MOST: f64 = 3.0;
const HIDDEN_MOST: f64 = 2.5;
/// … and after a time in which the user may have flown there.
const FLOWN_MOST: f64 = 2.5;

/// The terms, in the order client, network, journey, turns.
pub(super) fn of(memory: &SessionMemory, seen: &Sighting<'_>, profile: &Profile) -> Vec<Term> {
    let now = Party::of(seen, memory.age(seen.at));
    let mut terms = Vec::new();
    terms.extend(client(memory, &now, seen, profile));
    terms.extend(network(memory, &now, seen, profile));
    terms.extend(journey::travel(memory, &now, seen, profile));
    terms.extend(turns(memory, &now, seen).or_else(|| journey::in_turns(memory, &now, seen)));
    terms
}

/// Told at each event of the other client, once it was not the last to act: who took over, and who comes back.
fn client(memory: &SessionMemory, now: &Party, seen: &Sighting<'_>, profile: &Profile) -> Option<Term> {
    let owner = &memory.owner;
    let known = memory.parties.iter().any(|party| party.is_same_client(now));
    if owner.is_same_client(now) || known {
        return None;
    }
    let label = seen.agent.label().unwrap_or_else(|| "Another client".to_owned());
    let changed = differs(owner.os, now.os) || differs(owner.browser, now.browser);
    if !changed {
        let text = format!("{label} shows another fingerprint than when the session began");
        return Some(Term::new("session.fingerprint.changed", FINGERPRINT, text));
    }
    let today = seen.traits.day();
    let own = seen.traits.client.is_some_and(|client| profile.clients.weight(client, today).is_some());
    let evidence = if is_desktop_site(owner, now) {
        DESKTOP_SITE
    } else if own && owner.is_same_network(now) && owner.asn != 0 {
        HANDED_OVER
    } else if is_at_home(now, owner, seen, profile) {
        SAME_PLACE
    } else {
        CHANGED
    };
    Some(Term::new("session.fingerprint.changed", evidence, format!("The session moved to {label}")))
}

/// On a device and at an address that the user is known by, in the range where the session began; a program is no browser of
/// theirs.
fn is_at_home(now: &Party, owner: &Party, seen: &Sighting<'_>, profile: &Profile) -> bool {
    let (traits, today) = (&seen.traits, seen.traits.day());
    let knows = |habit: &Habit, key: Option<u64>| key.is_some_and(|key| habit.weight(key, today).is_some());
    now.prefix == owner.prefix
        && now.class != DeviceClass::Bot as u8 + 1
        && knows(&profile.devices, traits.device)
        && knows(&profile.addresses, traits.address)
}

/// The same browser and network, a telephone or tablet that says it is a desktop, or back.
fn is_desktop_site(owner: &Party, now: &Party) -> bool {
    let desktop = DeviceClass::Desktop as u8 + 1;
    let one = |a: &Party, b: &Party| {
        a.class == desktop && b.class != desktop && b.class != DeviceClass::Bot as u8 + 1
    };
    owner.browser == now.browser && owner.is_same_network(now) && (one(owner, now) || one(now, owner))
}

fn network(memory: &SessionMemory, now: &Party, seen: &Sighting<'_>, profile: &Profile) -> Option<Term> {
    let traits = &seen.traits;
    let today = traits.day();
    let knows = |habit: &Habit, key: Option<u64>| key.is_none_or(|key| habit.weight(key, today).is_some());
    if knows(&profile.prefixes, traits.prefix) {
        return None;
    }
    let is_same = memory.parties.iter().chain([&memory.owner]).any(|party| party.is_same_network(now));
    if is_same || knows(&profile.networks, traits.asn) {
        return range(memory, now, seen, profile);
    }
    let abroad = differs(memory.owner.country, now.country) && !knows(&profile.countries, traits.country);
    let (thief, honest, habit, most) = if abroad {
        (THIEF_COUNTRY, COUNTRY, &profile.countries, COUNTRY_MOST)
    } else {
        (THIEF_NETWORK, NETWORK, &profile.networks, NETWORK_MOST)
    };
    let honest = honest * (1.0 + ROAMER * mobility(habit, today));
    let journey = Journey::of(memory, seen);
    let is_far = journey.is_some_and(|journey| journey.is_far());
    let is_flight = journey.is_some_and(|journey| journey.is_flight());
    let most = if now.hidden && !is_far { most.min(HIDDEN_MOST) } else { most };
    let most = if is_flight { most.min(FLOWN_MOST) } else { most };
    let evidence = (thief / honest).ln().clamp(0.0, most);
    let signal = if abroad { SignalName::Country } else { SignalName::Network };
    rests_on(signal, &seen.aged, Term::new(MOVED, evidence, moved(seen, abroad)))
}

/// Where to, and what is strange about it.
fn moved(seen: &Sighting<'_>, abroad: bool) -> String {
    let name = seen.network.as_ref().and_then(|network| network.name.as_deref());
    let country = seen.place.as_ref().and_then(|place| place.country_name.as_deref()).filter(|_| abroad);
    let network = match (name, country) {
        (Some(name), Some(country)) => format!("{name} in {country}, a network that is new for the user"),
        (Some(name), None) => format!("{name}, a network that is new for the user"),
        (None, Some(country)) => format!("a network in {country} that is new for the user"),
        (None, None) => "a network that is new for the user".to_owned(),
    };
    format!("The session moved to {network}")
}

/// Another range of a known network: a thief who is with the same provider, or a line that got a new address. How often
/// the user's own ranges are new says which. It does not add up: a telephone's changes with every request.
fn range(memory: &SessionMemory, now: &Party, seen: &Sighting<'_>, profile: &Profile) -> Option<Term> {
    let before = || memory.parties.iter().chain([&memory.owner]);
    if now.asn == 0 || before().any(|party| party.prefix == now.prefix) {
        return None;
    }
    if before().any(|party| party.asn == now.asn) && !before().any(|party| party.is_other_range(now)) {
        return None;
    }
    let (trials, news) = profile.prefixes.trials(seen.traits.day());
    let novelty = (news + RANGE_NEWS) / (trials + RANGE_TRIALS);
    let evidence = (THIEF_NETWORK / (RANGE_LEAST + novelty)).ln() - memory.suspicion(seen.at);
    let text = "The session moved to an address range that is new for the user";
    let term = (evidence > 0.0).then(|| Term::new(MOVED, evidence, text))?;
    rests_on(SignalName::Network, &seen.aged, term)
}

/// How likely two logins of the user are on different networks: 1 − Σ share² (Simpson's index).
fn mobility(habit: &Habit, today: i32) -> f64 {
    let same: f64 = habit.ranked(today).iter().map(|(_, share)| share * share).sum();
    if habit.is_empty() { 0.0 } else { (1.0 - same).clamp(0.0, 1.0) }
}

/// A-B-A: this party acted a minute ago at most, and since then another did.
fn turns(memory: &SessionMemory, now: &Party, seen: &Sighting<'_>) -> Option<Term> {
    let before = memory.parties.iter().rposition(|party| party.is_same(now))?;
    let mine = memory.parties.get(before)?;
    if now.age.saturating_sub(mine.age) > TURNS || now.age < memory.last {
        return None;
    }
    let other = memory.parties.get(before + 1..)?.iter().find(|party| party.age <= now.age)?;
    let client = !other.is_same_client(now);
    let country = differs(other.country, now.country);
    // IPv4 and IPv6 of one line, or two ranges of one carrier, are one network; without data, who can tell.
    if !client && (other.asn == 0 || now.asn == 0) {
        return None;
    }
    let evidence = if client || country { INTERLEAVED } else { INTERLEAVED_NETWORKS };
    // Both ages are whole seconds: up to one more lies between them.
    let apart = now.age.saturating_sub(mine.age).saturating_add(1);
    let text = format!("Two clients or networks take turns in the session, within {apart} seconds");
    let term = Term::new(INTERLEAVED_CODE, evidence, text);
    match (client, country) {
        (true, _) => Some(term),
        (_, true) => rests_on(SignalName::Country, &seen.aged, term),
        _ => rests_on(SignalName::Network, &seen.aged, term),
    }
}

//! Where from: country, network, prefix, address, and what hides the origin.
//!
//! The four are a chain: each is judged among the logins that share the one above, and below the first new value
//! nothing is told, because everything in a new country is new.

use super::evidence::{Case, Evidence};
use super::odds::{ADDRESS, COUNTRY, NETWORK, PREFIX, PREFIX_ALONE};
use crate::event::Observation;
use crate::place::Network;
use crate::profile::traits::Cover;

/// How likely an honest user's network is new when the device is new too (a phone is on its carrier's), or when the
/// origin is hidden anyway: the two are one surprise, not two. Within a country the user is known in.
const COMPANION: f64 = 0.25;

/// How often an attacker hides the origin.
const HIDDEN: f64 = 0.5;

/// How often honest users do, by this kind of cover, and the most that it says: estimates, replaced by the user's own
/// share as logins come in.
fn honest_share(cover: Cover) -> (f64, f64) {
    match cover {
        Cover::Hosting | Cover::Vpn => (0.02, 4.5),
        Cover::Tor => (0.004, 6.0),
    }
}

/// Judges what hides the origin, against how often this user hides it. True when it was evidence.
pub(super) fn cover(case: &Case<'_>, out: &mut Evidence) -> bool {
    let Some(cover) = case.traits.cover else { return false };
    let habit = &case.profile.covers;
    let (share, most) = honest_share(cover);
    let own = habit.weight(cover.key(), case.today).unwrap_or(0.0);
    let honest = (own + 2.0 * share) / (habit.total(case.today) + 2.0);
    let evidence = (HIDDEN / honest).ln().clamp(-1.0, most);
    let name = case.seen.network.as_ref().and_then(|network| network.name.as_deref());
    match cover {
        Cover::Tor => out.add("net.tor", evidence, || "Accessed from the Tor network".to_owned()),
        Cover::Vpn => out.add("net.vpn", evidence, || named("Accessed through a VPN", name)),
        Cover::Hosting => out.add("net.hosting", evidence, || named("Accessed from a data centre", name)),
    }
    evidence > 0.0
}

/// Judges the chain. `surprised` when the device is new or the origin hidden.
pub(super) fn judge(case: &Case<'_>, surprised: bool, out: &mut Evidence) {
    let (traits, profile, today) = (&case.traits, &case.profile, case.today);
    let mut floor = 0.0;
    if let Some(country) = traits.country.filter(|_| !profile.countries.is_empty()) {
        if profile.countries.weight(country, today).is_none() {
            let evidence = COUNTRY.unseen(&profile.countries, today, 0.0);
            return out.add("net.country.new", evidence, || {
                format!("{} is a new country", country_name(case.seen))
            });
        }
        out.exonerate(COUNTRY.seen(&profile.countries, country, today));
        floor = if surprised { COMPANION } else { 0.0 };
    }
    let mut prefix_belief = PREFIX_ALONE;
    if let Some(asn) = traits.asn.filter(|_| !profile.networks.is_empty()) {
        if profile.networks.weight(asn, today).is_none() {
            let evidence = NETWORK.unseen(&profile.networks, today, floor);
            return out
                .add("net.asn.new", evidence, || format!("{} is a new network", network_name(case.seen)));
        }
        out.exonerate(NETWORK.seen(&profile.networks, asn, today));
        prefix_belief = PREFIX;
    }
    let Some(prefix) = traits.prefix.filter(|_| !profile.prefixes.is_empty()) else { return };
    if profile.prefixes.weight(prefix, today).is_none() {
        let evidence = prefix_belief.unseen(&profile.prefixes, today, floor);
        return out
            .add("net.prefix.new", evidence, || format!("{} is a new address range", range(case.seen)));
    }
    out.exonerate(prefix_belief.seen(&profile.prefixes, prefix, today));
    if let Some(address) =
        traits.address.filter(|address| profile.addresses.weight(*address, today).is_some())
    {
        out.exonerate(ADDRESS.seen(&profile.addresses, address, today));
    }
}

fn named(text: &str, network: Option<&str>) -> String {
    network.map_or_else(|| text.to_owned(), |name| format!("{text} ({name})"))
}

fn country_name(seen: &Observation) -> &str {
    let place = seen.place.as_ref();
    place.and_then(|place| place.country_name.as_deref().or(place.country.as_deref())).unwrap_or_default()
}

fn network_name(seen: &Observation) -> String {
    let Network { asn, name, .. } = seen.network.clone().unwrap_or_default();
    name.or_else(|| asn.map(|asn| format!("AS{asn}"))).unwrap_or_default()
}

fn range(seen: &Observation) -> String {
    let ip = seen.event.address.as_ref().map(|address| address.ip);
    let length = |ip: std::net::IpAddr| if ip.is_ipv4() { 24 } else { 48 };
    ip.and_then(|ip| ipnet::IpNet::new(ip, length(ip)).ok())
        .map(|net| net.trunc().to_string())
        .unwrap_or_default()
}

//! Where from: the chain country → network → prefix → address, and what hides the origin.
//!
//! Each link is judged among the logins that share the one above (back-off as in Freeman et al., NDSS 2016,
//! doi:10.14722/ndss.2016.23240). With G the value's frequency in the population and ν the probability that an honest
//! user shows a new value,
//!
//! ```text
//! P(v | user)     = (1 − ν)·share + ν·G     seen before
//!                 = ν·G                     new; below it the user's history says nothing more
//! P(v | attacker) = λ·G + (1 − λ)·uniform
//! ```
//!
//! and the evidence is the log of the second over the first. While many show new values at once (`population::weather`,
//! s times as many as usual) ν is s times as large, and the new values beyond the usual ones are spread evenly: G/s + (1 −
//! 1/s)·uniform takes the place of G below ν. The uniform part makes networks that hardly anybody of the
//! project uses strong evidence, even against a user with a single login.

mod joint;
mod names;

use self::joint::{Joint, joints};
use self::names::{country_name, named, network_name, range};
use super::evidence::{Case, Evidence, Facts, Novelty};
use super::hypothesis::Subject;
use super::population::Axis;
use super::shipped;
use crate::event::address;
use crate::profile::traits::Cover;

/// How much what is rare in the project counts where nothing is known of the user.
const RARE: f64 = 0.7;
/// The most that one link says, either way.
const MOST: f64 = 7.0;
/// The most that an address says which is none: a proxy that was set up wrongly sends such for everybody.
const UNREADABLE_MOST: f64 = 4.5;

/// Judges the chain, from the country down.
pub(super) fn judge(case: &Case<'_>, out: &mut Evidence) {
    cover(case, out);
    unreadable(case, out);
    let (mut strange, mut above, mut said, before) = (false, None, 0.0, out.pieces.len());
    for joint in joints(case) {
        let g = joint.frequency.probability(joint.belief.unseen(joint.frequency.values));
        let attacker = joint.belief.attacker(g, joint.frequency.values);
        let facts = case.facts(joint.habit, joint.key, g);
        let novelty = case.novelty(joint.axis, joint.habit, joint.key, above).filter(|_| !strange);
        above = Some((joint.habit, joint.key));
        let (user, is_new) = match novelty {
            // Nothing is known of the user here: only what is rare in the project speaks.
            None => (g, None),
            Some(Novelty { likely, storm, is_new: true }) => {
                (likely * joint.belief.strange(g, joint.frequency.values, storm), Some(true))
            }
            Some(Novelty { likely, is_new: false, .. }) => {
                let share = (facts.logins / joint.above.max(facts.logins)).clamp(1e-3, 1.0);
                ((1.0 - likely) * share + likely * g, Some(false))
            }
        };
        strange |= is_new == Some(true);
        let weight = if is_new.is_none() { RARE } else { 1.0 };
        let evidence = (weight * (attacker / user).ln()).clamp(-MOST, MOST);
        tell(case, &joint, evidence, is_new, facts, out);
        said += evidence;
    }
    private(case, said, before, out);
}

fn tell(
    case: &Case<'_>,
    joint: &Joint<'_>,
    evidence: f64,
    is_new: Option<bool>,
    facts: Facts,
    out: &mut Evidence,
) {
    let seen = case.seen;
    let named = || match joint.axis {
        Axis::Country => country_name(seen).to_owned(),
        Axis::Network => network_name(seen),
        Axis::Prefix => range(seen),
        _ => seen.event.address.as_ref().map(|address| address.ip.to_string()).unwrap_or_default(),
    };
    let (kind, new, known, rare) = match joint.axis {
        Axis::Country => ("country", "net.country.new", "net.country.known", "net.country.rare"),
        Axis::Network => ("network", "net.asn.new", "net.asn.known", "net.asn.rare"),
        Axis::Prefix => ("address range", "net.prefix.new", "net.prefix.known", "net.prefix.rare"),
        _ => ("address", "net.address.new", "net.address.known", "net.address.rare"),
    };
    match is_new {
        Some(true) => {
            out.add(new, joint.subject, evidence, Some(facts), || format!("{} is a new {kind}", named()))
        }
        Some(false) => {
            out.add(known, joint.subject, evidence, Some(facts), || format!("{} is a known {kind}", named()))
        }
        None => out.add(rare, joint.subject, evidence, Some(facts), || {
            let a = if kind.starts_with('a') { "an" } else { "a" };
            format!("{} is {a} {kind} that hardly any user shows", named())
        }),
    }
}

/// An address that is none, or is missing, against how often this user shows none: log(⅒ / ((m_u + 1/500) / (n + 1))). Were it no evidence,
/// one forged header would make a thief's origin disappear.
fn unreadable(case: &Case<'_>, out: &mut Evidence) {
    let profile = case.profile.as_ref();
    let event = &case.seen.event;
    let absent = event.address.is_none() && event.unreadable.is_none() && case.seen.is_login();
    if !(absent || event.unreadable.is_some()) || profile.addresses.is_empty() {
        return;
    }
    let shown = case.logins([&profile.networks, &profile.prefixes, &profile.addresses]);
    let evidence = case.absence(shown, case.logins([&profile.clients])).clamp(0.0, UNREADABLE_MOST);
    let (code, text) = if absent {
        ("net.address.absent", "The address is missing, and this user's logins have one")
    } else {
        ("net.address.unreadable", "What was sent as the address is none: the origin is hidden")
    };
    out.add(code, Subject::Common, evidence, None, || text.to_owned());
}

/// A private or reserved address, against how often this user shows one without a place: at least what an unreadable one
/// says. It takes the place of what the chain, the pieces from `before` on, `said`: a range new because it is nobody's.
fn private(case: &Case<'_>, said: f64, before: usize, out: &mut Evidence) {
    let profile = case.profile.as_ref();
    let is_local = case.seen.event.address.as_ref().is_some_and(|address| address::is_local(address.ip));
    let is_placed = case.traits.country.is_some() || case.traits.asn.is_some();
    if !is_local || is_placed || (profile.countries.is_empty() && profile.networks.is_empty()) {
        return;
    }
    let placed = case.logins([&profile.countries, &profile.networks]);
    let logins = case.logins([&profile.clients, &profile.prefixes, &profile.addresses]);
    let hidden = case.absence(placed, logins).min(UNREADABLE_MOST);
    if hidden <= 0.0 {
        return;
    }
    if said > 0.0 {
        out.pieces.truncate(before);
    }
    let text = || "The address is private or reserved: the origin is hidden".to_owned();
    out.add("net.address.private", Subject::Common, hidden.max(said), None, text);
}

/// What hides the origin, against how often this user hides it: log(½ / ((h_u + 2·h_pop) / (n + 2))).
fn cover(case: &Case<'_>, out: &mut Evidence) {
    if case.traits.asn.is_none() && case.traits.cover.is_none() {
        return;
    }
    let (habit, today) = (&case.profile.covers, case.today);
    let own = |cover: Cover| habit.weight(cover.key(), today).unwrap_or(0.0);
    let all = |cover: Cover| case.world.population.cover(cover, shipped::honest_cover(cover), today);
    let logins = habit.total(today);
    let honest = |own: f64, all: f64| (own + 2.0 * all) / (logins + 2.0);
    let kinds = [Cover::Hosting, Cover::Vpn, Cover::Tor];
    let hidden = honest(kinds.map(own).iter().sum(), kinds.map(all).iter().sum());
    let name = case.seen.network.as_ref().and_then(|network| network.name.as_deref());
    let Some(cover) = case.traits.cover else {
        let evidence = ((1.0 - shipped::HIDDEN) / (1.0 - hidden).max(0.01)).ln();
        return out
            .add("net.open", Subject::Hosting, evidence, None, || "The origin is not hidden".to_owned());
    };
    let facts = Some(Facts { logins: own(cover), last: None, share: Some(all(cover)) });
    let (code, words) = match cover {
        Cover::Tor => ("net.tor", "Accessed from the Tor network"),
        Cover::Vpn => ("net.vpn", "Accessed through a VPN"),
        Cover::Hosting => ("net.hosting", "Accessed from a data centre"),
    };
    let evidence = (shipped::HIDDEN / hidden).ln();
    let text = || if cover == Cover::Tor { words.to_owned() } else { named(words, name) };
    out.add(code, Subject::Hosting, evidence, facts, text);
}

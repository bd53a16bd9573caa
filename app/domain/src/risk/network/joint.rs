//! The links of the chain that a login shows: each with what is known of its value.

use crate::profile::habit::Habit;
use crate::risk::evidence::Case;
use crate::risk::hypothesis::Subject;
use crate::risk::population::{Axis, Frequency};
use crate::risk::shipped::{self, Link};

/// One link of the chain for this login.
pub(super) struct Joint<'a> {
    pub(super) axis: Axis,
    pub(super) subject: Subject,
    pub(super) habit: &'a Habit,
    pub(super) key: u64,
    /// How often the user showed what is above this value, faded.
    pub(super) above: f64,
    pub(super) frequency: Frequency,
    pub(super) belief: Link,
}

/// From the country down.
pub(super) fn joints<'a>(case: &'a Case<'_>) -> impl Iterator<Item = Joint<'a>> {
    [country(case), network(case), prefix(case), address(case)].into_iter().flatten()
}

fn country<'a>(case: &'a Case<'_>) -> Option<Joint<'a>> {
    let (key, habit) = (case.traits.country?, &case.profile.countries);
    Some(Joint {
        axis: Axis::Country,
        subject: Subject::Country,
        habit,
        key,
        above: habit.total(case.today),
        frequency: case.world.population.country(key, case.today),
        belief: shipped::COUNTRY,
    })
}

fn network<'a>(case: &'a Case<'_>) -> Option<Joint<'a>> {
    let (key, habit, country) = (case.traits.asn?, &case.profile.networks, case.traits.country);
    Some(Joint {
        axis: Axis::Network,
        subject: Subject::Network,
        habit,
        key,
        above: above(case, &case.profile.countries, country, habit),
        frequency: case.world.population.network(country, key, case.today),
        belief: if country.is_some() { shipped::NETWORK } else { shipped::NETWORK_ALONE },
    })
}

fn prefix<'a>(case: &'a Case<'_>) -> Option<Joint<'a>> {
    let (key, habit, asn) = (case.traits.prefix?, &case.profile.prefixes, case.traits.asn);
    Some(Joint {
        axis: Axis::Prefix,
        subject: Subject::Prefix,
        habit,
        key,
        above: above(case, &case.profile.networks, asn, habit),
        frequency: case.world.population.prefix(case.traits.country, asn, key, case.today),
        belief: if asn.is_some() { shipped::PREFIX } else { shipped::PREFIX_ALONE },
    })
}

fn address<'a>(case: &'a Case<'_>) -> Option<Joint<'a>> {
    let (prefix, key, habit) = (case.traits.prefix?, case.traits.address?, &case.profile.addresses);
    Some(Joint {
        axis: Axis::Address,
        subject: Subject::Address,
        habit,
        key,
        above: above(case, &case.profile.prefixes, Some(prefix), habit),
        frequency: case.world.population.address(prefix, key, case.today),
        belief: shipped::ADDRESS,
    })
}

/// How often the user showed the value of the link above; where they never did, how often anything of this link.
fn above(case: &Case<'_>, habit: &Habit, key: Option<u64>, own: &Habit) -> f64 {
    let shown = key.and_then(|key| habit.weight(key, case.today));
    shown.unwrap_or_else(|| own.total(case.today))
}

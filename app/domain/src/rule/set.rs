//! A project's rules made ready for the many events they are compared with.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use ipnet::IpNet;

use super::{Rule, RuleKind, RuleTarget, range};
use crate::event::Observation;
use crate::id::RuleId;

/// What a hit says of its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The rule.
    pub id: RuleId,
    /// Its name.
    pub name: String,
    /// What the hit means.
    pub kind: RuleKind,
    /// Only for events of this tenant.
    source: Option<String>,
}

/// A project's rules. A look-up costs one hash for each length of prefix in use, however many ranges there are.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<Hit>,
    ranges: HashMap<IpNet, Vec<usize>>,
    lengths: BTreeSet<u8>,
    countries: HashMap<String, Vec<usize>>,
}

impl RuleSet {
    /// Compiles rules. A filter that cannot be read hits nothing: [`super::NewRule::checked`] let none pass.
    pub fn new(rules: &[Rule]) -> Self {
        let mut set = Self::default();
        for (index, rule) in rules.iter().enumerate() {
            let Rule { id, name, kind, source, .. } = rule.clone();
            set.rules.push(Hit { id, name, kind, source });
            for filter in &rule.filters {
                match rule.target {
                    RuleTarget::Country => set.countries.entry(filter.clone()).or_default().push(index),
                    RuleTarget::Ip => {
                        let Some(range) = range(filter) else { continue };
                        set.lengths.insert(range.prefix_len());
                        set.ranges.entry(range).or_default().push(index);
                    }
                }
            }
        }
        set
    }

    /// True without rules.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rule that decides this event: deny wins over allow, the first written over the later.
    pub fn decide(&self, seen: &Observation) -> Option<&Hit> {
        let ip = seen.event.address.as_ref().map(|address| address.ip);
        let country = seen.place.as_ref().and_then(|place| place.country.as_deref());
        let source = seen.event.source.as_ref().and_then(|source| source.name.as_deref());
        let by_country = country.and_then(|country| self.countries.get(country)).into_iter().flatten();
        let hits = ip
            .into_iter()
            .flat_map(|ip| self.by_address(ip))
            .chain(by_country)
            .map(|index| &self.rules[*index]);
        hits.filter(|hit| hit.source.is_none() || hit.source.as_deref() == source)
            .min_by_key(|hit| (hit.kind != RuleKind::Deny, hit.id))
    }

    fn by_address(&self, ip: IpAddr) -> impl Iterator<Item = &usize> {
        let networks = self.lengths.iter().filter_map(move |length| IpNet::new(ip, *length).ok());
        networks.filter_map(|network| self.ranges.get(&network.trunc())).flatten()
    }
}

//! A project's rules made ready for the many events they are compared with.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use ipnet::IpNet;

use super::field::Facts;
use super::filters::range;
use super::{Effect, Mode, Outcome, Rule, RuleNote, RuleTarget, Verdict};
use crate::Timestamp;
use crate::event::Observation;
use crate::id::RuleId;
use crate::version::Version;

/// A rule without what it is compared with.
#[derive(Clone, Debug)]
struct Prepared {
    id: RuleId,
    name: String,
    effect: Effect,
    shadow: bool,
    priority: i64,
    source: Option<String>,
    verbs: Vec<String>,
    expires_at: Option<Timestamp>,
}

/// How a condition came out of its preparation.
#[derive(Clone, Debug)]
enum Ready {
    #[cfg(feature = "rules")]
    Condition(Box<super::condition::Condition>),
    /// It cannot be evaluated, and why.
    Unable(String),
}

/// A project's rules. A look-up among lists costs one hash for each length of prefix in use, however many ranges there
/// are; each condition is evaluated.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    /// By falling priority, then by age: every place below counts here.
    rules: Vec<Prepared>,
    conditions: Vec<(usize, Ready)>,
    ranges: HashMap<IpNet, Vec<usize>>,
    lengths: BTreeSet<u8>,
    countries: HashMap<String, Vec<usize>>,
    version: Option<Version>,
}

impl RuleSet {
    /// Compiles rules. A filter that cannot be read hits nothing, a condition that cannot is skipped:
    /// [`super::NewRule::checked`] let none pass.
    pub fn new(rules: &[Rule]) -> Self {
        let mut set = Self::default();
        let mut rules: Vec<_> = rules.iter().filter(|rule| rule.mode != Mode::Off).collect();
        rules.sort_by_key(|rule| (Reverse(rule.priority), rule.id));
        set.version = version(&rules);
        let mut steps = 0;
        for (place, rule) in rules.into_iter().enumerate() {
            let Rule { id, name, effect, source, verbs, .. } = rule.clone();
            let Rule { priority, expires_at, .. } = *rule;
            let shadow = rule.mode == Mode::Shadow;
            set.rules.push(Prepared { id, name, effect, shadow, priority, source, verbs, expires_at });
            match (&rule.condition, rule.target) {
                (Some(condition), _) => set.conditions.push((place, ready(condition, &mut steps))),
                (None, Some(RuleTarget::Country)) => {
                    for filter in &rule.filters {
                        set.countries.entry(filter.clone()).or_default().push(place);
                    }
                }
                (None, Some(RuleTarget::Ip)) => {
                    for range in rule.filters.iter().filter_map(|filter| range(filter)) {
                        set.lengths.insert(range.prefix_len());
                        set.ranges.entry(range).or_default().push(place);
                    }
                }
                (None, None) => {}
            }
        }
        set
    }

    /// True without rules.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Which rules these are: another one with every change of what they do. None without rules.
    pub fn version(&self) -> Option<Version> {
        self.version
    }

    /// What the rules say of an event.
    pub fn evaluate(&self, facts: &Facts<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        if self.is_empty() {
            return verdict;
        }
        let mut found: Vec<(usize, Option<String>)> =
            self.by_list(facts.seen).into_iter().map(|place| (place, None)).collect();
        for (place, condition) in &self.conditions {
            if self.rules[*place].covers(facts.seen) {
                match condition.holds(facts) {
                    Ok(true) => found.push((*place, None)),
                    Ok(false) => {}
                    Err(why) => found.push((*place, Some(why))),
                }
            }
        }
        found.sort_unstable_by_key(|(place, _)| *place);
        for (place, why) in found {
            let rule = &self.rules[place];
            let outcome = match (why, rule.shadow) {
                (Some(why), _) => Outcome::Skipped { why },
                (None, true) => Outcome::Shadow,
                (None, false) => Outcome::Hit,
            };
            let Prepared { id, name, effect, .. } = rule.clone();
            verdict.take(RuleNote { rule: id, name, effect, outcome }, rule.priority);
        }
        verdict
    }

    /// The places of the lists that hit, each once.
    fn by_list(&self, seen: &Observation) -> BTreeSet<usize> {
        let ip = seen.event.address.as_ref().map(|address| address.ip);
        let country = seen.place.as_ref().and_then(|place| place.country.as_deref());
        let by_country = country.and_then(|country| self.countries.get(country)).into_iter().flatten();
        let hits = ip.into_iter().flat_map(|ip| self.by_address(ip)).chain(by_country).copied();
        hits.filter(|place| self.rules[*place].covers(seen)).collect()
    }

    fn by_address(&self, ip: IpAddr) -> impl Iterator<Item = &usize> {
        let networks = self.lengths.iter().filter_map(move |length| IpNet::new(ip, *length).ok());
        networks.filter_map(|network| self.ranges.get(&network.trunc())).flatten()
    }
}

fn version(rules: &[&Rule]) -> Option<Version> {
    let does = rules.iter().map(|rule| {
        let Rule { id, name, effect, condition, target, filters, source, verbs, .. } = rule;
        let Rule { priority, expires_at, mode, .. } = rule;
        (id, name, effect, (condition, target, filters), (source, verbs), (priority, expires_at, mode))
    });
    // Numbers and texts can always be written.
    let text = serde_json::to_string(&does.collect::<Vec<_>>()).unwrap_or_default();
    (!rules.is_empty()).then(|| Version::of(&text))
}

impl Prepared {
    /// Whether the event is in its scope, and it has not expired.
    fn covers(&self, seen: &Observation) -> bool {
        let source = seen.event.source.as_ref().and_then(|source| source.name.as_deref());
        (self.source.is_none() || self.source.as_deref() == source)
            && (self.verbs.is_empty() || self.verbs.contains(&seen.event.verb))
            && self.expires_at.is_none_or(|end| seen.received_at < end)
    }
}

impl Ready {
    fn holds(
        &self,
        #[cfg_attr(not(feature = "rules"), expect(unused))] facts: &Facts<'_>,
    ) -> Result<bool, String> {
        match self {
            #[cfg(feature = "rules")]
            Self::Condition(condition) => condition.holds(facts),
            Self::Unable(why) => Err(why.clone()),
        }
    }
}

#[cfg(feature = "rules")]
fn ready(condition: &str, steps: &mut u64) -> Ready {
    match super::condition::Condition::new(condition) {
        Err(fault) => Ready::Unable(fault.to_string()),
        Ok(condition) if *steps + condition.steps() > super::MAX_SET_STEPS => {
            Ready::Unable("the project's conditions of higher priority take all the time there is".into())
        }
        Ok(condition) => {
            *steps += condition.steps();
            Ready::Condition(Box::new(condition))
        }
    }
}

#[cfg(not(feature = "rules"))]
fn ready(_: &str, _: &mut u64) -> Ready {
    Ready::Unable("conditions are evaluated on the server".into())
}

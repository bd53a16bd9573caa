//! Our own engine as a policy.

use std::collections::HashMap;

use super::{Policy, user};
use crate::event::{NewEvent, Observation};
use crate::lab::measure::logit;
use crate::lab::parameters as p;
use crate::lab::random::{Random, mix};
use crate::profile::Profile;
use crate::risk::{Assessment, Decision, Level, Population, World, assess, probability_without};
use crate::rule::RuleSet;

/// Below this probability a login is flagged under no budget that is reported: what is left without its reasons is not
/// asked for.
const NOT_FLAGGED: f64 = 0.02;

/// The engine, with the profiles of all users.
#[derive(Debug)]
pub struct Engine {
    name: &'static str,
    rules: RuleSet,
    population: Population,
    profiles: HashMap<String, Profile>,
    last: Assessment,
}

impl Engine {
    /// An engine that knows nobody yet.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            rules: RuleSet::default(),
            population: Population::default(),
            profiles: HashMap::new(),
            last: Assessment::default(),
        }
    }

    /// The latest judgement.
    pub fn last(&self) -> &Assessment {
        &self.last
    }

    /// What is known of a user.
    pub fn profile(&self, seen: &Observation) -> Option<&Profile> {
        self.profiles.get(user(seen))
    }

    fn world(&self) -> World<'_> {
        World { population: &self.population, ..World::new(&self.rules, Level::Red) }
    }

    /// An honest user who is challenged proves to be one.
    fn pass(&mut self, seen: &Observation) {
        if !Random::new(mix(seen.at.0 as u64)).chance(p::PASSES) {
            return;
        }
        let event = NewEvent { verb: "authentication-challenge-pass".to_owned(), ..seen.event.clone() };
        let passed = Observation { event, ..seen.clone() };
        self.score(&passed);
        self.absorb(&passed);
    }

    fn absorb(&mut self, seen: &Observation) {
        let profile = self.profiles.entry(user(seen).to_owned()).or_default();
        self.population.learn(seen, profile, &self.last);
        profile.learn(seen, &self.last);
    }
}

impl Policy for Engine {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn score(&mut self, seen: &Observation) -> f64 {
        let stranger = Profile::default();
        let profile = self.profile(seen).unwrap_or(&stranger);
        self.last = assess(seen, profile, &self.world());
        logit(self.last.probability)
    }

    fn rest(&mut self, seen: &Observation) -> Option<f64> {
        let named: Vec<&str> =
            self.last.reasons.iter().filter(|r| r.evidence > 0.0).map(|r| r.code.as_str()).collect();
        if self.last.probability < NOT_FLAGGED || named.is_empty() {
            return Some(logit(self.last.probability));
        }
        let stranger = Profile::default();
        let profile = self.profile(seen).unwrap_or(&stranger);
        Some(logit(probability_without(seen, profile, &self.world(), &named)))
    }

    fn learn(&mut self, seen: &Observation) {
        self.absorb(seen);
        if seen.is_login() && self.last.decision == Decision::Challenge {
            self.pass(seen);
        }
    }
}

//! Our own engine as a policy: judged and learned the way the live log is.

use std::collections::HashMap;

use super::{Policy, user};
use crate::event::{NewEvent, Observation};
use crate::lab::measure::logit;
use crate::lab::parameters as p;
use crate::lab::random::{Random, mix};
use crate::profile::Profile;
use crate::risk::memory::{Known, Memory, Setup, remember};
use crate::risk::session::SessionMemory;
use crate::risk::{Assessment, Calibration, Decision, Level, Sums, World, probability_without};
use crate::rule::RuleSet;

/// Below this probability a login is flagged under no budget that is reported: what is left without its reasons is not
/// asked for.
const NOT_FLAGGED: f64 = 0.02;

/// The engine, with all that it remembers.
#[derive(Clone, Debug)]
pub struct Engine {
    name: &'static str,
    rules: RuleSet,
    memory: Memory,
    profiles: HashMap<String, Profile>,
    last: Assessment,
    /// Waves of guesses that were found.
    pub incidents: u32,
}

impl Engine {
    /// An engine that knows nobody yet.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            rules: RuleSet::default(),
            memory: Memory::default(),
            profiles: HashMap::new(),
            last: Assessment::default(),
            incidents: 0,
        }
    }

    /// Judges an event within its session, if that is known. Higher is worse; remembers nothing but the judgement.
    pub fn judge(&mut self, seen: &Observation, session: Option<&SessionMemory>) -> f64 {
        let known = Known { session, ..Known::default() };
        let setup = Setup {
            rules: &self.rules,
            alert_level: Level::Red,
            challenge: None,
            calibration: Calibration::SHIPPED,
        };
        let stranger = Profile::default();
        let profile = self.profiles.get(user(seen)).unwrap_or(&stranger);
        self.last = self.memory.judge(seen, profile, known, &setup);
        // What was told before alarms nobody again.
        if self.last.is_awaited() { Calibration::SHIPPED.prior } else { logit(self.last.probability) }
    }

    /// What is to be kept of the session of the event that was judged last.
    pub fn remember(&self, before: Option<SessionMemory>, seen: &Observation) -> Option<SessionMemory> {
        let stranger = Profile::default();
        let profile = self.profiles.get(user(seen)).unwrap_or(&stranger);
        remember(before, seen, profile, &self.memory.learned.rates, &self.last)
    }

    /// The evidence of the event that was judged last.
    pub fn sums(&self) -> Option<Sums> {
        self.last.account.sums
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

    /// The login that was judged last is learned as far as it is without anybody's word on it.
    pub fn learn_unanswered(&mut self, seen: &Observation) {
        self.absorb(seen);
    }

    fn absorb(&mut self, seen: &Observation) {
        let profile = self.profiles.entry(user(seen).to_owned()).or_default();
        let opened = self.memory.learn(seen, profile, &self.last);
        self.incidents += u32::from(opened.is_some_and(|wave| !wave.goes_on()));
    }
}

impl Policy for Engine {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn score(&mut self, seen: &Observation) -> f64 {
        self.judge(seen, None)
    }

    fn rest(&mut self, seen: &Observation) -> Option<f64> {
        let named: Vec<&str> =
            self.last.reasons.iter().filter(|r| r.evidence > 0.0).map(|r| r.code.as_str()).collect();
        if self.last.probability < NOT_FLAGGED || named.is_empty() {
            return Some(logit(self.last.probability));
        }
        let stranger = Profile::default();
        let profile = self.profiles.get(user(seen)).unwrap_or(&stranger);
        let population = &self.memory.learned.population;
        let world = World { population, ..World::new(&self.rules, Level::Red) };
        Some(logit(probability_without(seen, profile, &world, &named)))
    }

    fn learn(&mut self, seen: &Observation) {
        self.absorb(seen);
        if seen.is_login() && self.last.decision == Decision::Challenge {
            self.pass(seen);
        }
    }
}

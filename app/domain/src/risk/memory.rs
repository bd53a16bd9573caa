//! What a project's judgement remembers beside its users' profiles, and the one way in which an event is judged and
//! learned: by the live log, by a back-test and by an import alike.

use serde::{Deserialize, Serialize};

use super::budget::{Budget, Limits};
use super::crowd::{Attempt, Crowd, Incident};
use super::sequence::{self, Rates};
use super::session::{self, SessionMemory};
use super::term::Term;
use super::{Assessment, Calibration, Decision, Level, Population, Reason, World, assess};
use crate::event::Observation;
use crate::profile::{Profile, Traits};
use crate::rule::RuleSet;
use crate::{Error, Result, Timestamp};

/// What is learned slowly, adds up over replicas and is worth keeping over a restart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// What all users do.
    pub population: Population,
    /// How often sessions do sensitive things.
    pub rates: Rates,
    /// The scores of honest logins.
    pub budget: Budget,
}

/// The first byte of every encoding of [`Learned`].
const VERSION: u8 = 1;

impl Learned {
    /// Adds what another replica learned.
    pub fn merge(&mut self, other: &Self) {
        self.population.merge(&other.population);
        self.rates.merge(&other.rates);
        self.budget.merge(&other.budget);
    }

    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        // Writing numbers and lists of known length into memory cannot fail.
        postcard::to_extend(self, Vec::from([VERSION])).unwrap_or_else(|_| vec![VERSION])
    }

    /// Reads what [`Learned::encode`] wrote; an error for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let unreadable = || Error::Internal("what a project learned is not readable".into());
        let body = bytes.strip_prefix(&[VERSION]).ok_or_else(unreadable)?;
        postcard::from_bytes(body).map_err(|_| unreadable())
    }

    /// Learns from a judged event; `profile` as it was before the event.
    pub fn learn(&mut self, seen: &Observation, profile: &Profile, assessment: &Assessment) {
        self.population.learn(seen, profile, assessment);
        if assessment.decision == Decision::Block || profile.denied(&Traits::of_observation(seen)) {
            return;
        }
        if seen.is_login() && authenticated(seen) {
            self.budget.saw(session::log_odds(assessment.probability), seen.at.min(seen.received_at));
        }
        if assessment.level == Level::Green {
            self.rates.saw(seen);
        }
    }
}

/// What a project's operators set, for one judgement.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The rules.
    pub rules: &'a RuleSet,
    /// From this level on operators want to know.
    pub alert_level: Level,
    /// At most this share of logins is challenged, 0..1; None: by the level alone.
    pub challenge: Option<f64>,
    /// From evidence to probability.
    pub calibration: Calibration,
}

/// What is known of the event's user and session, for one judgement.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// What was kept of the session that the event names.
    pub session: Option<&'a SessionMemory>,
    /// When the user was first seen.
    pub user_since: Option<Timestamp>,
}

/// What a project's judgement remembers.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// What adds up over replicas.
    pub learned: Learned,
    /// What goes on across users now: each replica sees its own part of it.
    pub crowd: Crowd,
}

impl Memory {
    /// Judges an event; remembers nothing.
    pub fn judge(
        &self,
        seen: &Observation,
        profile: &Profile,
        known: Known<'_>,
        setup: &Setup<'_>,
    ) -> Assessment {
        let mut around: Vec<Reason> = Vec::new();
        if let Some(attempt) = Attempt::of(seen, profile) {
            around.extend(self.crowd.evidence(&attempt).into_iter().map(reason));
        }
        // What the user denied is judged by that, whatever session it acts in.
        let in_own =
            !seen.is_login() && authenticated(seen) && !profile.denied(&Traits::of_observation(seen));
        let session = known.session.filter(|_| in_own);
        let in_session = session.map(|memory| {
            let theft = memory.evidence(seen, profile);
            let action = sequence::evidence(memory, seen, &self.learned.rates);
            let log_odds = memory.log_odds(seen.at, &theft, &action);
            around.extend(theft.into_iter().chain(action).map(reason));
            log_odds
        });
        let limits = setup.challenge.map(|challenge| Limits { challenge, ask_a_day: 0 });
        let world = World {
            population: &self.learned.population,
            calibration: setup.calibration,
            around: &around,
            wave: self.crowd.wave(seen.at.min(seen.received_at)),
            in_session,
            challenge_from: limits.map(|limits| self.learned.budget.challenge_from(&limits)),
            user_since: known.user_since,
            session_since: session.map(SessionMemory::started),
            ..World::new(setup.rules, setup.alert_level)
        };
        assess(seen, profile, &world)
    }

    /// Learns from a judged event: this memory and the user's profile. A wave of guesses that it opened is answered once.
    pub fn learn(
        &mut self,
        seen: &Observation,
        profile: &mut Profile,
        assessment: &Assessment,
    ) -> Option<Incident> {
        let opened = Attempt::of(seen, profile).and_then(|attempt| self.crowd.saw(&attempt).cloned());
        self.learned.learn(seen, profile, assessment);
        profile.learn(seen, assessment);
        opened
    }
}

/// What is to be kept of a session after an event that was judged so; None when the event says nothing of one.
pub fn remember(
    before: Option<SessionMemory>,
    seen: &Observation,
    profile: &Profile,
    rates: &Rates,
    assessment: &Assessment,
) -> Option<SessionMemory> {
    if !authenticated(seen) || crate::event::verb::is_failure(&seen.event.verb) {
        return before;
    }
    match before {
        Some(mut memory) if !seen.is_login() => {
            session::observe(&mut memory, seen, profile, rates);
            Some(memory)
        }
        _ => Some(SessionMemory::begin(seen, session::log_odds(assessment.probability))),
    }
}

fn authenticated(seen: &Observation) -> bool {
    seen.event.user.as_ref().is_some_and(|user| user.authenticated)
}

fn reason(term: Term) -> Reason {
    Reason { code: term.code.to_owned(), text: term.text, evidence: term.evidence, ..Reason::default() }
}

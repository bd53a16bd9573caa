//! One side of a replay: events in the order of time through the engine, with what they would have set in motion.

use std::collections::BTreeMap;

use super::profiles::{Profiles, Recent};
use crate::Timestamp;
use crate::alert::headline::dedup_key;
use crate::event::{EventUser, Observation};
use crate::id::{EventId, UserKey};
use crate::profile::{Profile, Traits};
use crate::project::Settings;
use crate::question::Answer;
use crate::risk::budget::Limits;
use crate::risk::memory::{Known, Learned, Memory, Setup, remember};
use crate::risk::session::{SessionMemory, log_odds};
use crate::risk::{Assessment, Calibration, Level};
use crate::rule::RuleSet;
use crate::rule::verdict::notifier;
use crate::session::checked_id;
use crate::time::DAY;

/// How many sessions are remembered, at least: some 200 bytes each.
const SESSIONS: usize = 50_000;
/// How many alerts are remembered as open, at least.
const ALERTS: usize = 50_000;
/// How long an alert is taken to be open after its last event: until operators are taken to have closed it.
const OPEN: i64 = DAY;

/// Whose event it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Our key.
    pub key: UserKey,
    /// When they were first seen.
    pub since: Timestamp,
    /// There is an address at which they can be asked.
    pub has_mail: bool,
}

/// A line of the stored log, as if received when it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Which event.
    pub id: EventId,
    /// Whose; None: nobody's.
    pub person: Option<Person>,
    /// What.
    pub seen: Observation,
    /// What the user answered, and when.
    pub answer: Option<(Answer, Timestamp)>,
}

/// What one side judges by.
#[derive(Debug)]
pub struct Terms {
    /// The project's settings.
    pub settings: Settings,
    /// Its rules.
    pub rules: RuleSet,
    /// From evidence to probability.
    pub calibration: Calibration,
    /// Answers to questions that this side would not have asked are heard all the same: they were given.
    pub hears_all: bool,
}

/// What one side makes of one event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// The judgement.
    pub assessment: Assessment,
    /// It belongs to an alert …
    pub alarm: bool,
    /// … which it opens.
    pub opened: bool,
    /// The user is asked.
    pub mail: bool,
    /// It opens the alert of a wave of guesses.
    pub wave: bool,
}

/// One side of a replay.
#[derive(Debug)]
pub struct Replay {
    terms: Terms,
    memory: Memory,
    profiles: Profiles,
    sessions: Recent<String, (UserKey, SessionMemory)>,
    alerts: Recent<String, Timestamp>,
    /// Answers that are not given yet, by their time.
    answers: BTreeMap<(Timestamp, EventId), (UserKey, Traits, Answer)>,
}

impl Replay {
    /// Knows nothing yet.
    pub fn new(terms: Terms) -> Self {
        Self {
            terms,
            memory: Memory::default(),
            profiles: Profiles::default(),
            sessions: Recent::new(SESSIONS),
            alerts: Recent::new(ALERTS),
            answers: BTreeMap::new(),
        }
    }

    /// Plays events that follow each other in time.
    pub fn play(&mut self, lines: &[Line]) -> Vec<Verdict> {
        lines.iter().map(|line| self.one(line)).collect()
    }

    /// What it knows in the end: the project's, and each user's profile, encoded.
    pub fn into_learned(mut self) -> (Learned, impl Iterator<Item = (UserKey, Box<[u8]>)>) {
        self.hear(Timestamp(i64::MAX));
        (self.memory.learned, self.profiles.into_encoded().map(|(user, state)| (UserKey(user), state)))
    }

    fn one(&mut self, line: &Line) -> Verdict {
        self.hear(line.seen.at);
        let Some(person) = &line.person else { return self.anonymous(line) };
        let seen = &line.seen;
        let id = seen.event.session_id.as_ref().filter(|id| checked_id(id).is_ok());
        let kept = id.and_then(|id| self.sessions.take(id)).filter(|(user, _)| *user == person.key);
        let kept = kept.map(|(_, memory)| memory);
        let profile = self.profiles.of(person.key.0);
        let known = Known { session: kept.as_ref(), user_since: Some(person.since) };
        let assessment = self.memory.judge(seen, profile, known, &self.terms.setup());
        if let Some(id) = id
            && let Some(memory) = remember(kept, seen, profile, &self.memory.learned.rates, &assessment)
        {
            self.sessions.put(id.clone(), (person.key, memory));
        }
        let wave = self.memory.learn(seen, profile, &assessment).is_some();
        self.consequences(line, Verdict { assessment, wave, ..Verdict::default() })
    }

    /// Only the crowd learns from what names no user.
    fn anonymous(&mut self, line: &Line) -> Verdict {
        let mut nobody = Profile::default();
        let assessment = self.memory.judge(&line.seen, &nobody, Known::default(), &self.terms.setup());
        let wave = self.memory.learn(&line.seen, &mut nobody, &assessment).is_some();
        self.consequences(line, Verdict { assessment, wave, ..Verdict::default() })
    }

    /// As the live log does: an alert on a user's unusual event, or because a rule wants it told; one while it is open.
    fn consequences(&mut self, line: &Line, mut verdict: Verdict) -> Verdict {
        let level = self.terms.settings.alert_level.max(Level::Orange);
        let person = line.person.as_ref();
        let unusual = person.is_some() && verdict.assessment.level >= level;
        let key = if unusual {
            let user = person.map(|person| EventUser { key: person.key, id: String::new(), name: None });
            Some(dedup_key(user.as_ref(), &line.seen))
        } else {
            notifier(&verdict.assessment.account.rules)
                .map(|rule| format!("rule|{}|{:?}", rule.rule, person.map(|person| person.key)))
        };
        if let Some(key) = key {
            verdict.alarm = true;
            let last = self.alerts.take(&key);
            verdict.opened = last.is_none_or(|last| line.seen.at.since(last) > OPEN);
            self.alerts.put(key, line.seen.at);
        }
        if verdict.opened && unusual && person.is_some_and(|person| person.has_mail) {
            verdict.mail = self.asks(&line.seen, &verdict.assessment, level);
        }
        if let Some((answer, at)) = line.answer
            && let Some(person) = person
            && (verdict.alarm || self.terms.hears_all)
        {
            let traits = Traits::of_observation(&line.seen);
            self.answers.insert((at, line.id), (person.key, traits, answer));
        }
        verdict
    }

    fn asks(&mut self, seen: &Observation, assessment: &Assessment, level: Level) -> bool {
        let settings = &self.terms.settings;
        if !settings.ask_users || !seen.is_login() {
            return false;
        }
        let budget = &mut self.memory.learned.budget;
        if let Some(ask_a_day) = settings.ask_a_day {
            let limits = Limits { challenge: 1.0, ask_a_day };
            if log_odds(assessment.probability) < budget.ask_from(&limits, log_odds(level.least()), seen.at) {
                return false;
            }
        }
        budget.asked(seen.at);
        true
    }

    /// Learns the answers that were given until now.
    fn hear(&mut self, now: Timestamp) {
        while let Some(entry) = self.answers.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, _), (user, traits, answer)) = entry.remove_entry();
            let profile = self.profiles.of(user.0);
            let population = &mut self.memory.learned.population;
            match answer {
                Answer::Yes => {
                    profile.trust(&traits, at);
                    population.forgive(&traits);
                }
                Answer::No => {
                    profile.distrust(&traits, at);
                    population.report(&traits, profile, at);
                }
            }
        }
    }
}

impl Terms {
    fn setup(&self) -> Setup<'_> {
        Setup {
            rules: &self.rules,
            alert_level: self.settings.alert_level,
            challenge: self.settings.challenge_share(),
            calibration: self.calibration,
        }
    }
}

//! One side of a replay: events in the order of time through the engine, with what they would have set in motion.

use super::desk::Desk;
use super::mind::Mind;
use crate::Timestamp;
use crate::event::Observation;
use crate::id::{EventId, UserKey};
use crate::profile::Sighting;
use crate::project::Settings;
use crate::question::Answer;
use crate::risk::memory::{Learned, Setup};
use crate::risk::{Assessment, Calibration};
use crate::rule::RuleSet;

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
    /// It came so long after it happened that it alarmed nobody: no history that was imported, but late.
    pub late: bool,
    /// What the user answered, and when.
    pub answer: Option<(Answer, Timestamp)>,
    /// What operators said of it by closing its alerts, where that was not the user's own word, and when.
    pub closings: Vec<(Answer, Timestamp)>,
}

/// What was done about a user, beside the words on their logins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// An operator let learning go on.
    Unfrozen,
    /// A session was ordered to end; None: all that the user had.
    Ordered(Option<String>),
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
    /// A rule orders its session ended, or all of the user's.
    pub order: bool,
}

/// What one side judges by, and what it has set in motion.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) terms: Terms,
    pub(super) desk: Desk,
}

/// One side of a replay.
#[derive(Debug)]
pub struct Replay {
    pub(super) side: Side,
    pub(super) mind: Mind,
}

impl Replay {
    /// Knows nothing yet.
    pub fn new(terms: Terms) -> Self {
        Self { side: Side::new(terms), mind: Mind::default() }
    }

    /// At these times this will be done about users.
    pub fn await_deeds(&mut self, deeds: &[(UserKey, Timestamp, Deed)]) {
        self.mind.await_deeds(deeds);
    }

    /// Plays events that follow each other in time.
    pub fn play(&mut self, lines: &[Line]) -> Vec<Verdict> {
        self.side.play(&mut self.mind, lines)
    }

    /// What it knows in the end: the project's, and each user's profile, encoded.
    pub fn into_learned(mut self) -> (Learned, impl Iterator<Item = (UserKey, Box<[u8]>)>) {
        self.mind.hear(Timestamp(i64::MAX));
        self.side.desk.close(&mut self.mind.memory.learned.budget);
        self.mind.into_learned()
    }
}

impl Side {
    pub(super) fn new(terms: Terms) -> Self {
        Self { terms, desk: Desk::default() }
    }

    /// Plays events that follow each other in time.
    pub(super) fn play(&mut self, mind: &mut Mind, lines: &[Line]) -> Vec<Verdict> {
        lines.iter().map(|line| self.one(mind, line)).collect()
    }

    fn one(&mut self, mind: &mut Mind, line: &Line) -> Verdict {
        let seen = &Sighting::from(&line.seen);
        mind.hear(line.seen.at);
        let [assessment] = mind.judge(line, seen, [&self.terms.setup()], true);
        let wave = mind.learn(line, seen, &assessment);
        if self.terms.hears(line, &assessment) {
            mind.await_words(line, seen);
        }
        self.desk.take(line, assessment, wave, &self.terms, &mut mind.memory.learned.budget)
    }
}

impl Terms {
    /// Whom it asks.
    pub(super) fn asking(&self) -> (bool, Option<u32>) {
        (self.settings.ask_users, self.settings.ask_a_day)
    }

    /// True where what was challenged or asked before decides what is now.
    pub(super) fn has_budget(&self) -> bool {
        self.settings.challenge_share().is_some() || self.settings.ask_a_day.is_some()
    }

    /// What an event is judged with.
    pub(super) fn setup(&self) -> Setup<'_> {
        Setup {
            rules: &self.rules,
            alert_level: self.settings.alert_level,
            challenge: self.settings.challenge_share(),
            calibration: self.calibration,
        }
    }
}

//! What a project learns over all its users: statistics that add up over replicas.

use serde::{Deserialize, Serialize};

use super::authenticated;
use crate::event::{Observation, verb};
use crate::profile::{Profile, Sighting};
use crate::question::Answer;
use crate::risk::budget::{Budget, Keys};
use crate::risk::sequence::{Deeds, Rates};
use crate::risk::{Assessment, Decision, Level, Population, population, session};
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
const VERSION: u8 = 3;
/// … of those that an older version wrote: without who reported what.
const OLDER: u8 = 2;
/// … and of those before: without what the budget keeps at the end, too, which is nothing.
const OLDEST: u8 = 1;
const NOTHING: [u8; 4] = [0; 4];

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
        let read = match bytes.split_first().ok_or_else(unreadable)? {
            (&VERSION, body) => postcard::from_bytes(body),
            (&OLDER, body) => older(body),
            (&OLDEST, body) => older(&[body, &NOTHING].concat()),
            _ => return Err(unreadable()),
        };
        read.map_err(|_| unreadable())
    }

    /// Learns from a judged event; `profile` as it was before the event.
    pub fn learn<'a>(&mut self, seen: impl Into<Sighting<'a>>, profile: &Profile, assessment: &Assessment) {
        if let Some(lesson) = Lesson::of(&seen.into(), profile, assessment) {
            self.take(&lesson, None);
        }
    }

    /// Somebody said then what the challenged logins like this one were. `beside` is the part of it that this process
    /// learned itself, where others noted them, too.
    pub(crate) fn answered(&mut self, keys: Keys, answer: Answer, at: Timestamp, beside: Option<&mut Self>) {
        let Some((mark, known)) = self.budget.settled(keys, at) else { return };
        self.budget.was(mark, answer);
        if let Some(own) = beside {
            own.budget.settle(known, at);
            own.budget.was(mark, answer);
        }
    }

    /// Takes a lesson, and has the part `beside` it take it.
    pub(crate) fn take(&mut self, lesson: &Lesson<'_>, mut beside: Option<&mut Self>) {
        self.count(lesson);
        if let Some(own) = beside.as_deref_mut() {
            own.count(lesson);
        }
        if lesson.passed {
            self.answered(lesson.keys, Answer::Yes, lesson.at(), beside);
        }
    }

    fn count(&mut self, lesson: &Lesson<'_>) {
        if let Some(lesson) = &lesson.population {
            self.population.take(lesson);
        }
        let at = lesson.at();
        if let Some(score) = lesson.score {
            self.budget.saw(score, at);
            if lesson.challenged {
                self.budget.challenged(lesson.keys, score, at);
            }
        }
        if lesson.honest {
            self.rates.saw(lesson.seen);
        }
    }
}

fn older(body: &[u8]) -> postcard::Result<Learned> {
    let (population::Older(population), rates, budget) = postcard::from_bytes(body)?;
    Ok(Learned { population, rates, budget })
}

/// What a judged event teaches: found once, taken by every memory that learns from it.
pub(crate) struct Lesson<'a> {
    seen: &'a Observation,
    population: Option<population::Lesson>,
    /// A login's log-odds.
    score: Option<f64>,
    challenged: bool,
    /// A challenge was passed.
    passed: bool,
    keys: Keys,
    /// It counts towards what honest sessions do.
    honest: bool,
}

impl<'a> Lesson<'a> {
    /// None where nothing is to be learned; `profile` as it was before the event.
    pub(crate) fn of(seen: &Sighting<'a>, profile: &Profile, assessment: &Assessment) -> Option<Self> {
        if assessment.decision == Decision::Block || profile.denied(&seen.traits) {
            return None;
        }
        Some(Self {
            population: population::Lesson::of(seen, profile, assessment),
            score: seen.is_login().then(|| session::log_odds(assessment.probability)),
            challenged: assessment.decision == Decision::Challenge,
            passed: authenticated(seen)
                && seen.event.verb == verb::CHALLENGE_PASS
                && !assessment.is_guessed(),
            keys: Keys::of(seen, &seen.traits),
            honest: assessment.level == Level::Green,
            seen: seen.seen,
        })
    }

    /// What was done before in its session, or often enough today, says nothing more of honest sessions.
    pub(crate) fn count_once(&mut self, deeds: &mut Deeds) {
        self.honest = self.honest && deeds.count(self.seen);
    }

    fn at(&self) -> Timestamp {
        self.seen.at.min(self.seen.received_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::UserKey;
    use crate::profile::habit::EPOCH;
    use crate::profile::{Kind, Traits};
    use crate::risk::tests::story::thief;

    #[test]
    fn what_older_versions_wrote_is_read() {
        let mut learned = Learned::default();
        (0..50).for_each(|login| learned.budget.saw(-6.0, Timestamp::from_seconds(login * 86_400)));
        let mut older = learned.encode();
        assert_eq!((older.first(), older.ends_with(&NOTHING)), (Some(&VERSION), true));
        older[0] = OLDER;
        assert_eq!(Learned::decode(&older).expect("read"), learned, "nobody had reported anything");
        older[0] = OLDEST;
        older.truncate(older.len() - NOTHING.len());
        assert_eq!(Learned::decode(&older).expect("read"), learned);
        assert!(Learned::decode(&[]).is_err() && Learned::decode(&[9, 9]).is_err());
    }

    #[test]
    fn what_was_reported_in_an_older_version_stands_until_somebody_takes_it_back() {
        let traits = Traits::of_observation(&thief().0);
        let denied = vec![(Kind::Device, traits.device.expect("a device"), 100_u32, traits.day() - EPOCH)];
        let mut population = postcard::to_allocvec(&Population::default()).expect("bytes");
        assert_eq!(population.pop(), Some(0), "it ends with what was reported");
        let rest = postcard::to_allocvec(&(denied, Rates::default(), Budget::default())).expect("bytes");
        let mut read = Learned::decode(&[vec![OLDER], population, rest].concat()).expect("read");
        assert_eq!(read.population.reported(&traits), 4.0);
        read.population.forgive(&traits, UserKey(7), thief().0.at);
        assert_eq!(read.population.reported(&traits), 0.0);
    }
}

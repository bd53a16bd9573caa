//! What is gathered for one judgement: the case, and the terms found in it.

use std::borrow::Cow;

use super::World;
use super::hypothesis::{Subject, Sums};
use super::population::{Axis, Device, Standing, Step};
use crate::Timestamp;
use crate::event::Observation;
use crate::profile::habit::Habit;
use crate::profile::{Profile, Sighting, Traits};
use crate::time::DAY;

/// An event and what it is compared with.
#[derive(Debug)]
pub(super) struct Case<'a> {
    pub(super) seen: &'a Observation,
    pub(super) world: &'a World<'a>,
    pub(super) profile: Cow<'a, Profile>,
    pub(super) traits: Traits,
    pub(super) today: i32,
    pub(super) device: Device,
    /// Days since the last login.
    away: f64,
}

impl<'a> Case<'a> {
    pub(super) fn new(seen: &Sighting<'a>, profile: &'a Profile, world: &'a World<'a>) -> Self {
        let Sighting { seen, traits } = *seen;
        let mut profile = Cow::Borrowed(profile);
        let now = seen.at.min(seen.received_at);
        if profile.is_due(now) {
            profile.to_mut().settle(now);
        }
        let device = Device::of(&traits, &profile);
        let away = profile.days_away(seen.at).unwrap_or(0.0);
        Self { seen, world, profile, today: traits.day(), device, away, traits }
    }

    /// What is to be said of new values here; None where there is no history.
    /// `above` is the link of the network chain above, with its value.
    pub(super) fn novelty(
        &self,
        axis: Axis,
        habit: &Habit,
        key: u64,
        above: Option<(&Habit, u64)>,
    ) -> Option<Novelty> {
        let device = if axis == Axis::Device { Device::Untold } else { self.device };
        let standing = Standing { device, away: self.away, today: self.today };
        let step = Step::of(axis, habit, key, above, standing)?;
        let (likely, storm) = self.world.population.novelty(&step, self.today);
        Some(Novelty { likely, storm, is_new: step.is_new })
    }

    /// How many logins showed any value of these kinds, faded. The lists are bounded: the fullest forgot least.
    pub(super) fn logins<const N: usize>(&self, habits: [&Habit; N]) -> f64 {
        habits.iter().map(|habit| habit.total(self.today)).fold(0.0, f64::max)
    }

    /// That nothing is shown where `shown` of `logins` showed something: log(⅒ / ((m_u + 1/500) / (n + 1))).
    pub(super) fn absence(&self, shown: f64, logins: f64) -> f64 {
        let missing = (logins - shown).max(0.0);
        (0.1 * (missing + shown + 1.0) / (missing + 0.002)).ln()
    }

    /// What is known of a value: how often the user showed it and when last, and its share of the population.
    pub(super) fn facts(&self, habit: &Habit, key: u64, share: f64) -> Facts {
        let last = habit.last_day(key).map(|day| Timestamp(i64::from(day).saturating_mul(DAY)));
        Facts { logins: habit.weight(key, self.today).unwrap_or(0.0), last, share: Some(share) }
    }
}

/// New values, in the situation of this event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Novelty {
    /// How likely an honest user shows one, …
    pub(super) likely: f64,
    /// … how many times likelier these days than usual, …
    pub(super) storm: f64,
    /// … and whether this one is.
    pub(super) is_new: bool,
}

/// What an explanation tells of a value beside its evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Facts {
    pub(super) logins: f64,
    pub(super) last: Option<Timestamp>,
    pub(super) share: Option<f64>,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) code: Cow<'static, str>,
    pub(super) subject: Subject,
    /// log P(value | attacker) − log P(value | user).
    pub(super) evidence: f64,
    pub(super) text: String,
    pub(super) facts: Option<Facts>,
}

/// The evidence so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    pub(super) pieces: Vec<Piece>,
    /// Most judgements tell nothing: what they find needs no words.
    silent: bool,
}

impl Evidence {
    /// To be weighed only: its pieces have no words.
    pub(super) fn silent() -> Self {
        Self { pieces: Vec::with_capacity(16), silent: true }
    }

    /// Adds a piece.
    pub(super) fn add(
        &mut self,
        code: &'static str,
        subject: Subject,
        evidence: f64,
        facts: Option<Facts>,
        text: impl FnOnce() -> String,
    ) {
        if evidence != 0.0 && evidence.is_finite() {
            // Weak evidence is counted and never told.
            let wordless = self.silent || evidence.abs() < 0.1;
            let text = if wordless { String::new() } else { text() };
            self.pieces.push(Piece { code: Cow::Borrowed(code), subject, evidence, text, facts });
        }
    }

    /// Adds what another part of the engine found: it counts under every hypothesis.
    pub(super) fn told(&mut self, code: &str, evidence: f64, text: &str) {
        if evidence.is_finite() {
            let text = if self.silent { String::new() } else { text.to_owned() };
            let code = Cow::Owned(code.to_owned());
            self.pieces.push(Piece { code, subject: Subject::Common, evidence, text, facts: None });
        }
    }

    /// Scales what speaks against the user whoever the attacker is, so that together it says `most` at most.
    pub(super) fn cap_common(&mut self, most: f64) {
        let speaks = |piece: &&mut Piece| piece.subject == Subject::Common && piece.evidence > 0.0;
        let sum: f64 = self.pieces.iter_mut().filter(speaks).map(|piece| piece.evidence).sum();
        if sum > most {
            self.pieces.iter_mut().filter(speaks).for_each(|piece| piece.evidence *= most / sum);
        }
    }

    /// The sums under each hypothesis, without the pieces that `dropped` names.
    pub(super) fn sums(&self, dropped: impl Fn(&Piece) -> bool) -> Sums {
        let mut sums = Sums::default();
        self.pieces
            .iter()
            .filter(|piece| !dropped(piece))
            .for_each(|piece| sums.add(piece.subject, piece.evidence));
        sums
    }
}

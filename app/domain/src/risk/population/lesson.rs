//! What one judged login teaches: found once, taken by every population that learns from it.

use super::novelty::{AXES, Step};
use crate::Timestamp;
use crate::profile::traits::day;
use crate::profile::{Profile, Sighting, Traits};
use crate::risk::{Assessment, Decision, Level};

/// What a login teaches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lesson {
    pub(super) today: i32,
    /// What was asked whether it is new.
    pub(super) steps: [Option<Step>; AXES],
    /// New values make weather.
    pub(super) weather: bool,
    /// What is common is learned.
    pub(super) fresh: Option<Fresh>,
}

/// The values that the user has not shown today, so that each user counts once per value and day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fresh {
    pub(super) traits: Traits,
    /// Counts among all.
    pub(super) any: bool,
    pub(super) country: bool,
    pub(super) asn: bool,
    pub(super) prefix: bool,
    pub(super) address: bool,
    pub(super) client: bool,
}

impl Lesson {
    /// `profile` is the user's as it was judged with, before it learned the same login. How often something new is
    /// shown is learned from every honest-looking login, what is common only from green ones.
    pub(crate) fn of(seen: &Sighting<'_>, profile: &Profile, assessment: &Assessment) -> Option<Self> {
        let traits = &seen.traits;
        if !seen.is_login() || assessment.decision == Decision::Block || profile.denied(traits) {
            return None;
        }
        let today = day(seen.at.min(seen.received_at.max(Timestamp(0))));
        // One unusual login a user and day: whoever hammers at an account must not teach that such things are usual.
        if assessment.level > Level::Green && profile.awaits_of(traits.day()) {
            return None;
        }
        let mut steps = [None; AXES];
        let mut free = steps.iter_mut();
        Step::each(traits, profile, |step| {
            if let Some(place) = free.next() {
                *place = Some(step);
            }
        });
        let fresh = (assessment.level == Level::Green).then(|| Fresh::of(traits, profile, today));
        Some(Self { today, steps, weather: assessment.level < Level::Red, fresh })
    }
}

impl Fresh {
    fn of(traits: &Traits, profile: &Profile, today: i32) -> Self {
        let fresh = |last: Option<i32>| last.is_none_or(|last| last < today);
        let is = |habit: &crate::profile::habit::Habit, key: Option<u64>| {
            key.is_some_and(|key| fresh(habit.last_day(key)))
        };
        let country = is(&profile.countries, traits.country);
        Self {
            traits: *traits,
            any: country || profile.days_away(traits.at).is_none_or(|days| days >= 1.0),
            country,
            asn: is(&profile.networks, traits.asn),
            prefix: is(&profile.prefixes, traits.prefix),
            address: is(&profile.addresses, traits.address),
            client: is(&profile.clients, traits.client),
        }
    }
}

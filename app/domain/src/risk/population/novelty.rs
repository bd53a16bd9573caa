//! How likely an honest user's next login shows something new.
//!
//! A user's own history says ν = (new + 4·ν₀) / (trials + 4), where ν₀ is the belief before any history; below a value
//! of the network chain its own trials count first, ν' = (new' + 1.5·ν) / (trials' + 1.5). What the
//! population has shown in the same situation corrects it: in each bucket the new values that came are compared with
//! those that the users' own histories had promised, and their ratio, smoothed towards the shipped one, is a factor on ν.
//! The situation is: what is asked (the axis), what was found of the device, how long the history is, how varied, and
//! how long the user has been away. Somebody on a new device is mostly on a new network too, and somebody whose device
//! is known hardly ever has a new browser: the factors carry that dependence.

use serde::{Deserialize, Serialize};

use super::super::shipped;
use crate::profile::habit::Habit;
use crate::profile::{Profile, Traits};

/// How many logins' worth the belief before any history weighs.
const PRIOR_WEIGHT: f64 = 4.0;
/// How many logins' worth a user's novelty over all values above weighs against that below the one they show.
const ABOVE_WEIGHT: f64 = 1.5;
/// How many new values' worth the shipped factor weighs against the population's.
const SHIPPED_WEIGHT: f64 = 3.0;
/// A bucket that has promised so many new values is halved: what users did years ago fades.
const FULL: f32 = 4_000.0;

/// What may be new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    /// The country.
    Country,
    /// The autonomous system, in a known country.
    Network,
    /// The address prefix, in a known autonomous system.
    Prefix,
    /// The address, in a known prefix.
    Address,
    /// The kind of client.
    Client,
    /// The device token.
    Device,
}

/// How many axes there are.
pub(crate) const AXES: usize = 6;
/// What was found of the device: three states.
pub(crate) const STATES: usize = 3;
/// Classes of how long a history is.
pub(crate) const LENGTHS: usize = 6;
const VARIETIES: usize = 6;
const ABSENCES: usize = 6;

/// What was found of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Device {
    /// There is no token, or none to compare it with.
    Untold,
    /// The user has used it.
    Known,
    /// The user has not.
    New,
}

impl Device {
    /// Looks the token up.
    pub(crate) fn of(traits: &Traits, profile: &Profile) -> Self {
        match traits.device {
            Some(_) if profile.devices.is_empty() => Self::Untold,
            Some(device) if profile.devices.last_day(device).is_some() => Self::Known,
            Some(_) => Self::New,
            None => Self::Untold,
        }
    }
}

/// A situation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(super) axis: Axis,
    device: Device,
    length: usize,
    variety: usize,
    absence: usize,
}

impl Bucket {
    fn index(self) -> usize {
        let Self { axis, device, length, variety, absence } = self;
        (((axis as usize * STATES + device as usize) * LENGTHS + length) * VARIETIES + variety) * ABSENCES
            + absence
    }
}

const BUCKETS: usize = AXES * STATES * LENGTHS * VARIETIES * ABSENCES;

/// One question put to a login: is this value new, and how likely was that by the user's own history?
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) bucket: Bucket,
    /// The probability of a new value by the user's own history.
    pub(crate) own: f64,
    pub(crate) is_new: bool,
    /// … and not the first of its kind that became the user's own today.
    pub(super) again: bool,
    /// The value of the link above; 0: none.
    pub(super) above: u64,
}

/// Where a question stands: what was found of the device, how long the user was away, which day it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Standing {
    pub(crate) device: Device,
    pub(crate) away: f64,
    pub(crate) today: i32,
}

impl Step {
    /// None when there is nothing to compare with. `above` is the habit of the link above and the value it has here: a user
    /// whose carrier has them in another range every day may have had one range at home for years.
    pub(crate) fn of(
        axis: Axis,
        habit: &Habit,
        key: u64,
        above: Option<(&Habit, u64)>,
        standing: Standing,
    ) -> Option<Self> {
        if habit.is_empty() {
            return None;
        }
        let Standing { device, away, today } = standing;
        let (trials, news) = habit.trials(today);
        let all = (news + PRIOR_WEIGHT * shipped::novelty(axis)) / (trials + PRIOR_WEIGHT);
        let (trials, news, weight, prior) = match above.and_then(|(habit, key)| habit.below(key, today)) {
            Some((trials, news)) => (trials, news, ABOVE_WEIGHT, all),
            None => (trials, news, PRIOR_WEIGHT, shipped::novelty(axis)),
        };
        let length = ((trials + 1.5).log2().floor().max(0.0) as usize).min(LENGTHS - 1);
        let variety = class((news + prior) / (trials + 1.0), &[0.01, 0.03, 0.08, 0.2, 0.5]);
        let absence = class(away, &[0.25, 0.7, 1.5, 5.0, 20.0]);
        let own = (news + weight * prior) / (trials + weight);
        let bucket = Bucket { axis, device, length, variety, absence };
        let is_new = habit.last_day(key).is_none();
        let again = is_new && habit.has_news_of(today);
        Some(Self { bucket, own, is_new, again, above: above.map_or(0, |(_, key)| key) })
    }

    /// All questions that a login answers: along the network chain down to the first new value, then the client, then the
    /// device.
    pub(crate) fn each(traits: &Traits, profile: &Profile, mut told: impl FnMut(Self)) {
        let Some(away) = profile.days_away(traits.at) else { return };
        let standing = Standing { device: Device::of(traits, profile), away, today: traits.day() };
        let mut above = None;
        for (axis, habit, key) in [
            (Axis::Country, &profile.countries, traits.country),
            (Axis::Network, &profile.networks, traits.asn),
            (Axis::Prefix, &profile.prefixes, traits.prefix),
            (Axis::Address, &profile.addresses, traits.address),
        ] {
            let Some(key) = key else { continue };
            if let Some(step) = Self::of(axis, habit, key, above, standing) {
                told(step);
                if step.is_new {
                    break;
                }
            }
            above = Some((habit, key));
        }
        let client =
            traits.client.and_then(|key| Self::of(Axis::Client, &profile.clients, key, None, standing));
        let standing = Standing { device: Device::Untold, ..standing };
        let token =
            traits.device.and_then(|key| Self::of(Axis::Device, &profile.devices, key, None, standing));
        [client, token].into_iter().flatten().for_each(told);
    }
}

fn class(value: f64, bounds: &[f64]) -> usize {
    bounds.iter().filter(|bound| value >= **bound).count()
}

/// New values that came, and that were promised, by bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(u16, f32, f32)>", into = "Vec<(u16, f32, f32)>")]
pub(super) struct Novelty(Vec<(f32, f32)>);

impl Default for Novelty {
    fn default() -> Self {
        Self(vec![(0.0, 0.0); BUCKETS])
    }
}

impl Novelty {
    pub(super) fn count(&mut self, step: &Step) {
        if let Some((came, promised)) = self.0.get_mut(step.bucket.index()) {
            *came += if step.is_new { 1.0 } else { 0.0 };
            *promised += step.own as f32;
            if *promised > FULL {
                (*came, *promised) = (*came / 2.0, *promised / 2.0);
            }
        }
    }

    pub(super) fn factor(&self, bucket: Bucket) -> f64 {
        let (came, promised) = self.0.get(bucket.index()).copied().unwrap_or_default();
        let shipped = shipped::factor(bucket.axis, bucket.device, bucket.length);
        (f64::from(came) + SHIPPED_WEIGHT * shipped) / (f64::from(promised) + SHIPPED_WEIGHT)
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine = (mine.0 + theirs.0, mine.1 + theirs.1);
        }
    }
}

/// Only what is there is written.
impl From<Novelty> for Vec<(u16, f32, f32)> {
    fn from(novelty: Novelty) -> Self {
        let told = |(index, (came, promised)): (usize, (f32, f32))| {
            (promised > 0.0).then_some((index as u16, came, promised))
        };
        novelty.0.into_iter().enumerate().filter_map(told).collect()
    }
}

impl From<Vec<(u16, f32, f32)>> for Novelty {
    fn from(rows: Vec<(u16, f32, f32)>) -> Self {
        let mut novelty = Self::default();
        for (index, came, promised) in rows {
            let sound = |count: f32| count.is_finite() && count >= 0.0;
            if let Some(bucket) = novelty.0.get_mut(usize::from(index))
                && sound(came)
                && sound(promised)
            {
                // The parts of several processes together may be more than full.
                let over = (came.max(promised) / FULL).max(1.0);
                *bucket = (came / over, promised / over);
            }
        }
        novelty
    }
}

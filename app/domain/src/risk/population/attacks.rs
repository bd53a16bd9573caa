//! What users of the project have denied: it speaks against the next login that shows the same, to whoever, and fades.

use serde::{Deserialize, Serialize};

use crate::profile::habit::{faded, hundredths, short_day};
use crate::profile::{Kind, Profile, REPORT_HALF_LIFE_DAYS, Traits};

/// The most traits that are remembered; the oldest go first.
const LIMIT: usize = 500;
/// What a report of another user says, when fresh, by what both share. A shared carrier's network says nothing, and the
/// same browser says nothing: raw frequencies among attacks must not be multiplied into a user's score (Wiefling et al.,
/// ACM TOPS 26(1), 2022), so this is a bounded piece of evidence and not a factor.
const SAYS: [(Kind, f64); 2] = [(Kind::Device, 4.0), (Kind::Prefix, 1.5)];

/// One denied trait: kind, key, hundredths of reports as of the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Denied(Kind, u64, u32, #[serde(with = "short_day")] i32);

/// The denied traits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attacks(Vec<Denied>);

impl Attacks {
    /// Remembers what the user of this profile does not use otherwise.
    pub(super) fn report(&mut self, traits: &Traits, profile: &Profile, today: i32) {
        for (kind, _) in SAYS {
            if let Some(key) = kind.of(traits).filter(|key| !profile.shows(kind, *key)) {
                self.add(Denied(kind, key, hundredths(1.0), today));
            }
        }
        let surplus = self.0.len().saturating_sub(LIMIT);
        self.0.drain(..surplus);
    }

    fn add(&mut self, new: Denied) {
        let known = self.0.iter().position(|denied| (denied.0, denied.1) == (new.0, new.1));
        let old = known.map(|place| self.0.remove(place));
        let day = old.as_ref().map_or(new.3, |old| old.3.max(new.3));
        let left = |denied: &Denied| faded(denied.2, denied.3, day, REPORT_HALF_LIFE_DAYS);
        let sum = left(&new) + old.as_ref().map_or(0.0, left);
        self.0.push(Denied(new.0, new.1, hundredths(sum), day));
    }

    pub(super) fn forgive(&mut self, traits: &Traits) {
        self.0.retain(|denied| denied.0.of(traits) != Some(denied.1));
    }

    /// The strongest piece of evidence, faded; more reports say a little more.
    pub(super) fn evidence(&self, traits: &Traits) -> f64 {
        if self.0.is_empty() {
            return 0.0;
        }
        let says = |kind: Kind| SAYS.iter().find(|(says, _)| *says == kind).map_or(0.0, |(_, most)| *most);
        let matching = self.0.iter().filter(|denied| denied.0.of(traits) == Some(denied.1));
        matching
            .map(|denied| {
                let reports = faded(denied.2, denied.3, traits.day(), REPORT_HALF_LIFE_DAYS);
                says(denied.0) * (2.0 * reports / (reports + 1.0)).min(1.5)
            })
            .fold(0.0, f64::max)
    }

    pub(super) fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|denied| self.add(denied.clone()));
        self.0.sort_by_key(|denied| denied.3);
        let surplus = self.0.len().saturating_sub(LIMIT);
        self.0.drain(..surplus);
    }
}

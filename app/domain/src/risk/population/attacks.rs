//! What users of the project have denied: it speaks against the next login that shows the same, to whoever, and fades.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::UserKey;
use crate::mix::mix;
use crate::profile::habit::{faded, hundredths, short_day};
use crate::profile::{Kind, Profile, REPORT_HALF_LIFE_DAYS, Traits};
use crate::time::MINUTE;

/// The most words that are remembered; the oldest go first.
const LIMIT: usize = 500;
/// What a report of another user says, when fresh, by what both share. A shared carrier's network says nothing, and the
/// same browser says nothing: raw frequencies among attacks must not be multiplied into a user's score (Wiefling et al.,
/// ACM TOPS 26(1), 2022), so this is a bounded piece of evidence and not a factor.
const SAYS: [(Kind, f64); 2] = [(Kind::Device, 4.0), (Kind::Prefix, 1.5)];
/// Whoever it was: an older version did not write it.
const SOMEBODY: u32 = 0;
const A_DAY: u32 = 24 * 60;

/// What one user said last of a trait, in which minute since 1970: that it is not theirs, or that it is after all. The
/// latter is kept, since other processes may have the report still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Word {
    kind: Kind,
    key: u64,
    /// A hash of the user's key.
    who: u32,
    minute: u32,
    denied: bool,
}

impl Word {
    fn is_about(&self, traits: &Traits) -> bool {
        self.kind.of(traits) == Some(self.key)
    }

    fn subject(&self) -> (Kind, u64, u32) {
        (self.kind, self.key, self.who)
    }

    /// The later one counts, of the same minute the one that takes back.
    fn rank(&self) -> (u32, bool) {
        (self.minute, !self.denied)
    }

    fn day(&self) -> i32 {
        i32::try_from(self.minute / A_DAY).unwrap_or(i32::MAX)
    }
}

/// What was denied, and what of that was taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attacks(Vec<Word>);

impl Attacks {
    /// Remembers what the user of this profile does not use otherwise; that is what other processes' parts are to heed.
    pub(super) fn report(
        &mut self,
        traits: &Traits,
        (user, profile): (UserKey, &Profile),
        now: Timestamp,
    ) -> Self {
        let mut said = Self::default();
        for (kind, _) in SAYS {
            if let Some(key) = kind.of(traits).filter(|key| !profile.shows(kind, *key)) {
                let mut word = Word { kind, key, who: who(user), minute: minute(now), denied: true };
                // After all that was said before.
                let before = self.0.iter().find(|known| known.subject() == word.subject() && !known.denied);
                word.minute = word.minute.max(before.map_or(0, |known| known.minute.saturating_add(1)));
                said.0.push(word);
            }
        }
        self.merge(&said);
        said
    }

    /// Takes back what this user reported, and nobody else's.
    pub(super) fn forgive(&mut self, traits: &Traits, user: UserKey, now: Timestamp) -> Self {
        let whose = [who(user), SOMEBODY];
        let mut said = Self::default();
        for word in self.0.iter_mut().filter(|word| word.denied && whose.contains(&word.who)) {
            if word.is_about(traits) {
                (word.minute, word.denied) = (minute(now).max(word.minute), false);
                said.0.push(word.clone());
            }
        }
        said
    }

    /// The strongest piece of evidence, faded; reports of more users say a little more.
    pub(super) fn evidence(&self, traits: &Traits) -> f64 {
        if self.0.is_empty() {
            return 0.0;
        }
        let reports = |kind: Kind| {
            let of_kind = |word: &&Word| word.denied && word.kind == kind && word.is_about(traits);
            let left = |word: &Word| faded(hundredths(1.0), word.day(), traits.day(), REPORT_HALF_LIFE_DAYS);
            self.0.iter().filter(of_kind).map(left).sum::<f64>()
        };
        let says = |(kind, most): (Kind, f64)| {
            let reports = reports(kind);
            most * (2.0 * reports / (reports + 1.0)).min(1.5)
        };
        SAYS.map(says).into_iter().fold(0.0, f64::max)
    }

    /// Adds what was said elsewhere, in any order.
    pub(super) fn merge(&mut self, other: &Self) {
        for word in &other.0 {
            match self.0.iter_mut().find(|known| known.subject() == word.subject()) {
                Some(known) if known.rank() < word.rank() => known.clone_from(word),
                Some(_) => {}
                None => self.0.push(word.clone()),
            }
        }
        self.0.sort_by_key(|word| (word.minute, word.subject()));
        let surplus = self.0.len().saturating_sub(LIMIT);
        self.0.drain(..surplus);
    }
}

fn who(user: UserKey) -> u32 {
    let hash = mix(user.0.cast_unsigned());
    ((hash >> 32) as u32).max(SOMEBODY + 1)
}

fn minute(at: Timestamp) -> u32 {
    u32::try_from(at.0.div_euclid(MINUTE).max(0)).unwrap_or(u32::MAX)
}

/// What an older version wrote of a trait: kind, key, hundredths of reports, which count as one, the day of the last.
#[derive(Deserialize)]
struct Denied(
    Kind,
    u64,
    #[expect(dead_code, reason = "it is read over")] u32,
    #[serde(with = "short_day")] i32,
);

/// What an older version wrote.
#[derive(Deserialize)]
pub(super) struct Older(Vec<Denied>);

impl From<Older> for Attacks {
    fn from(Older(denied): Older) -> Self {
        let word = |Denied(kind, key, _, day)| {
            let minute = u32::try_from(day).unwrap_or(0).saturating_mul(A_DAY);
            Word { kind, key, who: SOMEBODY, minute, denied: true }
        };
        let mut attacks = Self::default();
        attacks.merge(&Self(denied.into_iter().map(word).collect()));
        attacks
    }
}

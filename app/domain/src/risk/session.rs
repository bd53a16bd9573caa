//! Within a session: whether what goes on is still the one who logged in.
//!
//! A stolen cookie needs no password, so how familiar the login was does not vouch for what its session does later: the
//! thief's client or network differs, or two parties take turns. [`SessionMemory`] is what must be kept of a session
//! to see that, [`observe`] the judgement of one event.

mod evidence;
mod journey;
#[cfg(test)]
mod journeys;
mod kept;
mod look;
mod party;
mod standing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod theft;

use serde::{Deserialize, Serialize};

use super::ORANGE;
use super::sequence::{Done, Rates};
use super::term::Term;
use crate::Timestamp;
use crate::event::verb;
use crate::profile::{Profile, Sighting};
pub(super) use evidence::INTERLEAVED_CODE as INTERLEAVED;
use journey::Stay;
pub use kept::{AWAITED, ENDED, Kept, REVOKED, acts_for_another, outlived, refused};
use look::Look;
use party::Party;
pub use standing::Within;

/// The log-odds of a theft before any evidence, whoever logged in.
pub const THEFT: f64 = -4.0;
/// Suspicion of a theft is half as strong after so many seconds without more.
const FADES: f64 = 6.0 * 3_600.0;
/// The most suspicion that is kept.
const SUSPICION_MOST: f64 = 12.0;
/// What a session that passed a challenge is believed to be.
const PROVED: f64 = -6.0;
/// The first byte of every encoding.
const VERSION: u8 = 4;
/// … of those that older versions wrote, and how many zeroes stand at the end, which they lack, when nothing is known.
const OLDER: [(u8, usize); 3] = [(1, 13), (2, 5), (3, 2)];
const UNKNOWN: [u8; 13] = [0; 13];
/// How many parties of a session are remembered, for those who take turns.
const PARTIES: usize = 3;

/// What is kept with a session: some 120 bytes. Pure: it is changed by [`observe`] alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionMemory {
    /// The second of the login.
    started: i64,
    /// Seconds from the login to the last event.
    last: u32,
    /// Who logged in.
    owner: Party,
    /// The last ones seen, each at its last event, oldest first.
    parties: Vec<Party>,
    /// The login's own log-odds of being an attacker's.
    login: f32,
    /// Evidence of a theft so far.
    suspicion: f32,
    /// What was done after the login.
    pub(super) done: Done,
    /// The range that it moved to last; 0 for none.
    newcomer: u16,
    /// The log-odds with which a stranger in it was told of; 0 for nobody.
    told: f32,
    /// Where the user was last seen in it …
    home: Stay,
    /// … and whoever was where no journey leads from there.
    away: Stay,
    /// Who logged in, where that was no usual login; written apart …
    #[serde(skip)]
    unusual: Option<Look>,
    /// … with the last stranger in it who was told of.
    #[serde(skip)]
    stranger: Option<Look>,
}

impl SessionMemory {
    /// A session that begins with this event, judged with these log-odds (see [`log_odds`]).
    pub fn begin<'a>(seen: impl Into<Sighting<'a>>, login: f64) -> Self {
        let seen = &seen.into();
        let owner = Party::of(seen, 0);
        let login = if login.is_finite() { login.clamp(-30.0, 30.0) as f32 } else { 0.0 };
        let unusual = (f64::from(login) >= log_odds(ORANGE)).then(|| Look::of(&seen.traits));
        let started = seen.at.seconds();
        let mut began = Self { started, owner, parties: vec![owner], login, unusual, ..Self::default() };
        began.settle_at(seen, 0);
        began
    }

    /// When it began: the login, or the first event that was seen of it.
    pub fn started(&self) -> Timestamp {
        Timestamp(self.started.saturating_mul(crate::time::SECOND))
    }

    /// As bytes, 190 at most, to be kept with the session.
    pub fn encode(&self) -> Vec<u8> {
        // Writing numbers into memory cannot fail.
        postcard::to_extend(self, Vec::from([VERSION]))
            .and_then(|bytes| postcard::to_extend(&(self.unusual, self.stranger), bytes))
            .unwrap_or_else(|_| vec![VERSION])
    }

    /// True when its login was unusual, and nobody has vouched for that.
    pub(crate) fn awaits_word(&self, seen: &Sighting<'_>, profile: &Profile) -> bool {
        self.unusual.is_some() && !self.is_vouched_for(seen, profile)
    }

    /// Reads what [`SessionMemory::encode`] wrote; None for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, written) = bytes.split_first()?;
        let padded;
        let written = match OLDER.iter().find(|(older, _)| older == version) {
            Some((_, lacks)) => {
                padded = [written, UNKNOWN.get(..*lacks)?].concat();
                &padded
            }
            None if *version == VERSION => written,
            None => return None,
        };
        let (memory, looks) = postcard::take_from_bytes::<Self>(written).ok()?;
        let (unusual, stranger) = postcard::from_bytes(looks).ok()?;
        memory.is_sane().then_some(Self { unusual, stranger, ..memory })
    }

    /// Without who was told of: as it is kept with a profile, for one device alone.
    pub(crate) fn without_looks(self) -> Self {
        Self { unusual: None, stranger: None, ..self }
    }

    /// When something was last done in it.
    pub(crate) fn last_seen(&self) -> Timestamp {
        Timestamp((self.started.saturating_add(i64::from(self.last))).saturating_mul(crate::time::SECOND))
    }

    /// True when this is done with the client and on the network of whoever logged in.
    pub(crate) fn is_owned_by(&self, seen: &Sighting<'_>) -> bool {
        self.owner.is_same(&Party::of(seen, 0))
    }

    /// No numbers that no judgement can have given.
    pub(crate) fn is_sane(&self) -> bool {
        let numbers = [self.login, self.suspicion, self.told].iter().all(|number| number.is_finite());
        numbers && self.parties.len() <= PARTIES
    }

    /// Seconds from the login to this moment; 0 before it.
    pub fn age(&self, at: Timestamp) -> u32 {
        u32::try_from(at.seconds().saturating_sub(self.started).max(0)).unwrap_or(u32::MAX)
    }

    /// What speaks for a theft in this event, compared with what the session did before.
    pub fn evidence<'a>(&self, seen: impl Into<Sighting<'a>>, profile: &Profile) -> Vec<Term> {
        evidence::of(self, &seen.into(), profile)
    }

    /// The log-odds that whoever acts now is not the user: the login was not, or the session was stolen since, given
    /// `theft`, the terms of [`SessionMemory::evidence`], and `action`, those of
    /// [`sequence::evidence`](super::sequence::evidence).
    pub fn log_odds(&self, at: Timestamp, theft: &[Term], action: &[Term]) -> f64 {
        let suspicion = self.suspicion(at) + Term::sum(theft);
        let login = f64::from(self.login);
        let either = if suspicion > 0.0 { (login.exp() + (THEFT + suspicion).exp()).ln() } else { login };
        (either + self.done.evidence() + Term::sum(action)).clamp(-30.0, 30.0)
    }

    pub(super) fn suspicion(&self, at: Timestamp) -> f64 {
        let idle = self.age(at).saturating_sub(self.last);
        f64::from(self.suspicion) * (-f64::from(idle) / FADES).exp2()
    }

    /// Where the user is now, unless something hides it.
    fn settle_at(&mut self, seen: &Sighting<'_>, age: u32) {
        if seen.traits.cover.is_none() {
            self.home = Stay::of(seen, age).unwrap_or(self.home);
        }
    }

    /// It has been where no journey leads.
    fn has_jumped(&self) -> bool {
        self.away != Stay::default()
    }

    /// Who is where after this event, in which `terms` were found.
    fn follow(&mut self, seen: &Sighting<'_>, profile: &Profile, terms: &[Term], age: u32) {
        let jumped = terms.iter().any(|term| term.code == journey::IMPOSSIBLE);
        if jumped || terms.iter().any(|term| term.code == evidence::MOVED) {
            self.newcomer = Party::of(seen, 0).prefix;
        }
        let is_away = journey::is_away(self, seen, age);
        if jumped || (is_away && self.is_open(seen, profile)) {
            self.away = Stay::of(seen, age).unwrap_or(self.away);
            return;
        }
        if is_away {
            self.away = Stay::default();
        }
        if !self.is_strange(seen, profile) {
            self.settle_at(seen, age);
        }
    }

    fn remember(&mut self, seen: &Sighting<'_>, theft: f64) {
        let age = self.age(seen.at);
        self.suspicion = (self.suspicion(seen.at) + theft).min(SUSPICION_MOST) as f32;
        self.last = self.last.max(age);
        let party = Party::of(seen, age);
        self.parties.retain(|other| !other.is_same(&party));
        self.parties.push(party);
        self.parties.sort_by_key(|party| party.age);
        let surplus = self.parties.len().saturating_sub(PARTIES);
        self.parties.drain(..surplus);
        if seen.event.verb == verb::CHALLENGE_PASS {
            (self.owner, self.parties) = (party, vec![party]);
            (self.login, self.suspicion) = (self.login.min(PROVED as f32), 0.0);
            (self.newcomer, self.told, self.away) = (0, 0.0, Stay::default());
            (self.unusual, self.stranger) = (None, None);
            self.settle_at(seen, age);
            self.done.forgive();
        }
    }
}

/// Judges an event within its session and remembers it: evidence of a theft, then of the sequence of actions.
pub fn observe<'a>(
    memory: &mut SessionMemory,
    seen: impl Into<Sighting<'a>>,
    profile: &Profile,
    rates: &Rates,
) -> Vec<Term> {
    let seen = &seen.into();
    let mut terms = memory.evidence(seen, profile);
    let theft = Term::sum(&terms);
    let action = super::sequence::evidence(memory, seen, rates);
    let age = memory.age(seen.at);
    memory.follow(seen, profile, &terms, age);
    memory.remember(seen, theft);
    memory.done.note(&seen.event.verb, age, Term::sum(&action));
    terms.extend(action);
    terms
}

/// A probability as log-odds, finite whatever it is.
pub fn log_odds(probability: f64) -> f64 {
    let p = if probability.is_finite() { probability.clamp(1e-13, 1.0 - 1e-13) } else { 0.5 };
    (p / (1.0 - p)).ln()
}

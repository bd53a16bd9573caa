//! What teaches a profile.

use super::habit::{BELIEVED, Dose, Habit, Since};
use super::traits::Traits;
use super::waiting::Waiting;
use super::{Position, Profile, Sighting};
use crate::Timestamp;
use crate::event::verb;
use crate::risk::{Assessment, Decision, Level};

pub(super) const COUNTRIES: usize = 8;
pub(super) const NETWORKS: usize = 12;
pub(super) const PREFIXES: usize = 24;
pub(super) const ADDRESSES: usize = 32;
pub(super) const CLIENTS: usize = 8;
pub(super) const DEVICES: usize = 12;
/// Three kinds of cover, and none.
pub(super) const COVERS: usize = 4;
pub(super) const POSITIONS: usize = 3;
pub(super) const PENDING: usize = 4;
pub(super) const REPORTED: usize = 12;
/// The hour histogram is halved as often as the other counts fade by half, and before a count outgrows a byte.
const HOURS_HALVE_DAYS: i32 = 120;
const HOURS_FULL: u8 = 250;
/// A device that the user vouched for counts as so many logins.
pub(super) const VOUCHED: f64 = 3.0;

/// Country, network, prefix, address.
const LINKS: usize = 4;

/// What a value counts for: its habit, itself, a note kept with it, how many of its kind are kept.
pub(super) type Slot<'a> = (&'a mut Habit, Option<u64>, u32, usize);

impl Profile {
    /// Learns from a judged event. Failed attempts are remembered as such; an unusual event waits until the user
    /// vouches for it ([`Profile::trust`]), its session passes a challenge, or it comes on several days and nobody
    /// contradicts it for [`QUIET`], which is not enough for what was red; what turns red in a session takes back as much as
    /// a passed challenge teaches; what goes on in a session teaches less than a login, and nothing where the session may be
    /// another's by now; what a rule blocked, or resembles what the user denied, teaches nothing, and for [`QUIET`] after a
    /// "no" nothing does.
    pub fn learn<'a>(&mut self, seen: impl Into<Sighting<'a>>, assessment: &Assessment) {
        let Sighting { seen, traits } = seen.into();
        self.settle(seen.at.min(seen.received_at));
        let Some(user) = &seen.event.user else { return };
        let (is_login, is_failure) = (verb::is_login(&seen.event.verb), verb::is_failure(&seen.event.verb));
        if is_failure || (is_login && !user.authenticated) {
            return self.note_failure(&traits);
        }
        if !user.authenticated || assessment.decision == Decision::Block || self.denied(&traits) {
            return;
        }
        let proves = seen.event.verb == verb::CHALLENGE_PASS && !assessment.is_guessed();
        if assessment.is_awaited() && !proves {
            return; // It came once and was told: what it goes on to do is no other visit.
        }
        if assessment.level > Level::Green {
            let is_red = assessment.level == Level::Red;
            let waiting = Waiting::new(traits, is_red, seen.heard_at()).imported(seen.is_history);
            if is_red && !is_login && self.is_first_red(&traits) && self.knows(&traits) {
                // Whoever relays the user's own second factor passes a challenge, too: by what it did then it is doubted anew.
                self.take_back(&traits, traits.day());
            }
            return self.quarantine(waiting);
        }
        if self.is_frozen(seen.at) || assessment.is_guessed() {
            return;
        }
        let awaits = self.awaits(&traits);
        if proves && (awaits || self.doubts(&traits)) {
            let began = self.began(&traits);
            self.vouch(&traits, Since::at(seen.at), seen.at);
            return self.keep_visit(&traits, began);
        }
        if !is_login && (awaits || assessment.doubts_session()) {
            return; // It proves nothing of a session that nobody vouched for, or that may have been stolen.
        }
        self.absorb(&traits, if is_login { Dose::LOGIN } else { Dose::REQUEST }, Since::at(seen.at));
        self.failures.retain(|failures| Some(failures.0) != traits.prefix);
    }

    /// The user said that this login was theirs: it is learned, its device more than once, and no longer held against
    /// them; learning goes on.
    pub fn trust(&mut self, traits: &Traits, now: Timestamp) {
        self.vouch_for_visits(traits);
        self.vouch(traits, Since::said(traits.at), now);
    }

    fn vouch(&mut self, traits: &Traits, since: Since, now: Timestamp) {
        self.unfreeze();
        self.settle(now);
        self.pending.retain(|other| !other.traits.resembles(traits));
        self.reported.retain(|report| report.0.of(traits) != Some(report.1));
        self.absorb(traits, Dose::LOGIN, since);
        if let Some(device) = traits.device {
            let more = Dose { weight: VOUCHED - 1.0, once_a_day: false, trial: false };
            self.devices.add(device, 0, more, traits.day(), DEVICES);
        }
    }

    /// Learns what silence vouches for among the unusual logins: each of their days a part of a login.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        if !self.is_due(now) {
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        let (due, rest) =
            pending.into_iter().partition::<Vec<_>, _>(|waiting| self.is_believed(waiting, now));
        self.pending = rest;
        for waiting in due {
            // The user may still say that it was not them.
            let began = self.began(&waiting.traits);
            self.absorb(&waiting.traits, waiting.dose(), Since::at(began));
            self.keep_visit(&waiting.traits, began);
        }
    }

    /// True when nothing red like it awaits the user's word.
    fn is_first_red(&self, traits: &Traits) -> bool {
        !self.pending.iter().any(|other| other.is_red() && other.traits.resembles(traits))
    }

    /// True when all that the login shows was learned: then it was, too.
    pub(super) fn knows(&mut self, traits: &Traits) -> bool {
        self.slots(traits).iter().all(|(habit, key, ..)| key.is_none_or(|key| habit.last_day(key).is_some()))
    }

    /// True when it shows something that only silence vouched for, and not often enough.
    fn doubts(&mut self, traits: &Traits) -> bool {
        self.slots(traits).iter().any(|(habit, key, ..)| key.is_some_and(|key| habit.doubts(key)))
    }

    fn quarantine(&mut self, waiting: Waiting) {
        let like = |other: &&mut Waiting| other.traits.resembles(&waiting.traits);
        if let Some(known) = self.pending.iter_mut().find(like) {
            return known.came_again(&waiting);
        }
        if self.pending.len() >= PENDING {
            self.pending.remove(0);
        }
        self.pending.push(waiting);
    }

    pub(super) fn slots(&mut self, traits: &Traits) -> [Slot<'_>; 7] {
        let cover = traits.asn.map(|_| traits.cover.map_or(0, |cover| cover.key()));
        [
            (&mut self.countries, traits.country, 0, COUNTRIES),
            (&mut self.networks, traits.asn, 0, NETWORKS),
            (&mut self.prefixes, traits.prefix, 0, PREFIXES),
            (&mut self.addresses, traits.address, 0, ADDRESSES),
            (&mut self.clients, traits.client, traits.version.unwrap_or(0), CLIENTS),
            (&mut self.devices, traits.device, traits.client_note(), DEVICES),
            (&mut self.covers, cover, 0, COVERS),
        ]
    }

    pub(super) fn absorb(&mut self, traits: &Traits, dose: Dose, since: Since) {
        let today = traits.day();
        // The first four are a chain: below a new value everything is new, which says nothing of the user.
        let (mut chain, mut above): (bool, Option<(&mut Habit, u64)>) = (true, None);
        for (place, (habit, key, note, limit)) in self.slots(traits).into_iter().enumerate() {
            let Some(key) = key else { continue };
            let is_link = place < LINKS;
            let trial = dose.trial && (!is_link || chain);
            chain &= habit.last_day(key).is_some();
            let becomes_known = habit.add(key, note, Dose { trial, ..dose }, today, limit);
            habit.date(key, since, becomes_known);
            if let Some((habit, key)) = above.take().filter(|_| is_link && trial && becomes_known) {
                habit.begot(key);
            }
            above = Some((habit, key));
        }
        if dose.weight < BELIEVED && !dose.once_a_day {
            return;
        }
        if !dose.once_a_day {
            self.logins = self.logins.saturating_add(1);
            self.last = self.last.max(traits.at.seconds());
            self.count_hour(traits.at.hour(), today);
        }
        self.remember_position(traits);
    }

    fn count_hour(&mut self, hour: u8, today: i32) {
        if self.hours.len() != 24 {
            (self.hours, self.halved) = (vec![0; 24], today);
        }
        let full = self.hours.iter().any(|count| *count >= HOURS_FULL);
        if full || today.saturating_sub(self.halved) >= HOURS_HALVE_DAYS {
            self.hours.iter_mut().for_each(|count| *count /= 2);
            self.halved = today;
        }
        if let Some(count) = self.hours.get_mut(usize::from(hour)) {
            *count += 1;
        }
    }

    fn remember_position(&mut self, traits: &Traits) {
        let Some((north, east)) = traits.position.filter(|_| traits.cover.is_none()) else { return };
        let at = traits.at.seconds();
        match self.positions.last_mut() {
            Some(last) if (last.0, last.1) == (north, east) => last.2 = last.2.max(at),
            _ => self.positions.push(Position(north, east, at)),
        }
        self.positions.sort_by_key(|position| position.2);
        let surplus = self.positions.len().saturating_sub(POSITIONS);
        self.positions.drain(..surplus);
    }
}

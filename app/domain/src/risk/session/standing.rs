//! Who goes on in a session after something in it was told: the one who began it, or one for whom nobody has vouched.

use super::look::Look;
use super::party::{Party, differs};
use super::{SessionMemory, Term, log_odds};
use crate::event::verb;
use crate::profile::habit::Habit;
use crate::profile::{Profile, Sighting};
use crate::risk::{Assessment, Level, ORANGE};

/// What an event is within its session.
#[derive(Clone, Debug, PartialEq)]
pub struct Within {
    /// The log-odds of its being another's.
    pub log_odds: f64,
    /// It looks like nobody whom the user has been, nor as the session began.
    pub is_strange: bool,
    /// The log-odds with which its like, or the login of the session, was told, while nobody has vouched for that.
    pub told: Option<f64>,
    /// That it moved, in words, with what that said.
    pub moved: Option<Term>,
}

impl SessionMemory {
    /// What this event is within its session; the rest as in [`SessionMemory::log_odds`].
    pub fn within(&self, seen: &Sighting<'_>, profile: &Profile, theft: &[Term], action: &[Term]) -> Within {
        let is_strange = self.is_strange(seen, profile);
        let told = self.told(seen, profile, is_strange).filter(|_| seen.event.verb != verb::CHALLENGE_PASS);
        let moved = if is_strange { self.moved(seen) } else { None };
        Within { log_odds: self.log_odds(seen.at, theft, action), is_strange, told, moved }
    }

    /// Neither as the session began nor as the user is known: what a thief looks like, until somebody vouches for it.
    pub(super) fn is_strange(&self, seen: &Sighting<'_>, profile: &Profile) -> bool {
        let (now, traits, today) = (Party::of(seen, 0), &seen.traits, seen.traits.day());
        let knows =
            |habit: &Habit, key: Option<u64>| key.is_some_and(|key| habit.weight(key, today).is_some());
        if !now.is_same_client(&self.owner) && !knows(&profile.clients, traits.client) {
            return true;
        }
        if differs(self.owner.fingerprint, now.fingerprint) && self.is_open(seen, profile) {
            return true;
        }
        if now.prefix == self.owner.prefix {
            return false;
        }
        let is_newcomer = self.newcomer != 0 && now.prefix == self.newcomer;
        if knows(&profile.prefixes, traits.prefix) {
            return is_newcomer && self.has_jumped() && self.is_open(seen, profile);
        }
        is_newcomer || !(now.is_same_network(&self.owner) || knows(&profile.networks, traits.asn))
    }

    /// Nobody has vouched for what is strange in it: it was not told yet, or still awaits a word, whatever else it shows by now.
    pub(super) fn is_open(&self, seen: &Sighting<'_>, profile: &Profile) -> bool {
        let awaits = || self.stranger.is_some_and(|stranger| stranger.awaits(profile));
        self.told <= 0.0 || profile.awaits(&seen.traits) || awaits()
    }

    fn told(&self, seen: &Sighting<'_>, profile: &Profile, is_strange: bool) -> Option<f64> {
        let of_stranger = Some(f64::from(self.told)).filter(|told| is_strange && *told > 0.0);
        let login = f64::from(self.login);
        let of_login =
            Some(login).filter(|login| *login >= log_odds(ORANGE) && !self.is_vouched_for(seen, profile));
        of_stranger.into_iter().chain(of_login).reduce(f64::max)
    }

    /// Remembers that a stranger in it is told of, where the judgement does.
    pub(in crate::risk) fn tell(&mut self, seen: &Sighting<'_>, profile: &Profile, judged: &Assessment) {
        let tells = judged.level > Level::Green && seen.event.verb != verb::CHALLENGE_PASS;
        if tells && self.is_strange(seen, profile) {
            // 0 is nobody.
            self.told = self.told.max(log_odds(judged.probability).clamp(0.001, 30.0) as f32);
            if !judged.is_awaited() {
                self.stranger = Some(Look::of(&seen.traits));
            }
        }
    }

    /// Somebody vouched for the unusual login that it began with; or this is done where the user is known, with what they are
    /// known by. What is left out is no word: a thief drops a device's token, and shows another client that the user has as well.
    pub(super) fn is_vouched_for(&self, seen: &Sighting<'_>, profile: &Profile) -> bool {
        let (traits, today) = (&seen.traits, seen.traits.day());
        let now = Look::of(traits);
        let knows =
            |habit: &Habit, key: Option<u64>| key.is_some_and(|key| habit.weight(key, today).is_some());
        let is_theirs = if profile.devices.is_empty() {
            knows(&profile.prefixes, traits.prefix)
        } else {
            knows(&profile.devices, traits.device)
        };
        // An older version kept nothing of who logged in.
        self.unusual.unwrap_or(now).is_vouched_for(profile, today)
            || is_theirs && now.is_vouched_for(profile, today)
    }

    /// What is not told again as if it were new, and stands all the same.
    fn moved(&self, seen: &Sighting<'_>) -> Option<Term> {
        let suspicion = self.suspicion(seen.at);
        if suspicion <= 0.0 {
            return None;
        }
        let now = Party::of(seen, 0);
        let (code, whereto) = if now.is_same_client(&self.owner) {
            let name = seen.network.as_ref().and_then(|network| network.name.clone());
            ("session.network.changed", name.unwrap_or_else(|| "another network".to_owned()))
        } else {
            let client = seen.agent.label();
            ("session.fingerprint.changed", client.unwrap_or_else(|| "another client".to_owned()))
        };
        Some(Term::new(code, suspicion, format!("The session had moved to {whereto} before")))
    }
}

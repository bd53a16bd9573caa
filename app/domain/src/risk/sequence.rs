//! After the login: what somebody who took an account over does first, and how soon.
//!
//! A change of the e-mail address says little three hours after a login from home and much one minute after one from a
//! new device, so each action's evidence is added to the login's own log-odds.

mod action;
mod deeds;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::session::SessionMemory;
use super::term::Term;
use crate::event::Observation;
pub use action::Action;
pub(crate) use deeds::Deeds;

/// How many there are of them.
const ACTIONS: usize = 8;
/// Shares of honest sessions that do it (estimates; each project's own replace them, see [`Rates`]), and of takeovers.
const SHARES: [(f64, f64); ACTIONS] = [
    (0.001, 0.30),
    (0.004, 0.35),
    (0.000_5, 0.20),
    (0.002, 0.20),
    (0.000_5, 0.15),
    (0.002, 0.10),
    (0.003, 0.15),
    (0.001, 0.20),
];
/// When it is done after the login, of honest users and of takeovers: within 2 minutes, 10, an hour, later.
const SOON: [(u32, f64, f64); 4] =
    [(120, 0.15, 0.35), (600, 0.25, 0.40), (3_600, 0.30, 0.15), (u32::MAX, 0.30, 0.10)];
/// The most that one action says.
const MOST: f64 = 5.0;
/// A second action follows from the first: who changes one thing changes another.
const FURTHER: f64 = 0.5;
/// E-mail, then password, then second factor off, within half an hour.
const CHAIN: f64 = 2.0;
/// … the first two of them.
const HALF_CHAIN: f64 = 1.0;
const CHAIN_SECONDS: u32 = 1_800;
/// Sessions that the shipped shares weigh as much as.
const TRUST: f64 = 500.0;
/// The project's own shares follow its last months.
const HALF_LIFE: f64 = 60.0 * 86_400.0;

/// What was done in a session so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done {
    /// One bit for each [`Action`].
    actions: u8,
    /// Hundredths of evidence so far.
    evidence: u16,
    /// Seconds after the login of the last change of e-mail address and of password, plus one; 0 is never.
    email: u32,
    password: u32,
}

impl Done {
    pub(super) fn evidence(&self) -> f64 {
        f64::from(self.evidence) / 100.0
    }

    pub(super) fn note(&mut self, verb: &str, age: u32, evidence: f64) {
        let Some(action) = Action::of(verb) else { return };
        self.actions |= action.bit();
        self.evidence = self.evidence.saturating_add((evidence.max(0.0) * 100.0).min(2_000.0) as u16);
        match action {
            Action::Email => self.email = age.saturating_add(1),
            Action::Password => self.password = age.saturating_add(1),
            _ => {}
        }
    }

    /// What is done now, how soon, and what was done before it, which may have alarmed nobody yet.
    fn told(&self, action: Action, age: u32) -> String {
        let before = Action::ALL.into_iter().filter(|done| self.actions & done.bit() != 0);
        let before: Vec<_> = before.map(Action::words).collect();
        let mut text = format!("{} {}", action.words(), since_login(age));
        // The words are ASCII.
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        if before.is_empty() { text } else { format!("{text}; before it, {}", before.join(", ")) }
    }

    /// The session proved itself: what it did was the user's.
    pub(super) fn forgive(&mut self) {
        *self = Self { actions: self.actions, ..Self::default() };
    }
}

/// How often a project's sessions do each action: learned, fading, 44 bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    last: i64,
    sessions: f32,
    actions: [f32; ACTIONS],
}

impl Rates {
    /// Counts an honest event: a login, or what a session did. Suspicious ones, and what [`Deeds`] does not count, are the
    /// caller's to leave out.
    pub fn saw(&mut self, seen: &Observation) {
        let (at, action) = (seen.at.min(seen.received_at).seconds(), Action::of(&seen.event.verb));
        if !seen.is_login() && action.is_none() {
            return;
        }
        let fading =
            |from: i64, to: i64| (-(to.saturating_sub(from).max(0) as f64) / HALF_LIFE).exp2() as f32;
        // What comes late has faded already.
        let (fade, counts) = (fading(self.last, at), fading(at, self.last));
        self.last = self.last.max(at);
        self.sessions *= fade;
        self.actions.iter_mut().for_each(|count| *count *= fade);
        match action {
            Some(action) => self.actions[action as usize] += counts,
            None => self.sessions += counts,
        }
    }

    /// Adds what another replica counted, both faded to the later one's last event.
    pub fn merge(&mut self, other: &Self) {
        let last = self.last.max(other.last);
        let fade = |of: i64| (-(last.saturating_sub(of).max(0) as f64) / HALF_LIFE).exp2() as f32;
        let (mine, theirs) = (fade(self.last), fade(other.last));
        self.last = last;
        self.sessions = self.sessions * mine + other.sessions * theirs;
        for (count, more) in self.actions.iter_mut().zip(other.actions) {
            *count = *count * mine + more * theirs;
        }
    }

    /// The share of honest sessions that do it.
    fn share(&self, action: Action) -> f64 {
        let (shipped, _) = SHARES[action as usize];
        let (count, all) = (f64::from(self.actions[action as usize]), f64::from(self.sessions));
        ((count + TRUST * shipped) / (all + TRUST)).clamp(1e-5, 1.0)
    }
}

/// What the event says as one of a sequence, on top of its login; nothing for what is no sensitive action, or was done
/// in this session before.
pub fn evidence(memory: &SessionMemory, seen: &Observation, rates: &Rates) -> Vec<Term> {
    let Some(action) = Action::of(&seen.event.verb) else { return Vec::new() };
    let (done, age) = (&memory.done, memory.age(seen.at));
    let mut terms = Vec::new();
    if done.actions & action.bit() == 0 {
        let weight = if done.actions == 0 { 1.0 } else { FURTHER };
        let evidence = weight * llr(action, age, rates);
        if evidence > 0.0 {
            terms.push(Term::new("seq.sensitive.soon", evidence, done.told(action, age)));
        }
    }
    terms.extend(chain(done, action, age));
    terms
}

/// log P(action, this soon | takeover) − log P(action, this soon | the user).
fn llr(action: Action, age: u32, rates: &Rates) -> f64 {
    let (_, takeover) = SHARES[action as usize];
    let (_, honest_time, takeover_time) =
        SOON.iter().find(|(until, ..)| age <= *until).copied().unwrap_or((u32::MAX, 1.0, 1.0));
    let evidence = (takeover / rates.share(action)).ln() + (takeover_time / honest_time).ln();
    evidence.clamp(0.0, MOST)
}

fn chain(done: &Done, action: Action, age: u32) -> Option<Term> {
    let lately = |at: u32| at > 0 && age.saturating_add(1).saturating_sub(at) <= CHAIN_SECONDS;
    match action {
        Action::FactorOff if lately(done.email) && lately(done.password) => {
            let text = "E-mail address, password and second factor were changed in a row";
            Some(Term::new("seq.email_then_mfa_off", CHAIN, text))
        }
        Action::FactorOff if lately(done.email) => {
            let text = "The second factor was turned off right after the e-mail address was changed";
            Some(Term::new("seq.email_then_mfa_off", HALF_CHAIN, text))
        }
        Action::Password if lately(done.email) => {
            let text = "The password was changed right after the e-mail address";
            Some(Term::new("seq.email_then_password", HALF_CHAIN, text))
        }
        _ => None,
    }
}

fn since_login(age: u32) -> String {
    let (number, unit) = match age {
        0 => return "right after the login".to_owned(),
        1..120 => (age, "second"),
        120..7_200 => (age / 60, "minute"),
        7_200..172_800 => (age / 3_600, "hour"),
        _ => (age / 86_400, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural} after the login")
}

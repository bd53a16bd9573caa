//! What is read off a judgement.

use super::*;

impl Assessment {
    /// True when it is worth an alert of its own to operators who want to know from this level on. The attempts of a wave
    /// are told by the wave's, what goes on in a session that was ordered to end by the order's unless it is unusual beside
    /// that, what goes on after a log-out is told whatever they want to know, and what awaits a word was told.
    pub fn alarms(&self, from: Level) -> bool {
        let says = |code: &str| self.reasons.iter().any(|reason| reason.code == code);
        let in_wave = (says(crowd::ATTEMPT) || says(crowd::FAILURES)) && denier(self).is_none();
        let news = !in_wave && !self.is_awaited();
        says(session::ENDED) || (self.own_level() >= from.max(Level::Orange) && news)
    }

    /// How alarming it is by itself: that its session was ordered to end is told by the order, and awaits nobody's word.
    pub fn own_level(&self) -> Level {
        if self.is_refused() { Level::of(self.probability) } else { self.level }
    }

    /// Its session was ordered to end.
    fn is_refused(&self) -> bool {
        self.reasons.iter().any(|reason| reason.code == session::REVOKED)
    }

    /// What applications are told, 0..1: what goes on in a session that was ordered to end is as certain as what a rule blocks.
    pub fn score(&self) -> f64 {
        if self.is_refused() { 1.0 } else { self.probability }
    }

    /// True where what happened before in the session was told already, and still awaits somebody's word: it is as
    /// alarming as it was, and no news.
    pub fn is_awaited(&self) -> bool {
        self.reasons.iter().any(|reason| reason.code == session::AWAITED)
    }

    /// True where something in it speaks for another's going on with the session, however little.
    pub fn doubts_session(&self) -> bool {
        let of_session = |reason: &&Reason| reason.code.starts_with("session.");
        self.reasons.iter().filter(of_session).any(|reason| reason.evidence > 0.0)
    }

    /// True of what came after so many wrong second factors that a right one proves nothing: it vouches for nobody, and
    /// changes nothing.
    pub fn is_guessed(&self) -> bool {
        crowd::is_guessed(&self.reasons)
    }

    /// The probability as odds: 1 in so many such logins is an attacker's. None for a probability of 0.
    pub fn one_in(&self) -> Option<u64> {
        (self.probability > 0.0).then(|| (1.0 / self.probability).round() as u64)
    }
}

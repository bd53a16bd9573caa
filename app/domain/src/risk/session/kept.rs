//! A session as it is kept between its events: whose it is, what is remembered of it, whether it lives.

use super::{SessionMemory, THEFT, Term};
use crate::Timestamp;
use crate::event::{Observation, verb};
use crate::id::UserKey;
use crate::profile::Sighting;
use crate::risk::{Assessment, Decision, Level, Reason, assess};
use crate::session::GRACE;

/// A user acts in another's session without having logged in to it.
const ACTS: f64 = 5.0;
/// A user logs in to another's session, which nobody has ended: session fixation, or an application that gives no new
/// id to whoever changes accounts.
const LOGS_IN: f64 = 1.5;
/// Somebody goes on in it after its own log-out: a cookie that was copied, or an application that ends no session when
/// its user logs out.
const GOES_ON: f64 = 5.5;

/// The code of a judgement that says that.
pub const ENDED: &str = "session.ended";
/// … of one whose session, or login, was told of before, and nobody has answered.
pub const AWAITED: &str = "session.awaited";
/// … of one that says that the session is, or was, another user's.
const ANOTHERS: &str = "session.user.changed";
/// … and of one that says that it was ordered to end.
pub const REVOKED: &str = "session.revoked";

/// A session that is known: from its login or first event on, or because somebody ordered it to end.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Whose it is.
    pub user: UserKey,
    /// What is remembered of it; None before its first event, or where an older version's is not readable any more.
    pub memory: Option<SessionMemory>,
    /// Nobody logged out of it, and no application said that it is gone.
    pub live: bool,
    /// When its user logged out of it, or the application said that it was gone.
    pub ended: Option<Timestamp>,
    /// It was ordered to end since it began.
    pub ordered: bool,
}

/// The log-odds of a theft where a user acts in another's session: how familiar they are does not say whose it is.
pub fn acts_for_another(seen: &Observation, around: &[Reason]) -> f64 {
    let told = around.iter().find(|reason| reason.code == ANOTHERS && !seen.is_login());
    told.map_or(f64::NEG_INFINITY, |reason| THEFT + reason.evidence)
}

/// The judgement of what goes on in a session that was ordered to end: whatever it looks like, it is red and not to be let in.
pub fn refused(mut assessment: Assessment) -> Assessment {
    let text = "The session was ordered to end".to_owned();
    assessment.reasons.insert(0, Reason { code: REVOKED.to_owned(), text, ..Reason::default() });
    (assessment.level, assessment.decision) = (Level::Red, Decision::Block);
    assessment
}

/// The judgement of what somebody who names no user does in a session after its log-out: as alarming as it were of its user.
pub fn outlived(mut assessment: Assessment, term: Term, alert_level: Level) -> Assessment {
    let probability = assess::logistic(THEFT + term.evidence);
    assessment.probability = assessment.probability.max(probability);
    assessment.level = assessment.level.max(Level::of(probability));
    assessment.reasons.insert(0, term.reason());
    if assessment.decision == Decision::Allow && assessment.level >= alert_level.max(Level::Orange) {
        assessment.decision = Decision::Challenge;
    }
    assessment
}

impl Kept {
    /// A session of this user that was ordered to end before any event of it.
    pub fn ordered(user: UserKey) -> Self {
        Self { user, memory: None, live: true, ended: None, ordered: true }
    }

    /// True when somebody goes on in it, whoever they say that they are, although it was ordered to end.
    pub fn refuses(&self, seen: &Observation) -> bool {
        self.ordered && verb::goes_on(&seen.event.verb)
    }

    /// What is remembered of it, when it is this user's.
    pub fn memory_for(&self, user: UserKey) -> Option<&SessionMemory> {
        self.memory.as_ref().filter(|_| self.user == user)
    }

    /// True of what happened in it after it had ended, by the time of the event: what comes late is no news, and what a
    /// page was loading while its user logged out is no thief.
    fn is_over(&self, seen: &Observation) -> bool {
        let at = seen.at.min(seen.received_at);
        self.ended.is_some_and(|ended| at.since(ended) > GRACE)
    }

    /// What it says that somebody goes on in it, whoever they are, although its user logged out; an order tells more.
    pub fn outlived(&self, seen: &Observation) -> Option<Term> {
        let tells = !self.ordered && verb::goes_on(&seen.event.verb) && self.is_over(seen);
        tells.then(|| Term::new(ENDED, GOES_ON, "The session is used although its user had logged out of it"))
    }

    /// What it says that `user` is in it although it is another's, or has ended.
    pub fn taken_by(&self, user: UserKey, seen: &Sighting<'_>) -> Option<Term> {
        if let Some(outlived) = self.outlived(seen) {
            return Some(outlived);
        }
        let began = self.memory.as_ref().is_some_and(|memory| memory.started() <= seen.at);
        if self.user == user || !self.live || !began {
            return None;
        }
        let (evidence, text) = if seen.is_login() {
            (LOGS_IN, "The session was another user's until this login, and nobody had logged out of it")
        } else {
            (ACTS, "The session is another user's, and this user has not logged in to it")
        };
        Some(Term::new(ANOTHERS, evidence, text))
    }

    /// As it is kept after an event of `user`: who only acts in another's session does not make it theirs.
    pub fn after(
        before: Option<Self>,
        user: UserKey,
        seen: &Sighting<'_>,
        memory: Option<SessionMemory>,
    ) -> Option<Self> {
        match (before, memory) {
            (before, None) => before,
            (Some(other), _) if other.user != user && !seen.is_login() => Some(other),
            (before, Some(memory)) => {
                let at = seen.at.min(seen.received_at);
                let ends = verb::is_logout(&seen.event.verb) && at >= memory.started();
                let begins = seen.is_login();
                let live = (begins || before.as_ref().is_none_or(|before| before.live)) && !ends;
                let before_it = before.as_ref().and_then(|before| before.ended).filter(|_| !begins);
                let ended = before_it.or(ends.then_some(at));
                let ordered = !seen.is_login() && before.is_some_and(|before| before.ordered);
                Some(Self { user, memory: Some(memory), live, ended, ordered })
            }
        }
    }
}

#[cfg(test)]
mod tests;

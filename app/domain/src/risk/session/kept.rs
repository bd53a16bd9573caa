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
mod tests {
    use super::*;
    use crate::risk::tests::story::{Login, home, thief};

    const ANN: UserKey = UserKey(1);
    const MALLORY: UserKey = UserKey(2);

    /// An event of the session, so many seconds after its login.
    fn then(login: Login, verb: &str, seconds: i64) -> Login {
        let at = home().0.at.plus(seconds * crate::time::SECOND);
        login.verb(verb).at(at)
    }

    fn anns(live: bool) -> Kept {
        let memory = Some(SessionMemory::begin(&home().0, -8.0));
        Kept { user: ANN, memory, live, ended: None, ordered: false }
    }

    fn says(kept: &Kept, user: UserKey, login: &Login) -> Option<f64> {
        let term = kept.taken_by(user, &Sighting::from(&login.0))?;
        assert_eq!(term.code, "session.user.changed");
        Some(term.evidence)
    }

    #[test]
    fn acting_in_it_says_more_than_logging_in_to_it_and_its_own_user_says_nothing() {
        let (login, access) = (then(home(), "log-in", 60), then(home(), "access", 60));
        let acts = says(&anns(true), MALLORY, &access).unwrap();
        let logs_in = says(&anns(true), MALLORY, &login).unwrap();
        assert!(acts > logs_in && logs_in > 1.0, "{acts} {logs_in}");
        assert_eq!(says(&anns(true), ANN, &access), None);
    }

    #[test]
    fn a_session_that_has_ended_or_not_begun_is_free_for_anybody() {
        assert_eq!(says(&anns(false), MALLORY, &then(home(), "log-in", 60)), None);
        assert_eq!(says(&anns(true), MALLORY, &then(home(), "log-in", -60)), None);
    }

    #[test]
    fn who_acts_in_it_leaves_it_to_its_user_and_who_logs_in_has_it() {
        let after = |login: &Login| {
            let other = SessionMemory::begin(&login.0, 3.0);
            Kept::after(Some(anns(true)), MALLORY, &Sighting::from(&login.0), Some(other)).unwrap()
        };
        assert_eq!(after(&then(thief(), "access", 60)), anns(true));
        let taken = after(&then(thief(), "log-in", 60));
        assert_eq!((taken.user, taken.live), (MALLORY, true));
        assert!(taken.memory_for(ANN).is_none());
    }

    #[test]
    fn what_goes_on_in_a_session_that_was_ordered_to_end_is_refused_until_the_next_login() {
        let ordered = Kept { ordered: true, ..anns(true) };
        let refuses = |verb| ordered.refuses(&then(home(), verb, 60).0);
        assert!(refuses("access") && refuses("email-update"));
        for verb in ["log-in", "log-out", "log-in-denied"] {
            assert!(!refuses(verb), "{verb}");
        }
        let after = |verb| {
            let login = then(home(), verb, 60);
            let memory = SessionMemory::begin(&login.0, -8.0);
            Kept::after(Some(ordered.clone()), ANN, &Sighting::from(&login.0), Some(memory)).unwrap()
        };
        assert!(after("access").ordered && !after("log-in").ordered);
        let told = refused(Assessment::default());
        assert_eq!((told.decision, told.reasons[0].code.as_str()), (Decision::Block, REVOKED));
        assert_eq!(
            (told.level, told.alarms(Level::Orange)),
            (Level::Red, false),
            "the order's own alerts tell of it"
        );
        let thief = Assessment { probability: 0.99, ..Assessment::default() };
        assert!(refused(thief).alarms(Level::Orange), "what is unusual beside that is told");
    }

    #[test]
    fn what_goes_on_after_the_log_out_is_told_by_the_time_of_the_event() {
        let after = |kept: Kept, login: &Login| {
            let memory = SessionMemory::begin(&home().0, -8.0);
            Kept::after(Some(kept), ANN, &Sighting::from(&login.0), Some(memory)).unwrap()
        };
        let out = after(anns(true), &then(home(), "log-out", 60));
        let told = |kept: &Kept, user, login: &Login| {
            kept.taken_by(user, &Sighting::from(&login.0)).map(|term| term.code)
        };
        let access = |seconds| then(home(), "access", seconds);
        assert_eq!(told(&out, ANN, &access(70)), Some(ENDED));
        assert_eq!(told(&out, MALLORY, &access(70)), Some(ENDED), "whoever they say that they are");
        assert_eq!(told(&out, ANN, &access(63)), None, "a page was still loading");
        assert_eq!(told(&out, ANN, &access(30)), None, "it came late");
        for verb in ["log-out", "log-in", "log-in-denied"] {
            assert_eq!(told(&out, ANN, &then(home(), verb, 70)), None, "{verb}");
        }
        let again = after(out.clone(), &then(home(), "log-in", 80));
        assert_eq!(told(&again, ANN, &access(90)), None, "the application uses its ids again");
        assert_eq!(told(&Kept { ordered: true, ..out }, ANN, &access(70)), None, "that is told by its order");
        let late = after(anns(true), &then(home(), "log-out", -60));
        assert!(late.live && late.ended.is_none(), "the log-out of a session before this one");
    }

    #[test]
    fn its_users_log_out_ends_it_until_the_next_login() {
        let after = |kept: Option<Kept>, verb| {
            let login = then(home(), verb, 60);
            let memory = SessionMemory::begin(&login.0, -8.0);
            Kept::after(kept, ANN, &Sighting::from(&login.0), Some(memory)).unwrap()
        };
        let ended = after(Some(anns(true)), "log-out");
        assert!(!ended.live && !after(Some(ended.clone()), "access").live);
        assert!(after(Some(ended), "log-in").live);
        let failed = Kept::after(Some(anns(true)), ANN, &Sighting::from(&home().0), None);
        assert_eq!(failed, Some(anns(true)), "what proves nothing changes nothing");
    }
}

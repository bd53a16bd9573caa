//! Whose a session is, whether it lives, and what is said of whoever goes on in it.

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

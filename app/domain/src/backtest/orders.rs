//! Which sessions the rules of one side have ordered ended. A session is ordered once, until a login begins it anew.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use super::replay::Line;
use crate::event::verb;
use crate::id::UserKey;
use crate::risk::Assessment;
use crate::rule::Ends;
use crate::rule::verdict::revoker;

/// The sessions of those users for whom a rule gave an order.
#[derive(Debug, Default)]
pub(super) struct Orders {
    users: HashMap<UserKey, Ordered>,
    hasher: RandomState,
}

/// A user's sessions, by hash: the ordered ones, or, once all were ordered, those that have begun since.
#[derive(Debug, Default)]
struct Ordered {
    all: bool,
    sessions: HashSet<u64>,
}

impl Orders {
    /// True when the event has a rule give an order. Which other sessions a user has is not known here: where all are
    /// to end, it is taken that there is one until all were ordered.
    pub(super) fn take(&mut self, line: &Line, assessment: &Assessment) -> bool {
        let Some(user) = line.person.as_ref().map(|person| person.key) else { return false };
        let event = &line.seen.event;
        let session = event.session_id.as_deref().map(|id| self.hasher.hash_one(id));
        let proves =
            event.user.as_ref().is_some_and(|user| user.authenticated) && !verb::is_failure(&event.verb);
        if proves
            && verb::is_login(&event.verb)
            && let (Some(ordered), Some(session)) = (self.users.get_mut(&user), session)
        {
            ordered.begins(session);
        }
        let wants = revoker(&assessment.account.rules).map(|(_, ends)| ends).filter(|_| proves && !line.late);
        match (wants, session) {
            (Some(Ends::All), _) => self.users.entry(user).or_default().order_all(),
            (Some(Ends::Session), Some(session)) if !verb::is_logout(&event.verb) => {
                self.users.entry(user).or_default().order(session)
            }
            _ => false,
        }
    }
}

impl Ordered {
    fn begins(&mut self, session: u64) {
        if self.all {
            self.sessions.insert(session);
        } else {
            self.sessions.remove(&session);
        }
    }

    /// False when it was ordered before.
    fn order(&mut self, session: u64) -> bool {
        if self.all { self.sessions.remove(&session) } else { self.sessions.insert(session) }
    }

    fn order_all(&mut self) -> bool {
        let known = self.all && self.sessions.is_empty();
        (self.all, self.sessions) = (true, HashSet::new());
        !known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::NewUser;
    use crate::id::{EventId, RuleId};
    use crate::risk::tests::story::home;
    use crate::rule::{Effect, Outcome, RuleNote};

    fn line(verb: &str, session: &str, authenticated: bool) -> Line {
        let mut seen = home().0;
        seen.event.verb = verb.into();
        seen.event.session_id = (!session.is_empty()).then(|| session.into());
        seen.event.user = Some(NewUser { id: "eve".into(), authenticated, ..NewUser::default() });
        let person = super::super::replay::Person { key: UserKey(1), since: seen.at, has_mail: true };
        Line { id: EventId(1), person: Some(person), seen, late: false, answer: None, closings: Vec::new() }
    }

    fn hit(ends: Option<Ends>) -> Assessment {
        let note = ends.map(|ends| RuleNote {
            rule: RuleId(1),
            name: "Ends".into(),
            effect: Effect::Revoke(ends),
            outcome: Outcome::Hit,
        });
        let mut assessment = Assessment::default();
        assessment.account.rules = note.into_iter().collect();
        assessment
    }

    #[test]
    fn a_session_is_ordered_once_until_a_login_begins_it_anew() {
        let mut orders = Orders::default();
        let (one, all) = (hit(Some(Ends::Session)), hit(Some(Ends::All)));
        let mut said =
            |verb, session, assessment: &Assessment| orders.take(&line(verb, session, true), assessment);
        assert!(said("access", "a", &one) && !said("access", "a", &one) && said("access", "b", &one));
        assert!(!said("access", "", &one) && !said("log-out", "c", &one), "nothing is left to end");
        assert!(said("log-in", "a", &one), "it began anew");
        assert!(said("access", "a", &all) && !said("access", "b", &one) && !said("access", "", &all));
        assert!(!said("log-in", "a", &hit(None)) && said("access", "a", &one) && !said("access", "a", &all));
    }

    #[test]
    fn what_fails_ends_no_session() {
        let mut orders = Orders::default();
        for (verb, authenticated) in [("log-in-denied", true), ("log-in", false)] {
            assert!(!orders.take(&line(verb, "a", authenticated), &hit(Some(Ends::All))), "{verb}");
        }
    }
}

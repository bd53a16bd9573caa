//! What an event says of the session that it names.

use super::SessionDetail;
use crate::Timestamp;
use crate::event::{EventUser, Observation, verb};
use crate::id::{EventId, ProjectId, RevocationId, UserKey};
use crate::revocation::Outcome;
use crate::risk::Level;

/// An event that names a session and its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whose application.
    pub project: ProjectId,
    /// The application's session id.
    pub session_id: String,
    /// Whose session.
    pub user_key: UserKey,
    /// The event.
    pub event_id: EventId,
    /// What was done.
    pub verb: String,
    /// When; never after its receipt, so that a fast clock elsewhere cannot place a session in the future.
    pub at: Timestamp,
    /// Where.
    pub detail: SessionDetail,
    /// How alarming, whatever was ordered of its session.
    pub level: Level,
    /// A challenge was passed, and not by guessing: it vouches for what was told of the session before.
    pub vouches: bool,
    /// What is to be kept of the session, as bytes: [`crate::risk::session::SessionMemory`].
    pub memory: Option<Vec<u8>>,
}

impl Seen {
    /// From a stored event of `user_key`, before it was judged; None when it proves nothing of a session: it names none, or whoever did it
    /// did not prove to be the user.
    pub fn of(project: ProjectId, user_key: UserKey, event_id: EventId, seen: &Observation) -> Option<Self> {
        let session_id = seen.event.session_id.clone().filter(|id| super::checked_id(id).is_ok())?;
        if !seen.is_proved() {
            return None;
        }
        let (name, detail) = (seen.event.verb.clone(), SessionDetail::of(seen));
        Some(Self {
            project,
            session_id,
            user_key,
            event_id,
            vouches: name == verb::CHALLENGE_PASS,
            verb: name,
            at: seen.at.min(seen.received_at),
            detail,
            level: Level::Green,
            memory: None,
        })
    }
}

/// An event that names a session and no user: it says nothing of whose the session is, but that it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Whose application.
    pub project: ProjectId,
    /// The application's session id.
    pub session_id: String,
    /// The event.
    pub event_id: EventId,
    /// When; never after its receipt.
    pub at: Timestamp,
}

impl Sign {
    /// From a stored event; None when it names a user, or what it tells can be told of a dead session too.
    pub fn of(project: ProjectId, event_id: EventId, seen: &Observation) -> Option<Self> {
        let (event, verb) = (&seen.event, seen.event.verb.as_str());
        let session_id = event.session_id.clone().filter(|id| super::checked_id(id).is_ok())?;
        let at = seen.at.min(seen.received_at);
        (event.user.is_none() && verb::goes_on(verb)).then_some(Self { project, session_id, event_id, at })
    }
}

/// A session that the application reported as dead did something after that: a "zombie session".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// Whose application.
    pub project: ProjectId,
    /// The newest order that was confirmed for the session.
    pub revocation: RevocationId,
    /// The order's user.
    pub user: EventUser,
    /// The session.
    pub session: String,
    /// How it had died, by the application's word.
    pub said: Outcome,
    /// The event that shows that it lives.
    pub event: EventId,
    /// When that event happened.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_without_a_user_is_a_sign_of_life_when_only_a_living_session_can_do_it() {
        let mut seen = Observation { at: Timestamp(9), received_at: Timestamp(5), ..Observation::default() };
        let sign = |seen: &Observation| Sign::of(ProjectId(1), EventId(2), seen);
        seen.event.verb = "access".into();
        assert_eq!(sign(&seen), None, "no session");
        seen.event.session_id = Some("s".into());
        let expected =
            Sign { project: ProjectId(1), session_id: "s".into(), event_id: EventId(2), at: Timestamp(5) };
        assert_eq!(sign(&seen), Some(expected));
        for verb in ["log-in", "log-out", "log-in-denied"] {
            seen.event.verb = verb.into();
            assert_eq!(sign(&seen), None, "{verb}");
        }
        seen.event.verb = "access".into();
        seen.event.user = Some(crate::event::NewUser { id: "u".into(), ..Default::default() });
        assert_eq!(sign(&seen), None, "who names a user must prove to be that user");
    }

    #[test]
    fn an_event_that_proves_nothing_is_not_seen() {
        let mut observation =
            Observation { at: Timestamp(9), received_at: Timestamp(5), ..Observation::default() };
        observation.event.verb = "access".into();
        observation.event.session_id = Some("s".into());
        observation.event.user =
            Some(crate::event::NewUser { id: "u".into(), authenticated: true, ..Default::default() });
        let of = |observation: &Observation| Seen::of(ProjectId(1), UserKey(1), EventId(1), observation);
        assert_eq!(
            of(&observation).map(|seen| seen.at),
            Some(Timestamp(5)),
            "a clock ahead of ours is held back"
        );
        for change in [
            |o: &mut Observation| o.event.session_id = None,
            |o: &mut Observation| o.event.session_id = Some("a\0b".into()),
            |o: &mut Observation| o.event.verb = "log-in-denied".into(),
            |o: &mut Observation| {
                o.event.user =
                    o.event.user.take().map(|user| crate::event::NewUser { authenticated: false, ..user })
            },
        ] {
            let mut changed = observation.clone();
            change(&mut changed);
            assert_eq!(of(&changed), None, "{changed:?}");
        }
    }
}

//! What a batch of events does to the sessions they name: pure, so that each session is written once.

use std::collections::HashMap;

use crate::Timestamp;
use crate::event::verb;
use crate::id::{EventId, ProjectId, UserKey};
use crate::risk::Unsettled;
use crate::session::{Seen, SessionDetail, State};

/// What a batch says of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row<'a> {
    pub project: ProjectId,
    pub session: &'a str,
    pub user: UserKey,
    /// A login: it takes the session over.
    pub begins: bool,
    pub state: State,
    pub started_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub event: EventId,
    pub detail: &'a SessionDetail,
    pub memory: Option<&'a [u8]>,
    /// What was told of it; of that, a passed challenge vouches for all that is not later.
    pub unsettled: Unsettled,
    pub passed_at: Timestamp,
    /// The last event that only a living session can do, if the batch has one that no login precedes.
    pub alive: Option<(EventId, Timestamp)>,
}

impl<'a> Row<'a> {
    fn first(seen: &'a Seen) -> Self {
        let begins = verb::is_login(&seen.verb);
        let ends = verb::is_logout(&seen.verb);
        Self {
            project: seen.project,
            session: &seen.session_id,
            user: seen.user_key,
            begins,
            state: if ends { State::Ended } else { State::Live },
            started_at: seen.at,
            last_seen_at: seen.at,
            ended_at: ends.then_some(seen.at),
            event: seen.event_id,
            detail: &seen.detail,
            memory: seen.memory.as_deref(),
            unsettled: Unsettled::of(seen.level, seen.at),
            passed_at: if seen.vouches { seen.at } else { Timestamp(0) },
            alive: (!begins && !ends).then_some((seen.event_id, seen.at)),
        }
    }

    /// Adds a later event of the same session.
    fn add(&mut self, seen: &'a Seen) {
        let next = Self::first(seen);
        if next.begins {
            *self = Self { alive: self.alive, ..next };
        } else if next.user == self.user {
            self.state = if next.state == State::Ended { State::Ended } else { self.state };
            self.ended_at = self.ended_at.or(next.ended_at);
            self.last_seen_at = next.last_seen_at;
            self.event = next.event;
            self.memory = next.memory.or(self.memory);
            self.unsettled = self.unsettled.and(next.unsettled);
            self.passed_at = self.passed_at.max(next.passed_at);
            if next.detail.ip.is_some() {
                self.detail = next.detail;
            }
            if !self.begins {
                self.alive = next.alive.or(self.alive);
            }
        } else if self.is_strangers() && next.memory.is_some() {
            *self = Self { alive: next.alive.or(self.alive), ..next };
        }
    }

    /// Of somebody who only acts in another's session: nothing is kept of it for them.
    fn is_strangers(&self) -> bool {
        !self.begins && self.memory.is_none()
    }
}

/// One row for each session of the batch, in order of the sessions' keys: two writers cannot wait for each other.
pub(super) fn fold(batch: &[Seen]) -> Vec<Row<'_>> {
    let mut ordered: Vec<&Seen> = batch.iter().collect();
    ordered.sort_by_key(|seen| (seen.at, seen.event_id));
    let mut rows: HashMap<(ProjectId, &str), Row<'_>> = HashMap::with_capacity(batch.len());
    for seen in ordered {
        rows.entry((seen.project, &seen.session_id))
            .and_modify(|row| row.add(seen))
            .or_insert_with(|| Row::first(seen));
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    rows.sort_by_key(|row| (row.project, row.session));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::Level;

    fn seen(event: i64, user: i64, session: &str, verb: &str, at: i64) -> Seen {
        Seen {
            project: ProjectId(1),
            session_id: session.into(),
            user_key: UserKey(user),
            event_id: EventId(event),
            verb: verb.into(),
            at: Timestamp(at),
            memory: None,
            level: Level::Green,
            vouches: verb == verb::CHALLENGE_PASS,
            detail: SessionDetail { ip: Some(format!("192.0.2.{event}")), ..SessionDetail::default() },
        }
    }

    #[test]
    fn a_batch_writes_each_session_once_in_order_of_time() {
        let batch = [
            seen(3, 7, "s", "log-out", 30),
            seen(1, 7, "s", "log-in", 10),
            seen(2, 7, "s", "access", 20),
            seen(4, 7, "r", "access", 5),
        ];
        let rows = fold(&batch);
        assert_eq!(rows.iter().map(|row| row.session).collect::<Vec<_>>(), ["r", "s"]);
        let row = &rows[1];
        assert!(row.begins);
        assert_eq!(
            (row.state, row.started_at.0, row.last_seen_at.0, row.ended_at),
            (State::Ended, 10, 30, Some(Timestamp(30)))
        );
        assert_eq!((row.event, row.detail.ip.as_deref(), row.alive), (EventId(3), Some("192.0.2.3"), None));
        assert_eq!(rows[0].alive, Some((EventId(4), Timestamp(5))));
    }

    #[test]
    fn what_was_told_of_a_session_stands_until_another_login_begins_it_anew() {
        let of = |level, one| Seen { level, ..one };
        let (login, later) = (seen(1, 7, "s", "log-in", 10), seen(2, 7, "s", "access", 20));
        let pass = seen(3, 7, "s", verb::CHALLENGE_PASS, 30);
        let told = [of(Level::Red, login), later, pass];
        let row = &fold(&told)[0];
        assert_eq!((row.unsettled.red, row.passed_at), (Timestamp(10), Timestamp(30)));
        let again = [&told[..], &[of(Level::Orange, seen(4, 7, "s", "log-in", 40))]].concat();
        let row = &fold(&again)[0];
        assert_eq!(
            (row.unsettled, row.passed_at),
            (Unsettled::of(Level::Orange, Timestamp(40)), Timestamp(0))
        );
    }

    #[test]
    fn the_latest_login_takes_a_session_over_and_what_others_do_in_it_is_not_theirs() {
        let batch =
            [seen(1, 7, "s", "access", 10), seen(2, 8, "s", "log-in", 20), seen(3, 7, "s", "log-out", 30)];
        let row = &fold(&batch)[0];
        assert_eq!((row.user, row.state, row.event), (UserKey(8), State::Live, EventId(2)));
        assert_eq!(row.alive, Some((EventId(1), Timestamp(10))), "it lived before that login");
    }

    #[test]
    fn whoever_acts_in_anothers_session_first_does_not_hide_what_its_owner_does() {
        let owners = Seen { memory: Some(vec![1]), ..seen(2, 8, "s", "access", 20) };
        let batch = [seen(1, 7, "s", "access", 10), owners, seen(3, 7, "s", "access", 30)];
        let row = &fold(&batch)[0];
        assert_eq!((row.user, row.last_seen_at, row.event), (UserKey(8), Timestamp(20), EventId(2)));
        assert_eq!(row.alive, Some((EventId(2), Timestamp(20))));
    }
}

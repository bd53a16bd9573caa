//! What can be done about an order that did not do what it should.

use super::receipt::WHOLE;
use super::{Revocation, State};
use crate::Timestamp;

impl Revocation {
    /// True while an answer to it can still come for one of its sessions: sent once more, it may bring one. Of a session
    /// that is said to be dead, or was seen alive after that, the same order brings nothing new.
    pub fn awaits_answer(&self) -> bool {
        self.parts().any(|(_, state)| !state.is_answered())
    }

    /// Until when it waits, where the application put off all that is still awaited.
    pub fn put_off(&self) -> Option<Timestamp> {
        let mut awaited = self.parts().map(|(_, state)| state).filter(|state| !state.is_settled()).peekable();
        let promised =
            awaited.peek().is_some() && awaited.all(|state| matches!(state, State::Deferred { .. }));
        let later = promised || self.next_limit > self.confirm_by;
        (self.settled_at.is_none() && later).then_some(self.next_limit)
    }

    /// Each session and its state; of an order that names none, the user's as a whole, by an empty id.
    fn parts(&self) -> impl Iterator<Item = (&str, State)> {
        let named = self.sessions.iter().map(|session| (session.id.as_str(), session.state));
        named.chain(self.whole.iter().map(|whole| (WHOLE, whole.state)))
    }

    /// Its sessions that may still be in use although the wait for it is over: what a new order is about. None while it is
    /// open, and of those that are confirmed and of which nobody says otherwise. An empty id: all of the user. Where they were ordered again
    /// already, that order says what became of them.
    pub fn left_over(&self) -> Vec<String> {
        if self.settled_at.is_none() {
            return Vec::new();
        }
        let named = self.sessions.iter().map(|one| (one.id.as_str(), one.state, &one.contested_by));
        let all = named.chain(self.whole.iter().map(|whole| (WHOLE, whole.state, &whole.contested_by)));
        let lives = |state, by: &[_]| !matches!(state, State::Confirmed { .. }) || !by.is_empty();
        all.filter(|(_, state, by)| lives(*state, by)).map(|(id, ..)| id.to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order(settled: bool, contested: bool, states: &[&str]) -> Revocation {
        let sessions: Vec<_> = states
            .iter()
            .map(|state| {
                let by: &[&str] = if contested { &["rcpt_0fz5r2bn3e9qj"] } else { &[] };
                json!({ "id": state, "state": state, "outcome": "revoked", "detail": null, "updated_at": "2026-01-01T00:02:00Z", "contested_by": by })
            })
            .collect();
        let order = json!({
            "id": "rev_0fz5r2bn3e9qj", "user": { "key": "usr_0fz5r2bn3e9qj", "id": "1", "name": null }, "scope": "listed",
            "state": "requested", "reason": { "code": "user.reported", "text": "Reported" }, "initiated_by": "user",
            "requested_at": "2026-01-01T00:01:00Z", "confirm_by": "2026-01-01T00:02:00Z", "next_limit": "2026-01-01T00:02:00Z",
            "settled_at": settled.then_some("2026-01-01T00:02:00Z"), "contested": contested, "sessions": sessions,
        });
        serde_json::from_value(order).expect("order")
    }

    #[test]
    fn what_has_no_answer_is_sent_again_and_what_may_live_is_ordered_again() {
        for (settled, contested, states, awaits, left) in [
            (false, false, vec!["requested"], true, vec![]),
            (true, false, vec!["confirmed"], false, vec![]),
            (true, true, vec!["confirmed"], false, vec!["confirmed"]),
            (true, false, vec!["contradicted"], false, vec!["contradicted"]),
            (true, false, vec!["confirmed", "refused", "unconfirmed"], true, vec!["refused", "unconfirmed"]),
        ] {
            let order = order(settled, contested, &states);
            assert_eq!(
                (order.awaits_answer(), order.left_over()),
                (awaits, left.into_iter().map(str::to_owned).collect()),
                "{states:?}"
            );
        }
    }

    #[test]
    fn so_it_is_with_an_order_that_names_none() {
        for (state, awaits, left) in [("unconfirmed", true, 1), ("confirmed", false, 0)] {
            let mut order = order(true, false, &[]);
            let whole = json!({ "state": state, "outcome": "revoked", "detail": null, "updated_at": "2026-01-01T00:02:00Z" });
            order.whole = serde_json::from_value(whole).expect("the user as a whole");
            assert_eq!((order.awaits_answer(), order.left_over().len()), (awaits, left), "{state}");
        }
    }

    #[test]
    fn an_order_is_put_off_while_each_session_that_is_awaited_is() {
        let (until, over) = ("2026-01-01T00:01:30Z", Timestamp::parse("2026-01-01T00:02:00Z"));
        for (states, settled, expected) in [
            (vec!["deferred"], false, over),
            (vec!["deferred", "confirmed"], false, over),
            (vec!["deferred", "acknowledged"], false, None),
            (vec!["confirmed"], false, None),
            (vec!["unconfirmed"], true, None),
        ] {
            let mut order = serde_json::to_value(order(settled, false, &[])).expect("order");
            let session = |state: &&str| {
                json!({ "id": state, "state": state, "outcome": "revoked", "until": until,
                "detail": null, "updated_at": "2026-01-01T00:01:10Z" })
            };
            order["sessions"] = states.iter().map(session).collect();
            let order: Revocation = serde_json::from_value(order).expect("order");
            assert_eq!(order.put_off(), expected, "{states:?}");
        }
        let mut order = order(false, false, &[]);
        order.next_limit = order.confirm_by.plus(1);
        assert_eq!(order.put_off(), Some(order.next_limit), "as a list knows it, without its sessions");
    }
}

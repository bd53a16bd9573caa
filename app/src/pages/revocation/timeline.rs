//! From the question to the confirmation: when each thing happened and how long it took.

use leptos::prelude::*;
use porchlight_domain::Timestamp;
use porchlight_domain::question::Question;
use porchlight_domain::revocation::{Dossier, Outcome, Overall, State, Step};

use crate::format;
use crate::ui::time::Time;

type Moment = (&'static str, Timestamp);

/// What is known, in order.
fn moments(dossier: &Dossier, question: Option<&Question>) -> Vec<Moment> {
    let order = &dossier.revocation;
    let delivered =
        dossier.steps.iter().find(|step| matches!(step.state.as_str(), "delivered" | "acknowledged"));
    let settled = match order.state {
        Overall::Confirmed => "Confirmed dead",
        Overall::Unconfirmed if order.settled_at.is_some_and(|at| at < order.confirm_by) => {
            "Nobody left to answer"
        }
        Overall::Unconfirmed => "Time limit over",
        Overall::Refused => "Refused",
        _ => "Settled",
    };
    let alive = dossier.steps.iter().position(|step| step.seen_alive().is_some());
    let dead = alive.and_then(|alive| said_dead(&dossier.steps, alive));
    let known = [
        ("User asked", question.map(|question| question.asked_at)),
        ("User answered", question.and_then(|question| question.answered_at)),
        ("Ordered", Some(order.requested_at)),
        ("Delivered", delivered.map(|step| step.at)),
        ("Said to be dead", dead.map(|step| step.at)),
        ("Seen alive", alive.and_then(|place| dossier.steps.get(place)).map(|step| step.at)),
        (settled, order.settled_at.filter(|_| alive.is_none())),
    ];
    known.into_iter().filter_map(|(what, at)| Some((what, at?))).collect()
}

/// What the application had said of the session that was seen alive in the step at this place.
fn said_dead(steps: &[Step], alive: usize) -> Option<&Step> {
    let (before, seen) = (steps.get(..alive)?, steps.get(alive)?);
    let confirmed = State::Confirmed { outcome: Outcome::Revoked }.as_str();
    before.iter().rfind(|step| step.session_id == seen.session_id && step.state == confirmed)
}

/// How long the sessions lived on, once all are confirmed dead: since the user's answer, else since the order.
fn time_to_kill(dossier: &Dossier, question: Option<&Question>) -> Option<(i64, &'static str)> {
    let order = &dossier.revocation;
    let dead = order.settled_at.filter(|_| order.state == Overall::Confirmed)?;
    Some(match question.and_then(|question| question.answered_at) {
        Some(answered) => (dead.since(answered), "after the user’s answer"),
        None => (dead.since(order.requested_at), "after the order"),
    })
}

/// The moments with what lies between them.
pub fn timeline(dossier: &Dossier, question: Option<&Question>) -> AnyView {
    let mut before = None;
    let moments = moments(dossier, question).into_iter().map(|(what, at)| {
        let gap = before.replace(at).map(|before| at.since(before)).filter(|gap| *gap > 0);
        let gap = gap.map(|gap| format!("+{}", format::duration(gap)));
        view! {
            <li>
                <span class="strong">{what}</span>" "<Time at=at/>" "<span class="faint">{gap}</span>
            </li>
        }
    });
    let moments = moments.collect_view();
    let total = time_to_kill(dossier, question).map(|(time, since)| {
        view! { <p class="strong">"Confirmed dead "{format::duration(time)}" "{since}"."</p> }
    });
    view! { {total}<ol class="timeline">{moments}</ol> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use porchlight_domain::time::SECOND;

    fn dossier(state: &str, settled_at: Option<&str>) -> Dossier {
        let json = serde_json::json!({
            "id": "rev_0fz5r2bn3e9qj", "user": {"key": "usr_0fz5r2bn3e9qj", "id": "1", "name": null}, "scope": "one",
            "state": state, "reason": {"code": "user.reported", "text": "Reported"}, "initiated_by": "user",
            "initiator": null, "alert_id": null, "question_id": null, "requested_at": "2026-01-01T00:01:00Z",
            "confirm_by": "2026-01-01T00:02:00Z", "settled_at": settled_at, "sessions": [], "receipts": [], "deliveries": [],
            "steps": [
                {"session_id": null, "state": "requested", "cause": "system", "at": "2026-01-01T00:01:00Z"},
                {"session_id": null, "state": "delivered", "cause": "delivery dlv_1", "at": "2026-01-01T00:01:01Z"},
                {"session_id": null, "state": "acknowledged", "cause": "delivery dlv_2", "at": "2026-01-01T00:01:03Z"}
            ]
        });
        serde_json::from_value(json).expect("dossier")
    }

    #[test]
    fn a_confirmed_order_tells_its_time_to_kill() {
        let dossier = dossier("confirmed", Some("2026-01-01T00:01:04Z"));
        let told: Vec<_> =
            moments(&dossier, None).into_iter().map(|(what, at)| (what, at.seconds() % 60)).collect();
        assert_eq!(told, [("Ordered", 0), ("Delivered", 1), ("Confirmed dead", 4)]);
        assert_eq!(time_to_kill(&dossier, None), Some((4 * SECOND, "after the order")));
    }

    #[test]
    fn an_order_that_was_given_up_before_its_time_does_not_say_that_the_time_is_over() {
        for (settled_at, told) in
            [("2026-01-01T00:01:30Z", "Nobody left to answer"), ("2026-01-01T00:02:00Z", "Time limit over")]
        {
            let dossier = dossier("unconfirmed", Some(settled_at));
            assert_eq!(moments(&dossier, None).last().map(|(what, _)| *what), Some(told));
        }
    }

    #[test]
    fn nothing_but_a_confirmation_kills() {
        for (state, settled_at) in [
            ("acknowledged", None),
            ("unconfirmed", Some("2026-01-01T00:02:00Z")),
            ("contradicted", Some("2026-01-01T00:01:04Z")),
        ] {
            let dossier = dossier(state, settled_at);
            assert_eq!(time_to_kill(&dossier, None), None, "{state}");
            assert!(moments(&dossier, None).iter().all(|(what, _)| *what != "Confirmed dead"), "{state}");
        }
    }

    #[test]
    fn an_order_whose_session_was_seen_alive_tells_when_it_was_said_to_be_dead_and_when_it_was_seen() {
        let mut dossier = dossier("contradicted", Some("2026-01-01T00:01:04Z"));
        let step = |session: &str, state: &str, cause: &str, second: i64| Step {
            session_id: Some(session.into()),
            state: state.into(),
            cause: cause.into(),
            at: dossier.revocation.requested_at.plus(second * SECOND),
        };
        let steps = [
            step("a", "confirmed", "receipt rcpt_1", 4),
            step("b", "confirmed", "receipt rcpt_2", 9),
            step("a", "contradicted", "event evt_0fz5r2bn3e9qj", 30),
            step("b", "contradicted", "event evt_0fz5r2bn3e9qk", 40),
        ];
        dossier.steps.extend(steps);
        let told: Vec<_> =
            moments(&dossier, None).into_iter().map(|(what, at)| (what, at.seconds() % 60)).collect();
        assert_eq!(told, [("Ordered", 0), ("Delivered", 1), ("Said to be dead", 4), ("Seen alive", 30)]);
    }
}

//! What closing an alert does, and what it does not, in words.

use leptos::prelude::*;
use porchlight_domain::alert::{Alert, Closing, Resolution};
use porchlight_domain::id::{ProjectId, UserKey};
use porchlight_domain::question::Answer;

use crate::layout::project_path;

/// What it can be closed as beside this answer.
pub(super) fn offered(answer: Option<Answer>) -> impl Iterator<Item = Resolution> {
    Resolution::ALL.into_iter().filter(move |one| Closing::from(*one).check(answer).is_ok())
}

/// What is chosen before anybody chooses: what its user said, or what teaches nothing. One hasty click must not freeze an
/// honest user, and hold what they use against all others.
pub(super) fn hasty(answer: Option<Answer>) -> Resolution {
    match answer {
        Some(Answer::No) => Resolution::ConfirmedThreat,
        _ => Resolution::Inconclusive,
    }
}

/// What opening an alert about a login again does not take back of what closing it taught; None where that is nothing.
pub(super) fn stays(alert: &Alert) -> Option<&'static str> {
    let said = alert.resolution.filter(|_| alert.is_of_login()).and_then(Resolution::says)?;
    match alert.answer() {
        Some(answer) if answer == said => None,
        Some(_) => Some("What its user answered counts again then."),
        None if said == Answer::Yes => Some(
            "Opening it again does not take back what closing it taught: its device and network stay trusted until it is \
             closed as a confirmed threat.",
        ),
        None => Some(
            "Opening it again does not take back what closing it taught: its traits speak against all accounts, and nothing is \
             learned for seven days, until it is closed as confirmed by the user, expected or a false alarm.",
        ),
    }
}

/// What each way of closing an alert about a login teaches, said before the click.
pub(super) fn teaches() -> AnyView {
    view! {
        <ul class="field-hint teaches">
            <li><b>"Confirmed threat"</b>" counts as the user’s “no”: what was learned of it is taken back, nothing is learned for seven days, and its traits speak against all accounts."</li>
            <li><b>"Confirmed by the user"</b>", "<b>"Expected"</b>" and "<b>"False alarm"</b>" count as their “yes”: its device and network are trusted from now on, and what waited in its sessions is settled."</li>
            <li><b>"Inconclusive"</b>" teaches nothing; the user stays as alarming as they were."</li>
        </ul>
    }
    .into_any()
}

/// That closing ends nothing, and where to end what lives.
pub(super) fn lives_on(live: (usize, bool), project: ProjectId, user: UserKey) -> AnyView {
    let page = project_path(project, &format!("users/{user}"));
    view! {
        <p class="field-hint">"Closing ends no session, whatever it is closed as. "<a href=page>{living(live)}</a></p>
    }
    .into_any()
}

fn living((number, more): (usize, bool)) -> String {
    match (number, more) {
        (0, _) => "This user has no live session.".to_owned(),
        (1, false) => "This user has one live session.".to_owned(),
        (_, false) => format!("This user has {number} live sessions."),
        (_, true) => format!("This user has more than {number} live sessions."),
    }
}

#[cfg(test)]
mod tests {
    use porchlight_domain::alert::{Alert, Resolution};
    use porchlight_domain::question::Answer;
    use serde_json::json;

    use super::{hasty, living, offered, stays};

    fn closed(kind: &str, resolution: Option<Resolution>, answer: Option<Answer>) -> Alert {
        let question = answer.map(|answer| json!({
            "id": "qst_0fz5r2bn3e9qj", "alert_id": 7, "user": "usr_0fz5r2bn3e9qj", "event_id": "evt_0fz5r2bn3e9qj", "asked_at": "2026-01-01T00:01:00Z", "expires_at": "2026-01-02T00:01:00Z",
            "answer": answer, "answered_at": "2026-01-01T00:02:00Z", "answered_from": null,
        }));
        serde_json::from_value(json!({
            "id": 7, "user": { "key": "usr_0fz5r2bn3e9qj", "id": "1", "name": null }, "event_id": null, "kind": kind, "title": "", "score": 0.9,
            "level": "red", "state": "closed", "resolution": resolution, "note": null, "events": 1, "opened_at": "2026-01-01T00:01:00Z",
            "last_event_at": "2026-01-01T00:01:00Z", "acknowledged_at": null, "acknowledged_by": null, "closed_at": null, "closed_by": null,
            "question": question,
        }))
        .expect("alert")
    }

    #[test]
    fn a_hasty_click_teaches_nothing_that_the_user_did_not_say() {
        assert_eq!(hasty(None), Resolution::Inconclusive);
        assert_eq!(hasty(Some(Answer::No)), Resolution::ConfirmedThreat);
        assert_eq!(offered(None).count(), Resolution::ALL.len());
        assert!(!offered(Some(Answer::No)).any(|one| one == Resolution::ConfirmedByUser));
    }

    #[test]
    fn beside_reopen_stands_what_stays() {
        let told = |resolution, answer| stays(&closed("login", Some(resolution), answer)).unwrap_or_default();
        assert!(told(Resolution::Expected, None).contains("stay trusted until"));
        assert!(told(Resolution::ConfirmedThreat, None).contains("against all accounts"));
        assert!(told(Resolution::Expected, Some(Answer::No)).contains("answered counts again"));
        assert_eq!(told(Resolution::ConfirmedThreat, Some(Answer::No)), "");
        assert_eq!(told(Resolution::Inconclusive, None), "");
        assert_eq!(stays(&closed("session.zombie", Some(Resolution::Expected), None)), None);
    }

    #[test]
    fn how_many_sessions_live_is_told_in_words() {
        assert_eq!(living((2, false)), "This user has 2 live sessions.");
        assert_eq!(living((50, true)), "This user has more than 50 live sessions.");
    }
}

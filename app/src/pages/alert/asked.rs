//! What the user was asked about an alert, and what they said.

use leptos::prelude::*;
use porchlight_domain::alert::{Alert, Unasked};
use porchlight_domain::notice::{Notice, State};
use porchlight_domain::question::{Answer, Question};

use crate::ui::badge::{Tone, badge};
use crate::ui::table::Facts;
use crate::ui::time::Time;

/// The question and its answer; `homeless`: the login named no session that an order could end.
pub(super) fn card(alert: &Alert, notice: Option<Notice>, homeless: bool) -> AnyView {
    let body = match &alert.question {
        None => {
            let why = alert.unasked.map_or("Nobody was asked about this.", Unasked::words);
            view! { <p class="faint">{why}</p> }.into_any()
        }
        Some(question) => facts(question, notice, homeless),
    };
    view! { <section class="card pad"><h2>"“Was this you?”"</h2>{body}</section> }.into_any()
}

fn facts(question: &Question, notice: Option<Notice>, homeless: bool) -> AnyView {
    let mut facts = vec![("Asked", view! { <Time at=question.asked_at/> }.into_any())];
    if let Some(notice) = notice {
        let to = (!notice.recipient.is_empty())
            .then(|| view! { <span class="whole">{notice.recipient.clone()}</span>" " });
        facts.push(("Mail", view! { {to}{mail(&notice)} }.into_any()));
    }
    let answered = question.answered_at.map(|at| view! { " "<Time at=at/> });
    let said = match question.answer {
        None => view! { {badge(Tone::Neutral, "none yet")}<small>"Its link ends: "<Time at=question.expires_at/></small> }.into_any(),
        Some(Answer::Yes) => view! { {badge(Tone::Good, "“Yes, it was me”")}{answered} }.into_any(),
        Some(Answer::No) => view! { {badge(Tone::Bad, "“No, it wasn’t me”")}{answered} }.into_any(),
    };
    facts.push(("Answer", said));
    if homeless && question.answer == Some(Answer::No) {
        facts.push(("Order", view! {
            {badge(Tone::Bad, "none")}
            <small>"The login named no session, so nothing could be ordered ended: end it in the application. With "<code>"session.id"</code>" in its events the next answer ends the session."</small>
        }.into_any()));
    }
    facts.extend(
        question.answered_from.clone().map(|ip| ("Answered from", view! { <code>{ip}</code> }.into_any())),
    );
    view! { <Facts facts=facts/> }.into_any()
}

fn mail(notice: &Notice) -> AnyView {
    match notice.state {
        State::Sent => badge(Tone::Good, "sent"),
        State::Pending => badge(Tone::Warn, "waiting"),
        State::Held => view! { {badge(Tone::Warn, "held")}<small>"No mail server is set up: it lies in the outbox."</small> }.into_any(),
        State::Failed => view! { {badge(Tone::Bad, "failed")}<small>{notice.last_error.clone()}</small> }.into_any(),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::expect_used, reason = "a test that has no question to show has failed")]
    fn told(answer: Option<&str>, homeless: bool) -> String {
        let question = json!({
            "id": "qst_0fz5r2bn3e9qj", "alert_id": 7, "user": "usr_0fz5r2bn3e9qj", "event_id": "evt_0fz5r2bn3e9qj", "asked_at": "2026-01-01T00:01:00Z", "expires_at": "2026-01-02T00:01:00Z",
            "answer": answer, "answered_at": answer.map(|_| "2026-01-01T00:02:00Z"), "answered_from": null,
        });
        let question: Question = serde_json::from_value(question).expect("question");
        Owner::new().with(|| facts(&question, None, homeless).to_html()).replace("<!>", "")
    }

    #[test]
    fn a_no_about_a_login_that_named_no_session_says_that_nothing_was_ordered() {
        let told_of = |answer, homeless| {
            told(answer, homeless).contains("The login named no session, so nothing could be ordered ended")
        };
        assert!(told_of(Some("no"), true));
        assert!(!told_of(Some("no"), false), "an order was given");
        assert!(!told_of(Some("yes"), true) && !told_of(None, true), "nothing was to be ordered");
        let html = told(Some("no"), true);
        let line = r#"<dt>Order</dt><dd><span data-tone="bad" class="badge">none</span>"#;
        assert!(html.contains(line), "{html}");
    }
}

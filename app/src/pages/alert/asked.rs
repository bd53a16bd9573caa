//! What the user was asked about an alert, and what they said.

use leptos::prelude::*;
use porchlight_domain::alert::Alert;
use porchlight_domain::notice::{Notice, State};
use porchlight_domain::question::{Answer, Question};

use crate::ui::badge::{Tone, badge};
use crate::ui::table::Facts;
use crate::ui::time::Time;

/// The question and its answer; `homeless`: the login named no session that an order could end.
pub(super) fn card(alert: &Alert, notice: Option<Notice>, homeless: bool) -> AnyView {
    let body = match &alert.question {
        None => view! {
            <p class="faint">"The user was not asked. Asking is a setting of the project; it takes a login that no rule forbade, and an e-mail address."</p>
        }
        .into_any(),
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
        None => view! { {badge(Tone::Neutral, "none yet")}<small>"It can come until "<Time at=question.expires_at/></small> }.into_any(),
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

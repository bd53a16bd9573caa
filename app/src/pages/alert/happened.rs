//! What an alert tells that no judgement of an event opened: what happened, and where to look.

use leptos::prelude::*;
use porchlight_domain::alert::wave::Figures;
use porchlight_domain::alert::{self, Alert, Resolution};
use porchlight_domain::id::ProjectId;
use porchlight_domain::revocation::{Overall, Revocation};
use porchlight_domain::risk::crowd::{Scope, Wave};

use super::wave;
use crate::format;
use crate::layout::project_path;
use crate::ui::orders::standing;

/// In words, by the alert's kind; None for one that a judged event opened: there the reasons speak.
fn words(kind: &str) -> Option<&'static str> {
    Some(match kind {
        alert::ZOMBIE => {
            "The application reported this session as dead, and then an event of it came in. Whoever holds it is still in: the \
             receipt was wrong, or not every server of the application has ended it."
        }
        alert::LOGGED_OUT => {
            "Its user had logged out of this session, and then an event of it came in. Either the application does not end \
             sessions when their users log out, or somebody has a copy of the cookie."
        }
        alert::UNCONFIRMED => {
            "The application did not say in time that the sessions are dead: take them for alive. Its webhook endpoint may be \
             down, or its receiver answers without a receipt."
        }
        alert::REFUSED => {
            "The application says that it could not end a session: it lives until somebody ends it there."
        }
        alert::CONTRADICTED => {
            "Two receipts of one order do not agree on whether a session is dead: take it for alive, and find out which \
             server of the application is right."
        }
        alert::WAVE => {
            "Passwords are being guessed. Whoever got in is told by alerts of their own, named by their users."
        }
        alert::UNOBEYED => {
            "A webhook of another system, rightly signed, asks for sessions to be ended, and Porchlight could not do it: they \
             live on. Look at what it sent; sent once more it is judged anew."
        }
        _ => return None,
    })
}

/// The same once the order that it is about is confirmed after all.
fn after_all(kind: &str, order: &Revocation) -> Option<&'static str> {
    let confirmed = order.state == Overall::Confirmed && !order.contested;
    match kind {
        alert::UNCONFIRMED if confirmed => Some(
            "The application did not say in time that the sessions were dead. It has said so since: the order is confirmed.",
        ),
        alert::REFUSED if confirmed => Some(
            "The application had said that it could not end a session. It has ended it since: the order is confirmed.",
        ),
        _ => None,
    }
}

/// How far the order that it is about has come by now.
fn present(order: &Revocation, project: ProjectId) -> AnyView {
    let page = project_path(project, &format!("revocations/{}", order.id));
    let again = order.again.map(|again| {
        let page = project_path(project, &format!("revocations/{again}"));
        view! { ". What may still have been in use was "<a href=page>"ordered again"</a>"." }
    });
    view! { <p>"The order is now: "<a class="plain" href=page>{standing(order)}</a>{again}</p> }.into_any()
}

/// The same of a wave, by its kind.
fn of_wave(kind: Wave, scope: Scope) -> &'static str {
    match kind {
        Wave::Stuffing | Wave::Spray if matches!(scope, Scope::Client | Scope::Project) => {
            "Many accounts are being tried, from many networks. Whoever got in is told by alerts of their own, named by \
             their users."
        }
        Wave::Stuffing | Wave::Spray => {
            "Many accounts are being tried from the same sources. Whoever got in is told by alerts of their own, named \
             by their users."
        }
        Wave::BruteForce => {
            "One account is being tried over and over. Whoever got in is told by an alert of its own, named by the user."
        }
        Wave::InARow => {
            "Logins of one account keep failing, more in a row than anybody mistypes: a program with an old password, or guesses that \
             look like the user. Whoever got in on nothing the user is known by is told by an alert of its own."
        }
        Wave::SecondFactor => {
            "Somebody who has the password of an account is guessing at its second factor. A right one after five wrong ones \
             in a row vouches for nothing. End the account’s sessions and have its password changed."
        }
        Wave::Guessing => {
            "Passwords are being guessed, on few accounts or within a short time. Whoever got in is told by alerts of \
             their own, named by their users."
        }
    }
}

/// What becomes of a wave that goes on after its alert was closed.
fn anew(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Expected => {
            "What goes on of it is not told anew, because it was expected; what comes after a day without any is."
        }
        _ => "Should it go on, an alert of it opens anew.",
    }
}

/// The card, where there is something to tell.
pub fn card(
    alert: &Alert,
    wave: Option<&Figures>,
    order: Option<&Revocation>,
    project: ProjectId,
) -> Option<AnyView> {
    let text = words(&alert.kind)?;
    let text = order.and_then(|order| after_all(&alert.kind, order)).unwrap_or(text);
    let text = wave.map_or(text, |figures| of_wave(figures.kind(), figures.origin.scope));
    let user = alert.user.as_ref().map(|user| user.id.as_str());
    let (path, label, query) = match alert.kind.as_str() {
        alert::WAVE => ("events", "The failed logins", [("verb", Some("log-in-denied"))]),
        alert::UNOBEYED => ("inbound", "What could not be obeyed", [("outcome", Some("could_not"))]),
        _ => ("revocations", "The orders to end this user’s sessions", [("user", user)]),
    };
    let href = format::query(&project_path(project, path), &query);
    let links = match wave {
        Some(figures) => wave::links(figures, project),
        None => view! { <a class="button" href=href>{label}</a> }.into_any(),
    };
    Some(
        view! {
            <section class="card pad">
                <h2>"What happened"</h2>
                <p>{text}</p>
                {order.map(|order| present(order, project))}
                {wave.map(|figures| wave::facts(figures, project))}
                {wave.and(alert.resolution).map(|resolution| view! { <p>{anew(resolution)}</p> })}
                <div class="actions">{links}</div>
            </section>
        }
        .into_any(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Revocation, Scope, Wave, after_all, of_wave, words};

    #[test]
    fn what_was_confirmed_after_all_is_told_in_the_past() {
        let order = |state: &str, contested: bool| -> Revocation {
            serde_json::from_value(json!({
                "id": "rev_0fz5r2bn3e9qj", "user": { "key": "usr_0fz5r2bn3e9qj", "id": "1", "name": null }, "scope": "one",
                "state": state, "reason": { "code": "user.reported", "text": "Reported" }, "initiated_by": "user",
                "requested_at": "2026-01-01T00:01:00Z", "confirm_by": "2026-01-01T00:02:00Z", "contested": contested,
                "sessions": [],
            }))
            .expect("order")
        };
        let told = |kind, state, contested| after_all(kind, &order(state, contested));
        assert!(
            told("revocation.unconfirmed", "confirmed", false).is_some_and(|text| !text.contains("alive"))
        );
        assert!(told("revocation.refused", "confirmed", false).is_some());
        assert_eq!(told("revocation.unconfirmed", "unconfirmed", false), None);
        assert_eq!(told("revocation.unconfirmed", "confirmed", true), None, "another receiver contradicts");
        assert_eq!(told("session.zombie", "confirmed", false), None);
    }

    #[test]
    fn one_account_is_not_called_many() {
        assert!(of_wave(Wave::Spray, Scope::Prefix).contains("the same sources"));
        assert!(of_wave(Wave::Stuffing, Scope::Project).contains("many networks"));
        for few in [Wave::BruteForce, Wave::InARow, Wave::SecondFactor, Wave::Guessing] {
            assert!(!of_wave(few, Scope::Account).contains("Many accounts"));
        }
    }

    #[test]
    fn what_no_judgement_opened_is_told_in_words_and_a_login_by_its_reasons() {
        let told = [
            "session.zombie",
            "revocation.unconfirmed",
            "revocation.refused",
            "revocation.contradicted",
            "inbound.could_not",
            "wave",
        ];
        assert!(told.iter().all(|kind| words(kind).is_some()));
        assert!(
            ["login", "login.repeat", "login.sibling", "rule", "rule.deny"]
                .iter()
                .all(|kind| words(kind).is_none())
        );
    }
}

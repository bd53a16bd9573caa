//! How the answer page looks: one self-contained document, light and dark, without scripts or anything from elsewhere.

use std::sync::LazyLock;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use data_encoding::BASE64;
use porchlight_domain::Timestamp;
use porchlight_domain::notice::html::escape;
use porchlight_domain::notice::mail::Facts;
use porchlight_domain::question::{Answer, Answered, View};
use sha2::{Digest, Sha256};

const CSS: &str = include_str!("page.css");
/// The field that people never see. Its name is one that form fillers know.
pub(super) const DECOY: &str = "website";

/// Nothing may be loaded, run or framed; the one style is allowed by its hash.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64.encode(&Sha256::digest(CSS.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// What was wrong with the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    None,
    Missing,
    Wrong,
}

impl Hint {
    fn text(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Missing => {
                "<p class=\"hint\" role=\"alert\">Please type the number too. Nothing was answered yet.</p>\n"
            }
            Self::Wrong => {
                "<p class=\"hint\" role=\"alert\">That was not the number. Nothing was answered yet: please try again.</p>\n"
            }
        }
    }
}

/// The words of an answer, as on the mail's buttons.
fn words(answer: Answer) -> &'static str {
    match answer {
        Answer::No => "No, it wasn’t me",
        Answer::Yes => "Yes, it was me",
    }
}

fn page(status: StatusCode, facts: Option<&Facts>, heading: &str, content: &str) -> Response {
    let service = facts.map(|facts| escape(&facts.service));
    let title =
        service.as_ref().map_or_else(|| heading.to_owned(), |service| format!("{heading} – {service}"));
    let line = service.map_or_else(String::new, |service| format!("<p class=\"service\">{service}</p>\n"));
    let html = format!(
        include_str!("page.html"),
        title = title,
        css = CSS,
        service = line,
        heading = heading,
        content = content
    );
    let mut response = (status, Html(html)).into_response();
    let policy = HeaderValue::from_str(&POLICY).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow, noarchive")),
    ] {
        response.headers_mut().insert(name, value);
    }
    response
}

/// The same page with another status.
pub(super) fn with_status(mut response: Response, status: StatusCode) -> Response {
    *response.status_mut() = status;
    response
}

fn told(view: &View) -> String {
    let facts = &view.facts;
    let service = escape(&facts.service);
    // Whoever holds the older mail in mind is told that another login is meant.
    let again = if view.asked_since {
        "<p>It happened again since the mail that you opened. This is the latest time:</p>\n"
    } else {
        ""
    };
    let rows =
        facts.rows().map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", escape(&value))).concat();
    let credit = facts.credit.map_or_else(String::new, |credit| {
        format!("<p class=\"credit\"><a href=\"{}\">{}</a></p>\n", credit.url(), credit.text())
    });
    format!(
        "<p>Somebody signed in to your {service} account. The sign-in succeeded.</p>\n{again}<dl>\n{rows}</dl>\n{credit}"
    )
}

fn support(facts: &Facts) -> String {
    facts.support.as_deref().map_or_else(String::new, |contact| {
        format!("<p>Questions or trouble? {} helps you: {}</p>\n", escape(&facts.service), escape(contact))
    })
}

fn link(token: &str, answer: Answer) -> String {
    format!("/q/{}?a={}", escape(token), answer.as_str())
}

/// Which of the two?
pub(super) fn choose(view: &View, token: &str) -> Response {
    let facts = &view.facts;
    let choice = |answer| format!("<li><a href=\"{}\">{}</a></li>\n", link(token, answer), words(answer));
    let choices = [Answer::No, Answer::Yes].map(choice).concat();
    let content = format!("{}<ul class=\"choices\">\n{choices}</ul>\n{}", told(view), support(facts));
    page(StatusCode::OK, Some(facts), "Was this you?", &content)
}

/// One answer chosen: the number, an empty field, one button.
pub(super) fn confirm(view: &View, token: &str, answer: Answer, number: u8, hint: Hint) -> Response {
    let facts = &view.facts;
    let other = match answer {
        Answer::No => (Answer::Yes, "It was me after all"),
        Answer::Yes => (Answer::No, "It wasn’t me after all"),
    };
    let form = format!(
        include_str!("form.html"),
        action = link(token, answer),
        hint = hint.text(),
        number = number,
        decoy = DECOY,
        answer = answer.as_str(),
        words = words(answer),
        other = link(token, other.0),
        other_words = other.1,
    );
    let status = if hint == Hint::None { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(status, Some(facts), "Was this you?", &format!("{}{form}{}", told(view), support(facts)))
}

/// The answer is recorded: what happens next.
pub(super) fn thanks(answered: &Answered) -> Response {
    let (facts, service) = (&answered.facts, escape(&answered.facts.service));
    let content = match answered.answer {
        Answer::No => denied(&service, answered.revoking, answered.told),
        // What they think of it already is not for whoever may be reading the user's mail.
        Answer::Yes if answered.overruled => {
            format!("<p>We noted it and told the people who run {service}.</p>\n")
        }
        Answer::Yes => {
            format!(
                "<p>This device is known now, and {service} will ask less about it. There is nothing else to do.</p>\n"
            )
        }
    };
    page(StatusCode::OK, Some(facts), "Thank you", &format!("{content}{}", support(facts)))
}

/// What a "no" did, no more: where the application hears nothing, nothing ends by itself.
fn denied(service: &str, revoking: bool, told: bool) -> String {
    let done = match (told, revoking) {
        (true, true) => format!(
            "We told {service} that it was not you, and to end every session opened that way at once."
        ),
        (true, false) => format!("We told {service} that it was not you."),
        (false, _) => format!("We noted it and told the people who run {service}."),
    };
    let next = if told && revoking {
        format!(
            "<strong>Now change your password at {service}</strong>, and wherever else you use the same one."
        )
    } else {
        format!(
            "To be safe, sign out everywhere, if {service} offers it, and <strong>change your password at {service}</strong>, \
             and wherever else you use the same one."
        )
    };
    format!("<p>{done}</p>\n<p>{next}</p>\n")
}

/// A second answer, politely; after a "yes" that somebody else may have given "no" can still be said.
pub(super) fn answered(view: &View, token: &str, answer: Answer, at: Timestamp) -> Response {
    let (facts, at, said) = (&view.facts, at.human(), words(answer));
    let (status, next) = match view.hears_no {
        true => {
            let no = format!("<a href=\"{}\">{}</a>", link(token, Answer::No), words(Answer::No));
            (StatusCode::OK, format!("If that was not your answer, or not you: {no}."))
        }
        false => (StatusCode::GONE, "The first answer counts; this link has done its work.".to_owned()),
    };
    let content =
        format!("<p>You answered on {at} UTC: <strong>{said}</strong>. {next}</p>\n{}", support(facts));
    page(status, Some(facts), "This question has its answer", &content)
}

/// Too late.
pub(super) fn expired(facts: &Facts) -> Response {
    let content = format!(
        "<p>This link worked for seven days. If that sign-in was not yours, change your password at {} now.</p>\n{}",
        escape(&facts.service),
        support(facts)
    );
    page(StatusCode::GONE, Some(facts), "This question has expired", &content)
}

/// Too many wrong numbers.
pub(super) fn too_many(facts: &Facts) -> Response {
    let content =
        format!("<p>The number was wrong too often. Please try again in an hour.</p>\n{}", support(facts));
    page(StatusCode::TOO_MANY_REQUESTS, Some(facts), "Please wait", &content)
}

/// No such token.
pub(super) fn unknown() -> Response {
    let content = "<p>Nothing is behind this link. Please open it from the mail once more: some mail programs cut long links.</p>\n";
    page(StatusCode::NOT_FOUND, None, "No such question", content)
}

/// Our own fault.
pub(super) fn unavailable() -> Response {
    let content = "<p>Your answer could not be taken just now. Please try again in a moment.</p>\n";
    page(StatusCode::SERVICE_UNAVAILABLE, None, "Please try again", content)
}

#[cfg(test)]
mod tests;

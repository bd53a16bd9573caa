//! The page behind "Was this you?": a GET shows, a POST with a human gesture answers.
//!
//! Mail scanners follow links, press buttons and submit forms. What they must not do is answer. Why this page holds:
//! a GET or HEAD changes nothing; a POST counts only with the two-digit number that the page shows, typed into a field
//! that is empty. A program that follows links sends no form; one that submits forms sends them as they are, or with a
//! filler in every field, which also fills the field that people never see. None of them reads a sentence and
//! transcribes a number out of it. The number comes from a keyed hash of question and hour: it needs no cookie, no
//! state and no JavaScript, and cannot be computed without our key.
//!
//! What this does not hold against: a program written for this very page, and whoever else reads the user's mail. They
//! can lie about one login, as they could in any mail of this kind; a wrong "no" costs the user one sign-in, and a
//! wrong "yes" is why the answer's address is kept. Guessing is bounded: [`gesture::Tries`].

mod gesture;
mod page;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Extension, Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum::{Router, body::Bytes};
use porchlight_domain::question::{Answer, Standing, View, store};
use porchlight_domain::{Error, Timestamp};
use url::form_urlencoded;

use super::HttpState;
use super::security::ClientIp;
use crate::clock;
use gesture::Tries;

/// The form has three short fields.
const MAX_FORM: usize = 4 * 1024;

/// `/q/{token}`.
pub fn routes() -> Router<HttpState> {
    Router::new()
        .route("/q/{token}", get(show).post(take))
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .layer(Extension(Arc::new(Tries::default())))
}

/// The value of a form's or query's field; broken encoding reads as replacement characters, which no field expects.
fn field(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form).find(|(key, _)| key == name).map(|(_, value)| value.trim().to_owned())
}

/// Shows the question. Changes nothing.
async fn show(
    State(state): State<HttpState>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let now = clock::now();
    let choice = query.and_then(|query| field(query.as_bytes(), "a")).and_then(|answer| answer.parse().ok());
    match open(&state, &token, choice, now).await {
        Ok(view) => ask(&state, &token, &view, choice, page::Hint::None, now),
        Err(closed) => closed,
    }
}

/// The question, if it can be answered so; else the page that says why not.
async fn open(
    state: &HttpState,
    token: &str,
    choice: Option<Answer>,
    now: Timestamp,
) -> Result<View, Response> {
    match store::view(&state.db, token, now).await {
        Ok(view) => match view.standing {
            Standing::Open => Ok(view),
            Standing::Answered(..) if choice == Some(Answer::No) && view.hears_no => Ok(view),
            Standing::Answered(answer, at) => Err(page::answered(&view, token, answer, at)),
            Standing::Expired => Err(page::expired(&view.facts)),
        },
        Err(error) => Err(failed(&error)),
    }
}

fn failed(error: &Error) -> Response {
    if matches!(error, Error::NotFound) {
        return page::unknown();
    }
    tracing::error!(%error, "question failed");
    page::unavailable()
}

fn ask(
    state: &HttpState,
    token: &str,
    view: &View,
    choice: Option<Answer>,
    hint: page::Hint,
    now: Timestamp,
) -> Response {
    match choice {
        Some(answer) => {
            let number = gesture::number(state.db.vault(), view.id, gesture::hour(now));
            page::confirm(view, token, answer, number, hint)
        }
        None => page::choose(view, token),
    }
}

/// Takes the answer, if a human gave it.
async fn take(
    State(state): State<HttpState>,
    Extension(tries): Extension<Arc<Tries>>,
    client: ClientIp,
    Path(token): Path<String>,
    form: Bytes,
) -> Response {
    let now = clock::now();
    let choice = field(&form, "answer").and_then(|answer| answer.parse::<Answer>().ok());
    let view = match open(&state, &token, choice, now).await {
        Ok(view) => view,
        Err(closed) => return closed,
    };
    let Some(answer) = choice else {
        return page::with_status(page::choose(&view, &token), StatusCode::UNPROCESSABLE_ENTITY);
    };
    let hour = gesture::hour(now);
    if tries.are_used_up(view.id, hour) {
        return page::too_many(&view.facts);
    }
    let decoy_is_empty = field(&form, page::DECOY).is_none_or(|text| text.is_empty());
    let typed = field(&form, "number").unwrap_or_default();
    if !decoy_is_empty || !gesture::is_right(state.db.vault(), view.id, hour, &typed) {
        tries.count(view.id, hour);
        metrics::counter!("porchlight_answers_refused_total").increment(1);
        let hint = if typed.is_empty() { page::Hint::Missing } else { page::Hint::Wrong };
        return ask(&state, &token, &view, Some(answer), hint, now);
    }
    match store::answer(&state.db, &token, answer, &client.ip.to_string(), &state.config.public_url(), now)
        .await
    {
        Ok(answered) => {
            if !answered.overruled {
                metrics::counter!("porchlight_answers_total", "answer" => answer.as_str()).increment(1);
            }
            if let Some(asked) = answered.ordered_since {
                crate::revocations::answered(asked, now);
            }
            page::thanks(&answered)
        }
        // Somebody else was first by a moment: show what stands now.
        Err(Error::Conflict(_)) => {
            open(&state, &token, None, now).await.err().unwrap_or_else(page::unavailable)
        }
        Err(error) => failed(&error),
    }
}

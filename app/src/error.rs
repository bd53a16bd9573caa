//! What a server function answers when it does not do what was asked. Nothing in it tells of the inside.

use std::fmt;

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use porchlight_domain::FieldError;
use serde::{Deserialize, Serialize};

/// Why something did not happen, for the person who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppError {
    /// Nobody is signed in.
    SignedOut,
    /// E-mail or password is not right; which of them is not said.
    WrongPassword,
    /// Whoever is signed in may not.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// It is not in a state that allows this.
    Conflict(String),
    /// What was typed is wrong, field by field.
    Invalid(Vec<FieldError>),
    /// The form is not one of ours, or was cut short.
    Malformed,
    /// Too many attempts; so many seconds are left.
    TooMany(i64),
    /// Our fault; it is in the log.
    Failed,
    /// The server did not answer.
    Unreachable,
}

/// The result of a server function.
pub type AppResult<T> = Result<T, AppError>;

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignedOut => f.write_str("You are signed out. Sign in again to go on."),
            Self::WrongPassword => f.write_str("E-mail or password is not right."),
            Self::Forbidden => f.write_str("Your role does not allow this."),
            Self::NotFound => f.write_str("There is no such thing here, or it is gone."),
            Self::Conflict(text) => sentence(f, text),
            Self::Invalid(fields) => {
                let complaints =
                    fields.iter().map(|field| format!("{} {}", label(&field.field), field.message));
                write!(f, "{}.", complaints.collect::<Vec<_>>().join("; "))
            }
            Self::Malformed => f.write_str("The form could not be read. Load the page again and retry."),
            Self::TooMany(seconds) => write!(f, "Too many attempts. Try again in {}.", wait(*seconds)),
            Self::Failed => {
                f.write_str("Something failed on the server; nothing was changed. It is in the log.")
            }
            Self::Unreachable => f.write_str("The server did not answer. Check the connection and retry."),
        }
    }
}

impl std::error::Error for AppError {}

impl AppError {
    /// The same sentence, with each field as it is labelled on the page and what was typed into it.
    pub fn about(
        &self,
        label: impl Fn(&str) -> Option<String>,
        typed: impl Fn(&str) -> Option<String>,
    ) -> String {
        let Self::Invalid(fields) = self else { return self.to_string() };
        let fields = fields.iter().map(|field| {
            let name = last(&field.field);
            let message = match typed(name).filter(|value| !value.trim().is_empty()) {
                Some(value) => format!("{}: “{}”", field.message, start(&value)),
                None => field.message.clone(),
            };
            let name = label(name).map(|label| format!("“{label}”"));
            FieldError::new(name.unwrap_or_else(|| field.field.clone()), message)
        });
        Self::Invalid(fields.collect()).to_string()
    }

    /// What is wrong with the field of this name, as it stands beside the field.
    pub fn beside(&self, name: &str) -> Option<String> {
        let Self::Invalid(fields) = self else { return None };
        let own = fields.iter().filter(|field| last(&field.field) == name);
        let told: Vec<_> = own.map(|field| field.message.clone()).collect();
        (!told.is_empty()).then(|| Self::Conflict(told.join("; ")).to_string())
    }
}

/// The field's name as its form knows it: `policy.timeout_seconds` → `timeout_seconds`.
fn last(field: &str) -> &str {
    match field.rsplit_once('.') {
        Some((_, name)) if !field.starts_with('“') => name,
        _ => field,
    }
}

/// As much of a value as is needed to know it again.
fn start(value: &str) -> String {
    const ENOUGH: usize = 60;
    match value.char_indices().nth(ENOUGH) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

/// A field's name as a person says it: `confirm_seconds` → `Confirm seconds`. A place within a field is no word:
/// `filters[0]` stays as the sender knows it, and so does what was typed: `“10.0.0.0/33”`.
fn label(field: &str) -> String {
    match field {
        "email" => return "E-mail".to_owned(),
        "url" | "URL" => return "URL".to_owned(),
        path if path.contains(['[', '.']) || path.starts_with('“') => return path.to_owned(),
        _ => {}
    }
    let words = field.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn sentence(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return Ok(()) };
    write!(f, "{}{}", first.to_uppercase(), letters.as_str())?;
    if text.ends_with(['.', '!', '?']) { Ok(()) } else { f.write_str(".") }
}

fn wait(seconds: i64) -> String {
    match seconds {
        ..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", (seconds + 59) / 60),
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let error = match error {
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::Deserialization(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Serialization(_) => Self::Malformed,
            _ => Self::Failed,
        };
        #[cfg(feature = "ssr")]
        let error = error.answered();
        error
    }
}

#[cfg(feature = "ssr")]
pub use server::console_works;

#[cfg(feature = "ssr")]
mod server {
    use axum::http::{Method, StatusCode, request::Parts};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use porchlight_domain::repeats::{Over, Repeats, Say};
    use porchlight_domain::{Error, Timestamp};

    use super::AppError;
    use crate::access::wants_html;
    use crate::state::AppState;

    /// Failures of the store that the console met.
    static FAILURES: Repeats = Repeats::new();

    /// Tells of one when it begins and once a minute while it lasts.
    fn failed(error: &Error) {
        let say = use_context::<AppState>().map_or(Say::Begins, |state| {
            let now = (state.now)();
            FAILURES.failed(&error.to_string(), now)
        });
        match say {
            Say::Begins => tracing::error!(%error, "console request failed"),
            Say::Lasts(requests) => tracing::error!(%error, requests, "console requests go on failing"),
            Say::Nothing => {}
        }
    }

    /// Tells that the console is served again, if it was not.
    pub fn console_works(now: Timestamp) {
        if let Some(Over { seconds, failures }) = FAILURES.worked(now) {
            tracing::info!(seconds, failures, "console requests are served again");
        }
    }

    impl From<Error> for AppError {
        fn from(error: Error) -> Self {
            let error = match error {
                Error::NotFound => Self::NotFound,
                Error::Conflict(text) => Self::Conflict(text),
                Error::Invalid(fields) => Self::Invalid(fields),
                Error::Forbidden => Self::Forbidden,
                // Logged once, here, where it is handled.
                Error::Database(_) | Error::Unsure | Error::Internal(_) => {
                    failed(&error);
                    Self::Failed
                }
            };
            error.answered()
        }
    }

    impl AppError {
        fn status(&self) -> StatusCode {
            match self {
                Self::SignedOut | Self::WrongPassword => StatusCode::UNAUTHORIZED,
                Self::Forbidden => StatusCode::FORBIDDEN,
                Self::NotFound => StatusCode::NOT_FOUND,
                Self::Conflict(_) => StatusCode::CONFLICT,
                Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                Self::Malformed => StatusCode::BAD_REQUEST,
                Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
                Self::Failed | Self::Unreachable => StatusCode::INTERNAL_SERVER_ERROR,
            }
        }

        /// Gives the response this error's status. A form sent without JavaScript is answered by a redirect to its page,
        /// which shows the error: that one keeps its status.
        pub fn answered(self) -> Self {
            let (parts, response) = (use_context::<Parts>(), use_context::<ResponseOptions>());
            if let (Some(parts), Some(response)) = (parts, response)
                && (parts.method == Method::GET || !wants_html(&parts.headers))
            {
                response.set_status(self.status());
            }
            self
        }
    }
}

#[cfg(test)]
mod tests;

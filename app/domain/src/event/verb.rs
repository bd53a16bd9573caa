//! The verbs that mean something to the judgement: ThisData's, and ours. Any other text is legal, and means nothing.

mod meant;
#[cfg(feature = "store")]
pub mod store;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::Meaning::{Failure, Login, Logout, Plain, Proof, Sensitive};
use crate::Timestamp;
pub use meant::meant;

/// A login whose credentials were right.
pub const LOG_IN: &str = "log-in";
/// A login whose credentials were wrong.
pub const LOG_IN_DENIED: &str = "log-in-denied";
/// The second factor that was asked for was given.
pub const CHALLENGE_PASS: &str = "authentication-challenge-pass";
/// … and was wrong.
pub const CHALLENGE_FAIL: &str = "authentication-challenge-fail";
/// The user's e-mail address was changed.
pub const EMAIL_UPDATE: &str = "email-update";
/// The user's password was changed.
pub const PASSWORD_UPDATE: &str = "password-update";
/// A new password was set by a mailed link.
pub const PASSWORD_RESET: &str = "password-reset";
/// The second factor was turned off.
pub const TWO_FACTOR_DISABLE: &str = "two-factor-disable";
/// A second factor or passkey was added or replaced. This one and the following are ours.
pub const TWO_FACTOR_UPDATE: &str = "two-factor-update";
/// Recovery codes were shown or made.
pub const RECOVERY_CODES_VIEW: &str = "recovery-codes-view";
/// The address, telephone or person by which the account is recovered was changed.
pub const RECOVERY_UPDATE: &str = "recovery-update";
/// An API key or access token was made.
pub const API_KEY_CREATE: &str = "api-key-create";
/// The user's data were exported or downloaded in bulk.
pub const DATA_EXPORT: &str = "data-export";
/// A bank account, or wherever else money goes, was changed.
pub const PAYOUT_UPDATE: &str = "payout-update";
/// What a verb means to the judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Meaning {
    /// A login whose credentials were right: it is held against the user's habits, and can ask the user.
    Login,
    /// Somebody failed to prove who they are: counted for the account, a login for its networks and everywhere as well, a
    /// second factor for its session: ten wrong ones in a row open an alert.
    Failure,
    /// The session ends.
    Logout,
    /// What an account is taken over with, or for: weighed by how soon after the login it comes, and after what.
    Sensitive,
    /// A second factor was passed: its session is believed again, unless five or more were wrong in a row before it.
    Proof,
    /// A line of the log; within a session, its network and client are held against those before.
    Plain,
}

/// A verb that Porchlight knows by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Verb {
    /// As it is sent: `email-update`.
    #[serde(rename = "verb")]
    pub name: &'static str,
    /// What the clients call it: `EMAIL_UPDATE`.
    pub constant: &'static str,
    /// What it means to the judgement.
    pub meaning: Meaning,
    /// When to send it.
    pub when: &'static str,
}

const fn verb(name: &'static str, constant: &'static str, meaning: Meaning, when: &'static str) -> Verb {
    Verb { name, constant, meaning, when }
}

/// Every verb with a meaning, ThisData's fifteen first, in the order in which they are offered. The API, its description,
/// the console and the clients say what stands here.
pub const TABLE: [Verb; 21] = [
    verb(LOG_IN, "LOG_IN", Login, "somebody logged in"),
    verb(LOG_IN_DENIED, "LOG_IN_DENIED", Failure, "a login failed"),
    verb("log-in-challenge", "LOG_IN_CHALLENGE", Plain, "a login has to prove more"),
    verb("log-out", "LOG_OUT", Logout, "somebody logged out"),
    verb("access", "ACCESS", Plain, "a page or thing was used, within a session"),
    verb(EMAIL_UPDATE, "EMAIL_UPDATE", Sensitive, "the e-mail address was changed"),
    verb(PASSWORD_UPDATE, "PASSWORD_UPDATE", Sensitive, "the password was changed"),
    verb("password-reset-request", "PASSWORD_RESET_REQUEST", Plain, "a new password was asked for"),
    verb(PASSWORD_RESET, "PASSWORD_RESET", Plain, "a new password was set by a mailed link"),
    verb(
        "password-reset-fail",
        "PASSWORD_RESET_FAIL",
        Failure,
        "a reset was tried with a wrong link or answer",
    ),
    verb("authentication-challenge", "AUTH_CHALLENGE", Plain, "a second factor was asked for"),
    verb(CHALLENGE_PASS, "AUTH_CHALLENGE_PASS", Proof, "… and given"),
    verb(CHALLENGE_FAIL, "AUTH_CHALLENGE_FAIL", Failure, "… and wrong"),
    verb(TWO_FACTOR_DISABLE, "TWO_FACTOR_DISABLE", Sensitive, "the second factor was turned off"),
    verb("desktop-login-success", "DESKTOP_LOGIN_SUCCESS", Login, "somebody logged in to a computer"),
    verb(
        TWO_FACTOR_UPDATE,
        "TWO_FACTOR_UPDATE",
        Sensitive,
        "a second factor or passkey was added or replaced",
    ),
    verb(RECOVERY_CODES_VIEW, "RECOVERY_CODES_VIEW", Sensitive, "recovery codes were shown or made"),
    verb(RECOVERY_UPDATE, "RECOVERY_UPDATE", Sensitive, "the address or telephone for recovery was changed"),
    verb(API_KEY_CREATE, "API_KEY_CREATE", Sensitive, "an API key or access token was made"),
    verb(DATA_EXPORT, "DATA_EXPORT", Sensitive, "data were exported or downloaded in bulk"),
    verb(PAYOUT_UPDATE, "PAYOUT_UPDATE", Sensitive, "a bank account, or wherever money goes, was changed"),
];

/// What is known of a verb; None for one of the application's own, which no judgement reads anything into.
pub fn known(verb: &str) -> Option<&'static Verb> {
    TABLE.iter().find(|known| known.name == verb)
}

/// The verbs of [`LOGINS`], given to another macro.
macro_rules! logins {
    ($($then:tt)*) => {
        $($then)*!("log-in", "desktop-login-success")
    };
}

/// The verbs of [`FAILURES`], given to another macro.
macro_rules! failures {
    ($($then:tt)*) => {
        $($then)*!("log-in-denied", "authentication-challenge-fail", "password-reset-fail")
    };
}

macro_rules! array {
    ($($verb:literal),*) => { [$($verb),*] };
}

/// The verbs that begin a session with right credentials; only these can ask the user.
pub const LOGINS: [&str; 2] = logins!(array);

/// The verbs that say that somebody failed to prove who they are.
pub const FAILURES: [&str; 3] = failures!(array);

/// [`LOGINS`] in SQL: `e.verb IN ('log-in', …)`.
#[cfg(feature = "store")]
macro_rules! is_login_in_sql {
    () => {
        concat!("e.verb IN (", $crate::event::verb::logins!($crate::event::verb::quoted), ")")
    };
}

#[cfg(feature = "store")]
macro_rules! quoted {
    ($first:literal $(, $verb:literal)*) => { concat!("'", $first, "'" $(, ", '", $verb, "'")*) };
}

#[cfg(feature = "store")]
pub(crate) use {failures, is_login_in_sql, logins, quoted};

/// True for [`LOGINS`].
pub fn is_login(verb: &str) -> bool {
    LOGINS.contains(&verb)
}

/// True for [`FAILURES`].
pub fn is_failure(verb: &str) -> bool {
    FAILURES.contains(&verb)
}

/// True for verbs that end a session.
pub fn is_logout(verb: &str) -> bool {
    verb == "log-out"
}

/// True for verbs of what only a session that lives can do.
pub fn goes_on(verb: &str) -> bool {
    !is_login(verb) && !is_logout(verb) && !is_failure(verb)
}

/// A verb of the application's own, which the judgement reads nothing into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Unknown {
    /// As it was sent.
    pub verb: String,
    /// How many events came with it, counted up to [`MOST_COUNTED`].
    pub events: i64,
    /// When the last of them happened.
    pub last_at: Timestamp,
    /// The verb that may have been meant.
    pub meant: Option<String>,
}

/// Events with one unknown verb are counted so far; there may be more.
pub const MOST_COUNTED: i64 = 10_000;

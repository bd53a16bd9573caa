//! The verbs ThisData documented, and what a verb means to the judgement. Any other text is legal.

/// A login whose credentials were right.
pub const LOG_IN: &str = "log-in";
/// The documented verbs, in the order they are offered.
pub const KNOWN: [&str; 15] = [
    "log-in",
    "log-in-denied",
    "log-in-challenge",
    "log-out",
    "access",
    "email-update",
    "password-update",
    "password-reset-request",
    "password-reset",
    "password-reset-fail",
    "authentication-challenge",
    "authentication-challenge-pass",
    "authentication-challenge-fail",
    "two-factor-disable",
    "desktop-login-success",
];

/// True for verbs that begin a session with right credentials; only these can ask the user.
pub fn is_login(verb: &str) -> bool {
    matches!(verb, "log-in" | "desktop-login-success")
}

/// True for verbs that say that somebody failed to prove who they are.
pub fn is_failure(verb: &str) -> bool {
    matches!(verb, "log-in-denied" | "authentication-challenge-fail" | "password-reset-fail")
}

/// True for verbs that end a session.
pub fn is_logout(verb: &str) -> bool {
    verb == "log-out"
}

/// True for verbs after which an account belongs to whoever did them.
pub fn is_sensitive(verb: &str) -> bool {
    matches!(verb, "email-update" | "password-update" | "password-reset" | "two-factor-disable")
}

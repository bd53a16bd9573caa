//! The verbs ThisData documented, and what a verb means to the judgement. Any other text is legal.

/// A login whose credentials were right.
pub const LOG_IN: &str = "log-in";
/// A login whose credentials were wrong.
pub const LOG_IN_DENIED: &str = "log-in-denied";
/// The user's e-mail address was changed.
pub const EMAIL_UPDATE: &str = "email-update";
/// The user's password was changed.
pub const PASSWORD_UPDATE: &str = "password-update";
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
/// The verbs beside ThisData's that mean something to the judgement.
pub const NATIVE: [&str; 6] =
    [TWO_FACTOR_UPDATE, RECOVERY_CODES_VIEW, RECOVERY_UPDATE, API_KEY_CREATE, DATA_EXPORT, PAYOUT_UPDATE];
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

/// True for verbs of what only a session that lives can do.
pub fn goes_on(verb: &str) -> bool {
    !is_login(verb) && !is_logout(verb) && !is_failure(verb)
}

/// True for verbs after which an account belongs to whoever did them.
pub fn is_sensitive(verb: &str) -> bool {
    matches!(verb, EMAIL_UPDATE | PASSWORD_UPDATE | "password-reset" | TWO_FACTOR_DISABLE)
        || NATIVE.contains(&verb)
}

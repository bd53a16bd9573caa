//! What kinds of alerts there are.

use crate::{Error, Result};

/// An unusual login.
pub const LOGIN: &str = "login";
/// An event that resembles what its user said was not theirs; its session was ordered ended at once.
pub const REPEAT: &str = "login.repeat";
/// A session that was reported as ended is still in use.
pub const ZOMBIE: &str = "session.zombie";
/// A session that is used after its own log-out.
pub const LOGGED_OUT: &str = "session.ended";
/// What a rule forbade: one alert for all that the same rule keeps out, while it is open.
pub const DENIED: &str = "rule.deny";

/// A login like one that its user said was not theirs, found when they said so.
pub const SIBLING: &str = "login.sibling";
/// What a rule wants told.
pub const RULE: &str = "rule";
/// A wave of guesses.
pub const WAVE: &str = "wave";
/// An order was not confirmed in time.
pub const UNCONFIRMED: &str = "revocation.unconfirmed";
/// The application could not end a session.
pub const REFUSED: &str = "revocation.refused";
/// Receipts of an order contradict each other.
pub const CONTRADICTED: &str = "revocation.contradicted";
/// A webhook of another system asks for sessions to be ended, and that could not be done: one alert for each source and
/// reason, while it is open.
pub const UNOBEYED: &str = "inbound.could_not";

impl super::Alert {
    /// True when it is about a user's login, or what goes on in its session: what it turns out to be teaches that user's
    /// profile.
    pub fn is_of_login(&self) -> bool {
        self.user.is_some() && is_of_login(&self.kind)
    }
}

/// True of the kinds that are about a login.
pub(crate) fn is_of_login(kind: &str) -> bool {
    kind.starts_with(LOGIN)
}

/// All kinds of alerts.
pub const KINDS: [&str; 12] = [
    LOGIN,
    REPEAT,
    SIBLING,
    RULE,
    DENIED,
    WAVE,
    ZOMBIE,
    LOGGED_OUT,
    UNCONFIRMED,
    REFUSED,
    CONTRADICTED,
    UNOBEYED,
];

/// A kind as alerts are asked for by it.
pub fn checked_kind(text: &str) -> Result<String> {
    match KINDS.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(Error::invalid("kind", format!("must be one of {}", KINDS.join(", ")))),
    }
}

/// What a kind is called where alerts are chosen by it.
pub fn kind_label(kind: &str) -> &'static str {
    match kind {
        LOGIN => "Unusual logins and sessions",
        REPEAT => "Repeats of what was denied",
        SIBLING => "Logins like a denied one",
        RULE => "Reported by a rule",
        DENIED => "Forbidden by a rule",
        WAVE => "Waves of guesses",
        ZOMBIE => "Sessions that live on",
        LOGGED_OUT => "Used after the log-out",
        UNCONFIRMED => "Orders not confirmed",
        REFUSED => "Orders refused",
        CONTRADICTED => "Orders contradicted",
        _ => "Webhooks not obeyed",
    }
}

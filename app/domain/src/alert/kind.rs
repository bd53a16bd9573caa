//! What kinds of alerts there are.

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

/// All kinds of alerts.
pub const KINDS: [&str; 11] = [
    LOGIN,
    REPEAT,
    "login.sibling",
    "rule",
    DENIED,
    "wave",
    ZOMBIE,
    LOGGED_OUT,
    "revocation.unconfirmed",
    "revocation.refused",
    "revocation.contradicted",
];

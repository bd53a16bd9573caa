//! What kinds of alerts there are.

/// An unusual login.
pub const LOGIN: &str = "login";
/// An event that resembles what its user said was not theirs; its session was ordered ended at once.
pub const REPEAT: &str = "login.repeat";
/// A session that was reported as ended is still in use.
pub const ZOMBIE: &str = "session.zombie";
/// What a rule forbade: one alert for all that the same rule keeps out, while it is open.
pub const DENIED: &str = "rule.deny";

/// All kinds of alerts.
pub const KINDS: [&str; 10] = [
    LOGIN,
    REPEAT,
    "login.sibling",
    "rule",
    DENIED,
    "wave",
    ZOMBIE,
    "revocation.unconfirmed",
    "revocation.refused",
    "revocation.contradicted",
];

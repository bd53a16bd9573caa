//! The logins the benches send: users who are mostly at home, on one device.

use serde_json::{Value, json};

const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
];
/// How many users there are, where nothing else is said.
pub const USERS: u64 = 10_000;

/// The `number`th login, by one of [`USERS`].
pub fn login(number: u64, occurred_at: Option<String>) -> Value {
    login_of(number.wrapping_mul(2_654_435_761) % USERS, number, occurred_at)
}

/// A login by a user of one's own choice.
pub fn login_of(user: u64, number: u64, occurred_at: Option<String>) -> Value {
    let mut event = json!({
        "verb": "log-in",
        "ip": format!("122.{}.{}.{}", 56 + user % 8, user / 8 % 250, 1 + user % 250),
        "user_agent": AGENTS[usize::try_from(user % 3).unwrap_or(0)],
        "user": { "id": format!("user-{user}"), "name": format!("User {user}"), "email": format!("user-{user}@example.com") },
        "session": { "id": format!("session-{number}") },
        "device": { "id": format!("device-{user}") },
    });
    if let Some(at) = occurred_at {
        event["occurred_at"] = at.into();
    }
    event
}

//! Benign storms: something new for many users at once, and none of them an attacker.

use super::{Limit, live};
use crate::lab::measure::Scored;
use crate::lab::parameters as p;
use crate::lab::policy::engine::Engine;
use crate::lab::population::{History, Storm, Wanted, Weather};

/// The storms, as the report names them, and how many days they last.
pub const STORMS: [(Weather, &str, i32); 5] = [
    (Weather::BrowserUpdate, "browser-update day", 3),
    (Weather::Renumbering, "ISP renumbering", 7),
    (Weather::OfficeChange, "office NAT change", 7),
    (Weather::RoamingWeek, "roaming week", 7),
    (Weather::PasswordReset, "mass password reset", 3),
];

/// Honest scores while a storm lasts; the account's number beside each.
pub fn run(seed: u64, users: usize, (weather, _, days): (Weather, &str, i32), limit: Limit) -> Vec<Scored> {
    let storm = Storm { weather, day: p::STORM_DAY };
    let history = History::new(&Wanted { storm, ..Wanted::calm(seed, users) });
    let mut engine = Engine::new("storm");
    let mut scores = Vec::new();
    for login in history.logins.iter().take_while(|login| login.day() < p::STORM_DAY + days) {
        let score = live(&mut engine, &history, login, limit.tokens);
        if login.is_login() && login.day() >= p::STORM_DAY {
            scores.push((score, login.account));
        }
    }
    scores
}

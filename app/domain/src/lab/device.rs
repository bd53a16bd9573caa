//! A user's devices: their clients, their tokens, how they are replaced.

use super::client::{self, Client, Updates};
use super::parameters as p;
use super::random::Random;

/// A computer or a telephone.
#[derive(Clone, Debug)]
pub struct Device {
    phone: bool,
    kind: u8,
    updates: Updates,
    token: u64,
    /// A second browser and its token.
    second: Option<(u8, u64)>,
    until: f64,
}

impl Device {
    /// Any device, on a day.
    pub fn new(phone: bool, day: f64, random: &mut Random) -> Self {
        let kind = client::any_kind(phone, random);
        let second = (!phone && random.chance(p::SECOND_BROWSER.1))
            .then(|| (client::other_browser(kind, random), token(random)));
        Self {
            phone,
            kind,
            updates: Updates::new(random),
            token: token(random),
            second,
            until: day + lifetime(random),
        }
    }

    /// What a login on it shows: client and token. `loss` is how likely the token is lost at a login; with `prompt`
    /// the browser is the newest there is.
    pub fn show(&mut self, day: f64, loss: f64, prompt: bool, random: &mut Random) -> (Client, u64) {
        if day >= self.until {
            self.replace(day, random);
        }
        let (kind, kept) = match &mut self.second {
            Some((kind, token)) if random.chance(p::SECOND_BROWSER.0) => (*kind, token),
            _ => (self.kind, &mut self.token),
        };
        if random.chance(loss) {
            *kept = token(random);
        }
        let updates = if prompt { Updates::PROMPT } else { self.updates };
        (Client::on(kind, updates, day as i32), *kept)
    }

    fn replace(&mut self, day: f64, random: &mut Random) {
        let (kind, second) = (self.kind, self.second.map(|second| second.0));
        *self = Self::new(self.phone, day, random);
        if random.chance(p::SAME_KIND) {
            self.kind = kind;
            self.second = second.map(|kind| (kind, token(random)));
        }
    }
}

/// A fresh token.
pub fn token(random: &mut Random) -> u64 {
    random.bits() | 1
}

fn lifetime(random: &mut Random) -> f64 {
    random.exponential(365.0 / p::REPLACED)
}

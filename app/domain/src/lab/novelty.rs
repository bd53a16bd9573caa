//! How new honest logins are to their users: the check that the lab's people are like real ones.

use std::collections::HashSet;

use super::login::Login;
use super::world::World;

/// What a login shows for the first time, in the order of [`super::parameters::NOVELTY`].
pub type News = [bool; 6];

/// Logins, and how many of them showed each value for the first time.
#[derive(Clone, Debug, Default)]
pub struct Novelty {
    /// Logins counted.
    pub logins: u64,
    /// New values among them.
    pub new: [u64; 6],
    seen: HashSet<(u8, u32, u64)>,
}

impl Novelty {
    /// What of it this account never showed.
    pub fn news(&self, world: &World, login: &Login) -> News {
        let mut level = 0;
        values(world, login).map(|value| {
            level += 1;
            !self.seen.contains(&(level, login.account, value))
        })
    }

    /// Remembers a login; counts its news when it is measured.
    pub fn see(&mut self, world: &World, login: &Login, news: News, measured: bool) {
        for (level, value) in (1..).zip(values(world, login)) {
            self.seen.insert((level, login.account, value));
        }
        self.logins += u64::from(measured);
        for (sum, new) in self.new.iter_mut().zip(news) {
            *sum += u64::from(new && measured);
        }
    }

    /// The shares of new values.
    pub fn shares(&self) -> [f64; 6] {
        self.new.map(|new| new as f64 / self.logins.max(1) as f64)
    }

    /// Adds what another world showed.
    pub fn add(&mut self, other: &Self) {
        self.logins += other.logins;
        for (sum, new) in self.new.iter_mut().zip(other.new) {
            *sum += new;
        }
    }
}

fn values(world: &World, login: &Login) -> [u64; 6] {
    let block = world.blocks[login.spot.block as usize];
    let label = login.client.agent().label().unwrap_or_default();
    [
        u64::from(login.spot.block) << 16 | u64::from(login.spot.host),
        u64::from(login.spot.block),
        u64::from(block.system),
        u64::from(block.country),
        label.bytes().fold(7, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte))),
        login.token,
    ]
}

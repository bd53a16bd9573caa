//! How new honest logins are to their users: the check that the lab's people are like real ones.

use std::collections::HashSet;

use super::login::Login;
use super::world::World;

/// Logins, and how many of them showed each value for the first time: in the order of [`super::parameters::NOVELTY`].
#[derive(Clone, Debug, Default)]
pub struct Novelty {
    /// Logins counted.
    pub logins: u64,
    /// New values among them.
    pub new: [u64; 6],
    seen: HashSet<(u8, u32, u64)>,
}

impl Novelty {
    /// Remembers a login; counts it when it is measured.
    pub fn see(&mut self, world: &World, login: &Login, measured: bool) {
        let block = world.blocks[login.spot.block as usize];
        let agent = login.client.agent().label().unwrap_or_default();
        let family =
            agent.bytes().fold(7_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let values = [
            u64::from(login.spot.block) << 16 | u64::from(login.spot.host),
            u64::from(login.spot.block),
            u64::from(block.system),
            u64::from(block.country),
            family,
            login.token,
        ];
        self.logins += u64::from(measured);
        for (level, value) in values.into_iter().enumerate() {
            let new = self.seen.insert((level as u8, login.account, value));
            self.new[level] += u64::from(new && measured);
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

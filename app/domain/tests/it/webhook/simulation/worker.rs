//! A worker of the simulation, what it has on its way, and chance.

use porchlight_domain::webhook::Answer;
use porchlight_domain::webhook::dispatch::Dispatcher;

use super::*;

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    pub fn micros(&mut self, most: i64) -> i64 {
        i64::try_from(self.below(most.unsigned_abs())).expect("small")
    }
}

/// A request on its way: what comes back, and when.
pub struct Flying {
    pub claimed: Claimed,
    pub answer: Answer,
    pub lands: Timestamp,
}

pub struct Worker {
    pub dispatcher: Dispatcher,
    pub flying: Vec<Flying>,
}

impl Worker {
    pub fn new() -> Self {
        Self { dispatcher: Dispatcher::new(6), flying: Vec::new() }
    }
}

//! Numbers that look like chance and are the same each time; and tables by number.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;

/// One step of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014, doi:10.1145/2660193.2660195): neighbours give unrelated numbers.
pub fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// FNV-1a, 64 bits (draft-eastlake-fnv).
pub(crate) fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Keys are numbers already; mixing them once (the finaliser of SplitMix64: Steele, Lea, Flood, OOPSLA 2014) with a
/// secret of this process is enough, and nobody can choose addresses that collide.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mixing;

static SECRET: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0_u8));

impl BuildHasher for Mixing {
    type Hasher = Mixer;
    fn build_hasher(&self) -> Mixer {
        Mixer(*SECRET)
    }
}

/// See [`Mixing`].
#[derive(Debug)]
pub(crate) struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, key: u64) {
        let mut z = self.0 ^ key;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.0 = z ^ (z >> 31);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

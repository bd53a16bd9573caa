//! How many distinct values were shown, in 32 bytes whatever their number.

use serde::{Deserialize, Serialize};

/// Registers; the standard error is 1.04 / √64 = 13 %.
const REGISTERS: usize = 64;
/// Bias correction for 64 registers (Flajolet et al., figure 3).
const ALPHA: f64 = 0.709;
/// The highest rank that four bits hold.
const HIGHEST: u8 = 15;

/// HyperLogLog with 64 registers of four bits (Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog", AofA 2007), exact in
/// spirit up to about 60 by linear counting (Whang et al., 1990), useful to about a million.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch([u8; REGISTERS / 2]);

impl Sketch {
    /// Notes a value, given as a well mixed number (see [`mix`]). True when it was certainly not there before.
    pub fn add(&mut self, mixed: u64) -> bool {
        let index = (mixed % REGISTERS as u64) as usize;
        let rank = (((mixed >> 6) | (1 << 58)).trailing_zeros() as u8 + 1).min(HIGHEST);
        let (byte, shift) = (index / 2, (index % 2) * 4);
        let Some(pair) = self.0.get_mut(byte) else { return false };
        if (*pair >> shift) & 15 >= rank {
            return false;
        }
        *pair = (*pair & !(15 << shift)) | (rank << shift);
        true
    }

    /// About how many distinct values were noted.
    pub fn count(&self) -> f64 {
        let ranks = self.0.iter().flat_map(|pair| [pair & 15, pair >> 4]);
        let (mut sum, mut empty) = (0.0, 0.0);
        for rank in ranks {
            sum += (-f64::from(rank)).exp2();
            empty += if rank == 0 { 1.0 } else { 0.0 };
        }
        let all = REGISTERS as f64;
        let raw = ALPHA * all * all / sum;
        if raw <= 2.5 * all && empty > 0.0 { all * (all / empty).ln() } else { raw }
    }
}

pub use crate::mix::mix;

/// A text as a well mixed number: FNV-1a, then [`mix`].
pub fn mix_text(text: &str) -> u64 {
    mix_bytes(text.bytes())
}

/// The same, whatever the case of its letters.
pub fn mix_folded(text: &str) -> u64 {
    if text.is_ascii() {
        return mix_bytes(text.bytes().map(|byte| byte.to_ascii_lowercase()));
    }
    mix_text(&text.to_lowercase())
}

fn mix_bytes(bytes: impl Iterator<Item = u8>) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    mix(bytes.fold(0xcbf2_9ce4_8422_2325, fold))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sketch_counts_distinct_values_within_a_third_from_one_to_a_million() {
        let mut sketch = Sketch::default();
        assert_eq!(sketch.count(), 0.0);
        let mut next = 1;
        for value in 1..=1_000_000_u64 {
            sketch.add(mix(value));
            sketch.add(mix(value.div_ceil(2)));
            if value == next {
                let error = (sketch.count() / value as f64 - 1.0).abs();
                assert!(error < 0.34, "{value}: {}", sketch.count());
                next *= 10;
            }
        }
        assert_eq!(next, 10_000_000);
    }

    #[test]
    fn a_value_noted_before_is_never_new() {
        let mut sketch = Sketch::default();
        for value in 0..1_000 {
            sketch.add(mix_text(&value.to_string()));
            assert!(!sketch.add(mix_text(&value.to_string())));
        }
    }
}

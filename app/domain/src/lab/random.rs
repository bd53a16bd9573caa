//! Seeded random numbers, so that every run of the lab is the same run on every machine.

/// xoshiro256++ 1.0 by Blackman and Vigna (2019, public domain reference at prng.di.unimi.it), seeded by SplitMix64.
#[derive(Clone, Debug)]
pub struct Random([u64; 4]);

pub use crate::mix::mix;

impl Random {
    /// The same seed, the same numbers.
    pub fn new(seed: u64) -> Self {
        let mut state = seed;
        Self(std::array::from_fn(|_| {
            state = mix(state);
            state
        }))
    }

    /// An independent stream: what one user does must not depend on how many numbers another one drew.
    pub fn stream(seed: u64, name: u64) -> Self {
        Self::new(mix(seed) ^ mix(name.wrapping_mul(0xd134_2543_de82_ef95)))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.0;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in 0..1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `low..high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    /// Uniform in `0..n`; 0 for an empty range.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Exponential with this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// Standard normal (Box and Muller, 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Poisson by multiplication (Knuth); meant for small means.
    pub fn poisson(&mut self, mean: f64) -> u32 {
        let (limit, mut product, mut count) = ((-mean).exp(), self.unit(), 0);
        while product > limit {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// An index, by weight; the last one should all weights be 0.
    pub fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = self.unit() * weights.clone().sum::<f64>();
        let mut last = 0;
        for (index, weight) in weights.enumerate() {
            last = index;
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
        last
    }

    /// One of several values, by weight.
    pub fn pick<T: Copy>(&mut self, choices: &[(T, f64)]) -> T {
        choices[self.weighted(choices.iter().map(|choice| choice.1))].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_published_generators() {
        // SplitMix64 from 1234567: the reference implementation's first output.
        assert_eq!(mix(1_234_567), 6_457_827_717_110_365_317);
        let mut random = Random([1, 2, 3, 4]);
        assert_eq!(
            [random.bits(), random.bits(), random.bits()],
            [41_943_041, 58_720_359, 3_588_806_011_781_223]
        );
    }

    #[test]
    fn moments_are_as_named() {
        let mut random = Random::new(7);
        let mean = |mut draw: Box<dyn FnMut() -> f64>| (0..20_000).map(|_| draw()).sum::<f64>() / 20_000.0;
        let mut one = random.clone();
        assert!((mean(Box::new(move || one.exponential(3.0))) - 3.0).abs() < 0.1);
        let mut two = random.clone();
        assert!((mean(Box::new(move || f64::from(two.poisson(0.7)))) - 0.7).abs() < 0.03);
        let mut three = random.clone();
        assert!(mean(Box::new(move || three.normal())).abs() < 0.03);
        let picked = (0..9_000).filter(|_| random.pick(&[(true, 2.0), (false, 1.0)])).count();
        assert!((5_800..6_200).contains(&picked), "{picked}");
    }
}

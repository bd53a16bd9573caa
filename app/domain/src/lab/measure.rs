//! Quantiles, intervals and calibration: how figures are made of scores.

use super::random::Random;

/// A figure and its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The figure itself.
    pub value: f64,
    /// Where 2.5 % of the resampled figures lie below.
    pub low: f64,
    /// Where 2.5 % lie above.
    pub high: f64,
}

/// A score and the user it is about; users are numbered from 0 without gaps.
pub type Scored = (f64, u32);

/// Log-odds of a probability; the inverse of the logistic function, finite for all of 0..=1.
pub fn logit(probability: f64) -> f64 {
    let p = probability.clamp(1e-13, 1.0 - 1e-13);
    (p / (1.0 - p)).ln()
}

/// Sorts, the most alarming first.
pub fn descending(mut scores: Vec<Scored>) -> Vec<Scored> {
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    scores
}

/// The lowest score such that at most `share` of the weight lies strictly above it. `scores` descend; each user's
/// scores weigh what `weights` says. Equal scores stay together: a policy cannot tell them apart.
pub fn threshold(scores: &[Scored], share: f64, weights: &[f64]) -> f64 {
    let weight = |scored: &Scored| weights[scored.1 as usize];
    let allowed = share * scores.iter().map(weight).sum::<f64>() + 1e-9;
    let (mut above, mut start) = (0.0, 0);
    while let Some(first) = scores.get(start) {
        let same = scores[start..].iter().take_while(|scored| scored.0 == first.0).count();
        above += scores[start..start + same].iter().map(weight).sum::<f64>();
        if above > allowed {
            return first.0;
        }
        start += same;
    }
    f64::NEG_INFINITY
}

/// The weighted share of scores strictly above a limit.
pub fn share_above(scores: &[Scored], limit: f64, weights: &[f64]) -> f64 {
    let (mut above, mut all) = (0.0, 0.0);
    for (score, user) in scores {
        let weight = weights[*user as usize];
        all += weight;
        if *score > limit {
            above += weight;
        }
    }
    if all > 0.0 { above / all } else { f64::NAN }
}

/// The figures with every user once, and their intervals over resampled users (Efron and Tibshirani, 1993: the
/// percentile bootstrap; a user's logins are no independent draws, users are).
pub fn bootstrap(
    users: usize,
    resamples: usize,
    seed: u64,
    figures: impl Fn(&[f64]) -> Vec<f64>,
) -> Vec<Estimate> {
    let values = figures(&vec![1.0; users]);
    let mut random = Random::new(seed);
    let mut samples = vec![Vec::with_capacity(resamples); values.len()];
    for _ in 0..resamples {
        let mut weights = vec![0.0; users];
        for _ in 0..users {
            weights[random.below(users)] += 1.0;
        }
        for (sample, figure) in samples.iter_mut().zip(figures(&weights)) {
            sample.push(figure);
        }
    }
    let estimate = |(value, mut sample): (f64, Vec<f64>)| {
        sample.retain(|figure| figure.is_finite());
        sample.sort_by(f64::total_cmp);
        let at = |share: f64| sample.get((share * sample.len() as f64) as usize).copied().unwrap_or(value);
        Estimate { value, low: at(0.025), high: at(0.975) }
    };
    values.into_iter().zip(samples).map(estimate).collect()
}

/// The weighted median; NaN without anything.
pub fn median(values: &[Scored], weights: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all: f64 = sorted.iter().map(|value| weights[value.1 as usize]).sum();
    let mut below = 0.0;
    for (value, user) in sorted {
        below += weights[user as usize];
        if below * 2.0 >= all {
            return value;
        }
    }
    f64::NAN
}

/// One bin of a reliability diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// What was said: the mean probability.
    pub said: f64,
    /// What came: the share of attacks.
    pub came: f64,
    /// The share of all judgements that fell here.
    pub weight: f64,
}

/// A judgement for the reliability diagram: probability, whether it was an attack, its weight.
pub type Judged = (f64, bool, f64);

/// Sorts judgements into so many bins of equal width.
pub fn reliability(judged: &[Judged], bins: usize) -> Vec<Bin> {
    let mut sums = vec![(0.0, 0.0, 0.0); bins];
    for (probability, attack, weight) in judged {
        let sum = &mut sums[((probability * bins as f64) as usize).min(bins - 1)];
        sum.0 += weight * probability;
        sum.1 += if *attack { *weight } else { 0.0 };
        sum.2 += weight;
    }
    let all: f64 = sums.iter().map(|sum| sum.2).sum();
    let bin = |(said, came, weight): (f64, f64, f64)| match weight > 0.0 {
        true => Bin { said: said / weight, came: came / weight, weight: weight / all },
        false => Bin::default(),
    };
    sums.into_iter().map(bin).collect()
}

/// Expected calibration error: mean distance between said and came, weighted (Guo et al., ICML 2017).
pub fn calibration_error(bins: &[Bin]) -> f64 {
    bins.iter().map(|bin| bin.weight * (bin.said - bin.came).abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_the_share_lies_above_the_threshold() {
        let scores = descending((0..100).map(|n| (f64::from(n), n)).collect());
        let once = vec![1.0; 100];
        assert_eq!(threshold(&scores, 0.01, &once), 98.0);
        assert_eq!(share_above(&scores, 98.0, &once), 0.01);
        assert_eq!(threshold(&scores, 0.0, &once), 99.0);
        assert_eq!(threshold(&scores, 1.0, &once), f64::NEG_INFINITY);
        let mut twice = once;
        twice[99] = 2.0;
        assert_eq!(threshold(&scores, 0.01, &twice), 99.0, "the one at the top now weighs two of 101");
    }

    #[test]
    fn equal_scores_are_challenged_together_or_not_at_all() {
        let scores: Vec<Scored> = (0..10).map(|user| (if user < 3 { 1.0 } else { 0.0 }, user)).collect();
        assert_eq!(threshold(&scores, 0.2, &[1.0; 10]), 1.0);
        assert_eq!(threshold(&scores, 0.3, &[1.0; 10]), 0.0);
    }

    #[test]
    fn the_interval_of_a_mean_is_that_of_the_textbook() {
        // 400 users, half of them caught: the standard error is .025.
        let scores: Vec<Scored> = (0..400).map(|user| (f64::from(user % 2), user)).collect();
        let share = |weights: &[f64]| vec![share_above(&scores, 0.5, weights)];
        let estimate = bootstrap(400, 1_000, 1, share)[0];
        assert_eq!(estimate.value, 0.5);
        assert!((estimate.low - 0.451).abs() < 0.01 && (estimate.high - 0.549).abs() < 0.01, "{estimate:?}");
        assert_eq!(bootstrap(400, 1_000, 1, share)[0], estimate, "the same seed, the same interval");
    }

    #[test]
    fn calibration_is_perfect_when_what_is_said_comes() {
        let judged: Vec<Judged> = (0..100).map(|n| (0.25, n % 4 == 0, 1.0)).collect();
        assert!(calibration_error(&reliability(&judged, 15)) < 1e-12);
        let judged = [(0.95, false, 1.0), (0.05, false, 3.0)];
        assert!((calibration_error(&reliability(&judged, 10)) - (0.95 + 0.15) / 4.0).abs() < 1e-12);
    }

    #[test]
    fn the_median_is_weighted_by_users() {
        assert_eq!(median(&[(3.0, 0), (1.0, 1), (2.0, 2)], &[1.0, 1.0, 1.0]), 2.0);
        assert_eq!(median(&[(3.0, 0), (1.0, 1), (2.0, 2)], &[5.0, 1.0, 1.0]), 3.0);
    }
}

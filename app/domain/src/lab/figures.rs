//! The figures of the targets, from scores.

use super::attack::Attacker;
use super::login::Origin;
use super::measure::{
    Bin, Estimate, Judged, Scored, bootstrap, calibration_error, descending, median, reliability,
    share_above, threshold,
};
use super::parameters as p;
use super::pool::Pool;
use super::trial::Moment;

/// Where a policy begins to challenge.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// So that at most this share of honest logins is challenged.
    Budget(f64),
    /// At its own threshold.
    Own(f64),
}

impl Cut {
    fn at(self, honest: &[Scored], weights: &[f64]) -> f64 {
        match self {
            Self::Budget(share) => threshold(honest, share, weights),
            Self::Own(limit) => limit,
        }
    }
}

/// How many honest logins are challenged, and how many of each attacker's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Catches {
    /// Honest logins.
    pub challenged: Estimate,
    /// Attackers' logins, in the order of [`Attacker::ALL`].
    pub caught: [Estimate; 4],
}

/// Catches among ordinary attacks.
pub fn catches(pool: &Pool, policy: usize, cut: Cut, resamples: usize) -> Catches {
    catches_among(pool, policy, cut, resamples, &pool.attacks(policy))
}

/// Catches among attacks upon the second login of newcomers.
pub fn second_logins(pool: &Pool, policy: usize, cut: Cut, resamples: usize) -> Catches {
    let attacks = Attacker::ALL
        .map(|attacker| pool.scores(policy, |moment| moment.extra && moment.attacker == Some(attacker)));
    catches_among(pool, policy, cut, resamples, &attacks)
}

/// Catches among attacks upon dormant accounts, at a budget of 1 %.
pub fn dormant(pool: &Pool, policy: usize, resamples: usize) -> Catches {
    let attacks = Attacker::ALL.map(|attacker| {
        let dormant = |m: &Moment| m.measured() && m.attacker == Some(attacker) && m.away >= p::DORMANT;
        pool.scores(policy, dormant)
    });
    catches_among(pool, policy, Cut::Budget(0.01), resamples, &attacks)
}

/// The threshold under a budget.
pub fn limit(pool: &Pool, policy: usize, budget: f64) -> f64 {
    threshold(&pool.honest(policy), budget, &vec![1.0; pool.users()])
}

fn catches_among(
    pool: &Pool,
    policy: usize,
    cut: Cut,
    resamples: usize,
    attacks: &[Vec<Scored>; 4],
) -> Catches {
    let honest = pool.honest(policy);
    let figures = bootstrap(pool.users(), resamples, 1, |weights| {
        let limit = cut.at(&honest, weights);
        let caught = attacks.iter().map(|attacks| share_above(attacks, limit, weights));
        std::iter::once(share_above(&honest, limit, weights)).chain(caught).collect()
    });
    let mut figures = figures.into_iter();
    let mut next = || figures.next().unwrap_or_default();
    Catches { challenged: next(), caught: [next(), next(), next(), next()] }
}

/// For each attacker: how often the median newcomer is challenged in logins 2 to 12, when so many of that attacker's
/// logins are caught. As in Wiefling et al., ACM TOPS 26(1), 2022. With `early` the attacks are those upon second logins.
pub fn first_dozen(pool: &Pool, policy: usize, caught: f64, early: bool, resamples: usize) -> [Estimate; 4] {
    let newcomer = |joined: i32| joined >= p::SETTLED;
    let mut dozens: Vec<Vec<f64>> = vec![Vec::new(); pool.users()];
    let honest = pool.all(policy, |m| m.attacker.is_none() && newcomer(m.joined) && (1..12).contains(&m.nth));
    for (_, score, _, user) in honest {
        dozens[user as usize].push(score);
    }
    Attacker::ALL.map(|attacker| {
        let chosen = |early: bool, extra: bool, measured: bool| if early { extra } else { measured };
        let attacks = pool.scores(policy, |moment| {
            moment.attacker == Some(attacker) && chosen(early, moment.extra, moment.measured())
        });
        let limit = threshold(&descending(attacks), caught, &vec![1.0; pool.users()]);
        let full = dozens.iter().zip(0..).filter(|(scores, _)| scores.len() == 11);
        let challenges: Vec<Scored> = full
            .map(|(scores, user)| (scores.iter().filter(|score| **score >= limit).count() as f64, user))
            .collect();
        let figures = bootstrap(pool.users(), resamples.min(200), 2, |w| vec![median(&challenges, w)]);
        figures.first().copied().unwrap_or_default()
    })
}

/// What probabilities are worth.
#[derive(Clone, Debug, Default)]
pub struct Calibrated {
    /// The reliability diagram.
    pub bins: Vec<Bin>,
    /// Expected calibration error.
    pub error: Estimate,
}

/// Checks a policy whose scores are log-odds. One login in `1 / base` is an attacker's, of the kinds that
/// [`p::ATTACKER_SHARES`] says; the log-odds are moved by `shift`, when `base` is not what the policy believes.
pub fn calibration(pool: &Pool, policy: usize, base: f64, shift: f64, resamples: usize) -> Calibrated {
    let (honest, attacks) = (pool.honest(policy), pool.attacks(policy));
    let probability = |score: f64| 1.0 / (1.0 + (-(score + shift)).exp());
    let judged = |weights: &[f64]| {
        let mut judged: Vec<Judged> = Vec::new();
        let mut add = |scores: &[Scored], attack: bool, share: f64| {
            let all: f64 = scores.iter().map(|scored| weights[scored.1 as usize]).sum();
            let one = |scored: &Scored| {
                (probability(scored.0), attack, share * weights[scored.1 as usize] / all.max(1.0))
            };
            judged.extend(scores.iter().map(one));
        };
        add(&honest, false, 1.0 - base);
        for (scores, share) in attacks.iter().zip(p::ATTACKER_SHARES) {
            add(scores, true, base * share);
        }
        judged
    };
    let error = |weights: &[f64]| vec![calibration_error(&reliability(&judged(weights), p::BINS))];
    let estimate = bootstrap(pool.users(), resamples.min(200), 3, error);
    Calibrated {
        bins: reliability(&judged(&vec![1.0; pool.users()]), p::BINS),
        error: estimate.first().copied().unwrap_or_default(),
    }
}

/// Of the attacks that are flagged under a budget, the share that would not be without the evidence that was named.
pub fn faithfulness(pool: &Pool, policy: usize, budget: f64, resamples: usize) -> Estimate {
    let limit = limit(pool, policy, budget);
    let flagged = pool.all(policy, |moment| moment.measured()).filter(|row| row.1 > limit);
    let drops: Vec<Scored> =
        flagged.map(|(_, _, rest, user)| (rest.map_or(0.0, |rest| f64::from(rest <= limit)), user)).collect();
    let figures = bootstrap(pool.users(), resamples, 4, |weights| vec![share_above(&drops, 0.5, weights)]);
    figures.first().copied().unwrap_or_default()
}

/// Shares of honest logins challenged and of each attacker caught, for a curve.
pub fn curve(pool: &Pool, policy: usize) -> [Vec<(f64, f64)>; 4] {
    let (honest, attacks) = (pool.honest(policy), pool.attacks(policy));
    let once = vec![1.0; pool.users()];
    attacks.map(|attacks| {
        let point = |budget: &f64| {
            let limit = threshold(&honest, *budget, &once);
            (*budget, share_above(&attacks, limit, &once))
        };
        p::CURVE.iter().map(point).collect()
    })
}

/// Of what the honest logins above a budget's threshold are made: for each origin its share among all honest logins
/// and among the challenged ones; the same for each kind of news.
pub fn challenged(pool: &Pool, policy: usize, budget: f64) -> Vec<(String, f64, f64)> {
    let limit = limit(pool, policy, budget);
    let honest: Vec<_> = pool.all(policy, |m| m.measured() && m.attacker.is_none()).collect();
    let row = |name: String, is: &dyn Fn(&Moment) -> bool| {
        let share = |above: f64| {
            let mut hits = (0.0_f64, 0.0_f64);
            for row in honest.iter().filter(|row| row.1 > above) {
                hits.0 += f64::from(is(row.0));
                hits.1 += 1.0;
            }
            hits.0 / hits.1.max(1.0)
        };
        (name, share(f64::NEG_INFINITY), share(limit))
    };
    let origins = [Origin::Home, Origin::Office, Origin::Carrier, Origin::Cafe, Origin::Trip, Origin::Vpn];
    let from = origins.map(|origin| row(format!("from: {origin:?}"), &|m: &Moment| m.origin == origin));
    let news = p::NOVELTY.iter().enumerate();
    let new = news.map(|(index, (name, _))| row(format!("new: {name}"), &|m: &Moment| m.news[index]));
    from.into_iter().chain(new).collect()
}

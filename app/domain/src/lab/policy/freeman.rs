//! The score of Freeman et al. as published by das-group.
//!
//! Freeman, Jain, Dürmuth, Biggio, Giacinto: "Who Are You? A Statistical Approach to Measuring User Authenticity", NDSS
//! 2016, doi:10.14722/ndss.2016.23240, equation 7 without attack data; in the form of github.com/das-group/rba-algorithm
//! (`freeman_rba_score`, MIT licence), which its authors evaluated in ACM TOPS 26(1), 2022, doi:10.1145/3546069, with
//! their features (address: AS, country; user agent: browser and version, system and version, device type), weights,
//! smoothing and edge cases. Written anew; the notebook looks some global counts up in the whole data set, the future
//! included, which is not done here.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Policy, user};
use crate::event::Observation;

/// The policy's name.
pub const FREEMAN: &str = "Freeman as published by das-group";
/// Weights of address, AS, country.
const ADDRESS: [f64; 3] = [0.6, 0.3, 0.1];
/// Weights of user agent, browser with version, system with version, device type.
const AGENT: [f64; 4] =
    [0.538_665_384_055_135_9, 0.268_045_149_862_566_6, 0.188_182_951_001_095_36, 0.005_106_515_081_202_152_5];
/// Where neither the user nor one of the coarser values was seen, the user's likelihood is the population's over this.
const NEVER_SEEN: f64 = 4.0;

/// How often each value of each feature was seen.
#[derive(Debug, Default)]
struct Counts {
    logins: f64,
    values: HashMap<(u8, u64), f64>,
    /// How many different values each of the seven features has shown.
    different: [f64; 7],
}

impl Counts {
    fn add(&mut self, values: &[u64; 7]) {
        self.logins += 1.0;
        for (feature, value) in values.iter().enumerate() {
            let count = self.values.entry((feature as u8, *value)).or_default();
            if *count == 0.0 {
                self.different[feature] += 1.0;
            }
            *count += 1.0;
        }
    }

    fn count(&self, feature: usize, value: u64) -> f64 {
        self.values.get(&(feature as u8, value)).copied().unwrap_or(0.0)
    }

    fn share(&self, feature: usize, value: u64) -> f64 {
        self.count(feature, value) / self.logins
    }
}

/// The published algorithm.
#[derive(Debug, Default)]
pub struct Freeman {
    all: Counts,
    users: HashMap<String, Counts>,
}

impl Freeman {
    /// One feature with the coarser ones it implies: the population's likelihood over the user's.
    fn ratio(&self, own: &Counts, first: usize, weights: &[f64], values: &[u64; 7]) -> f64 {
        let coarser = first + 1..first + weights.len();
        let weighted = |counts: &Counts| {
            coarser.clone().zip(&weights[1..]).map(|(f, w)| w * counts.share(f, values[f])).sum::<f64>()
        };
        let local = weights[0] * own.share(first, values[first]) + weighted(own);
        let global = weights[0] * self.smoothed(first, coarser.clone(), values[first]) + weighted(&self.all);
        let local = if local == 0.0 { global / NEVER_SEEN } else { local };
        global / local
    }

    /// P(value | its own coarser values) · P(value), both smoothed by the number of values that could have been seen.
    fn smoothed(&self, feature: usize, coarser: std::ops::Range<usize>, value: u64) -> f64 {
        let (count, all) = (self.all.count(feature, value), self.all.logins);
        // Among the logins that show this value there is one of each of the coarser ones.
        let within = coarser.len() as f64 + 1.0;
        let unseen: f64 = self.all.different[coarser].iter().sum::<f64>() + 1.0;
        if count > 0.0 {
            let given = 1.0 - within / (count + within);
            given * count / all * (1.0 - unseen / (all + unseen))
        } else {
            1.0 / (all + unseen)
        }
    }
}

impl Policy for Freeman {
    fn name(&self) -> String {
        FREEMAN.to_owned()
    }

    fn score(&mut self, seen: &Observation) -> f64 {
        // The published code scores no login without a history.
        let Some(own) = self.users.get(user(seen)) else { return 0.0 };
        let values = features(seen);
        let risk = self.ratio(own, 0, &ADDRESS, &values) * self.ratio(own, 3, &AGENT, &values);
        // All users are attacked alike, and log in as often as they did.
        let (attack, login) = (1.0 / self.users.len() as f64, own.logins / self.all.logins);
        risk * attack / login
    }

    fn learn(&mut self, seen: &Observation) {
        if seen.is_login() {
            let values = features(seen);
            self.all.add(&values);
            self.users.entry(user(seen).to_owned()).or_default().add(&values);
        }
    }
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Address, AS, country; user agent, browser and version, system and version, device type.
fn features(seen: &Observation) -> [u64; 7] {
    let agent = &seen.agent;
    let system = (&agent.os, &agent.os_version);
    let browser = (&agent.browser, &agent.browser_version);
    [
        hash(seen.event.address.as_ref().map(|address| address.ip)),
        hash(seen.network.as_ref().and_then(|network| network.asn)),
        hash(seen.place.as_ref().and_then(|place| place.country.as_deref())),
        hash((browser, system, agent.class)),
        hash(browser),
        hash(system),
        hash(agent.class),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::address::Address;
    use crate::event::{NewEvent, NewUser};
    use crate::place::{Network, Place};

    fn login(user: &str, ip: &str, asn: u32, country: &str, browser: &str) -> Observation {
        let mut seen = Observation {
            event: NewEvent {
                verb: "log-in".into(),
                address: Address::parse(ip),
                user: Some(NewUser { id: user.into(), authenticated: true, ..NewUser::default() }),
                ..NewEvent::default()
            },
            place: Some(Place { country: Some(country.into()), ..Place::default() }),
            network: Some(Network { asn: Some(asn), ..Network::default() }),
            ..Observation::default()
        };
        seen.agent.browser = Some(browser.into());
        seen
    }

    /// Two users, three logins: a: 1.1.1.1 (AS 1, NZ), twice; b: 2.2.2.2 (AS 2, AU), all with Chrome.
    fn three() -> Freeman {
        let mut freeman = Freeman::default();
        freeman.learn(&login("a", "1.1.1.1", 1, "NZ", "Chrome"));
        freeman.learn(&login("a", "1.1.1.1", 1, "NZ", "Chrome"));
        freeman.learn(&login("b", "2.2.2.2", 2, "AU", "Chrome"));
        freeman
    }

    #[test]
    fn the_usual_login_scores_as_computed_by_hand() {
        // Address: local .6 + .3 + .1 = 1. Global: .6 · (1 − 3/(2+3)) · 2/3 · (1 − 5/(3+5)) + .3 · 2/3 + .1 · 2/3
        // = .6 · .4 · .6667 · .375 + .26667 = .06 + .26667 = .326667.
        // Agent: local 1. Global: .538665 · (1 − 4/7) · 1 · (1 − 4/7) + .461335 = .098938 + .461335 = .560272.
        // Prior: (1/2) / (2/3) = .75.
        let score = three().score(&login("a", "1.1.1.1", 1, "NZ", "Chrome"));
        assert!((score - 0.326_666_7 * 0.560_272_2 * 0.75).abs() < 1e-6, "{score}");
    }

    #[test]
    fn a_stranger_scores_as_computed_by_hand() {
        // Address never seen anywhere: global .6 · 1/(3 + 5) = .075, local .075/4: ratio 4.
        // Agent (Firefox): only system and class are known: local .193289; global .538665/(3 + 4) + .193289 = .270242.
        let score = three().score(&login("a", "3.3.3.3", 3, "CN", "Firefox"));
        let expected = 4.0 * (0.270_241_8 / 0.193_289_5) * 0.75;
        assert!((score - expected).abs() < 1e-5, "{score} {expected}");
        assert_eq!(three().score(&login("new", "3.3.3.3", 3, "CN", "Firefox")), 0.0);
    }
}

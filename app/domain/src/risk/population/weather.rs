//! What is new for many users at once is no surprise: a provider that renumbers its customers, an office that changes its
//! provider, a week in which everybody travels.
//!
//! Below each value (all countries, one country, one network) the new values of the last days are compared with those that
//! the users' histories had promised; what came beyond is a factor on ν there. What comes everywhere is expected where
//! nothing is known yet. It fades in days. Red logins do not count, nor does a user's second new value of a kind on one day: an
//! attack must not make its own weather.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::novelty::{Axis, Step};

/// The most places; the calmest go first.
const LIMIT: usize = 2_000;
const HALF_LIFE_DAYS: f64 = 2.0;
/// New values that have come and were promised before any: it takes several to make weather.
const CALM: f64 = 2.0;
/// … and some more to make it everywhere.
const CALM_EVERYWHERE: f64 = 10.0;
/// The place of all.
const EVERYWHERE: u64 = u64::MAX;
/// The most that weather makes of ν: a stranger must still be strange.
const MOST: f64 = 12.0;

/// One place's last days: new values that came, that were promised, and as of which day.
type Cell = (f32, f32, i32);

/// The places.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Weather(BTreeMap<(u8, u64), Cell>);

impl Weather {
    /// `promised` is ν as it was believed.
    pub(super) fn count(&mut self, step: &Step, promised: f64, today: i32) {
        let Some((axis, above)) = place(step).filter(|_| !step.again) else { return };
        for place in [(axis, above), (axis, EVERYWHERE)] {
            self.add(place, step.is_new, promised, today);
        }
    }

    fn add(&mut self, place: (u8, u64), is_new: bool, promised: f64, today: i32) {
        let cell = self.0.entry(place).or_insert((0.0, 0.0, today));
        let now = cell.2.max(today);
        // What comes late has faded already.
        let (keep, counts) = (fading(cell.2, now) as f32, fading(today, now) as f32);
        let news = if is_new { counts } else { 0.0 };
        *cell = (cell.0 * keep + news, cell.1 * keep + promised as f32 * counts, now);
        if self.0.len() > LIMIT {
            self.prune(now);
        }
    }

    /// How many times likelier something new is here these days; never less than 1. What is known of the place stands on
    /// what befalls everybody.
    pub(super) fn factor(&self, step: &Step, today: i32) -> f64 {
        let Some((axis, above)) = place(step) else { return 1.0 };
        let everywhere = self.ratio((axis, EVERYWHERE), 1.0, CALM_EVERYWHERE, today).max(1.0);
        self.ratio((axis, above), everywhere, CALM, today).clamp(1.0, MOST)
    }

    /// New values that came over those promised, smoothed by `weight` promised ones of which `before` times as many came.
    fn ratio(&self, place: (u8, u64), before: f64, weight: f64, today: i32) -> f64 {
        let Some((came, promised, day)) = self.0.get(&place) else { return before };
        let keep = fading(*day, today);
        (f64::from(*came) * keep + weight * before) / (f64::from(*promised) * keep + weight)
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (place, (came, promised, day)) in &other.0 {
            let mine = self.0.entry(*place).or_insert((0.0, 0.0, *day));
            let now = mine.2.max(*day);
            let (a, b) = (fading(mine.2, now) as f32, fading(*day, now) as f32);
            *mine = (mine.0 * a + came * b, mine.1 * a + promised * b, now);
        }
        if let Some(now) = self.0.values().map(|cell| cell.2).max().filter(|_| self.0.len() > LIMIT) {
            self.prune(now);
        }
    }

    /// Keeps the stormier half.
    fn prune(&mut self, today: i32) {
        let storm = |cell: &Cell| f64::from(cell.0) * fading(cell.2, today);
        let mut storms: Vec<f64> = self.0.values().map(storm).collect();
        storms.sort_by(|a, b| b.total_cmp(a));
        let least = storms[LIMIT / 2];
        self.0.retain(|_, cell| storm(cell) > least);
    }

    /// Drops what a damaged encoding holds beyond reason.
    pub(super) fn bound(&mut self) {
        let sound = |count: f32| count.is_finite() && (0.0..1e9).contains(&count);
        self.0.retain(|_, cell| sound(cell.0) && sound(cell.1));
        while self.0.len() > LIMIT {
            self.0.pop_last();
        }
    }
}

fn fading(day: i32, now: i32) -> f64 {
    (-f64::from(now.saturating_sub(day).max(0)) / HALF_LIFE_DAYS).exp2()
}

/// Only the network chain has weather: devices and browsers are everybody's own.
fn place(step: &Step) -> Option<(u8, u64)> {
    let axis = step.bucket.axis;
    matches!(axis, Axis::Country | Axis::Network | Axis::Prefix).then_some((axis as u8, step.above))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Observation;
    use crate::profile::Profile;
    use crate::risk::tests::story::{Login, home};
    use crate::risk::{Assessment, Level, Population, World, assess};
    use crate::rule::RuleSet;

    fn settled(user: u64) -> Profile {
        let mut profile = Profile::default();
        for day in 0..20 {
            let login = home().day(day - 20).ip(&format!("203.0.{user}.7"));
            profile.learn(&login.0, &Assessment::default());
        }
        profile
    }

    fn renumbered(user: u64) -> Login {
        home().ip(&format!("198.51.{user}.7")).device("")
    }

    fn says(population: &Population, seen: &Observation) -> f64 {
        let rules = RuleSet::default();
        let judged = assess(seen, &settled(200), &World { population, ..World::new(&rules, Level::Red) });
        judged.reasons.iter().find(|r| r.code == "net.prefix.new").map_or(0.0, |reason| reason.evidence)
    }

    #[test]
    fn what_befalls_many_at_once_surprises_less_until_it_is_over() {
        let mut population = Population::default();
        let before = says(&population, &renumbered(200).0);
        for user in 0..20 {
            population.learn(&renumbered(user).0, &settled(user), &Assessment::default());
        }
        let during = says(&population, &renumbered(200).0);
        assert!(before > 2.0 && during < before - 1.0, "{before} {during}");
        assert!(says(&population, &renumbered(200).day(30).0) > during, "a month later");
        let elsewhere = renumbered(200).network(9500, "Vodafone");
        assert_eq!(
            says(&population, &elsewhere.0),
            0.0,
            "another network is new there, and that is told instead"
        );
    }

    #[test]
    fn what_befalls_many_networks_is_expected_in_the_next_one() {
        let mut population = Population::default();
        let before = says(&population, &renumbered(200).0);
        for user in 0..20 {
            let there = |login: Login| login.network(9_000 + user, "Another").0;
            let mut profile = Profile::default();
            for day in 0..20 {
                let login = there(home().day(day - 20).ip(&format!("203.0.{user}.7")));
                profile.learn(&login, &Assessment::default());
            }
            let moved = there(renumbered(u64::from(user)));
            population.learn(&moved, &profile, &Assessment::default());
        }
        let during = says(&population, &renumbered(200).0);
        assert!(during < before - 1.0, "{before} {during}");
    }

    #[test]
    fn an_attack_makes_no_weather_of_its_own() {
        let mut population = Population::default();
        let red = Assessment { level: Level::Red, ..Assessment::default() };
        for user in 0..20 {
            population.learn(&renumbered(user).0, &settled(user), &red);
        }
        assert_eq!(population.weather, Weather::default());
    }

    #[test]
    fn one_account_makes_no_weather_by_hopping_from_range_to_range() {
        let (mut population, mut profile) = (Population::default(), settled(1));
        let before = says(&population, &renumbered(200).0);
        let mut hop = |user: u64, profile: &mut Profile| {
            population.learn(&renumbered(user).0, profile, &Assessment::default());
            profile.learn(&renumbered(user).0, &Assessment::default());
            says(&population, &renumbered(200).0)
        };
        let once = hop(0, &mut profile);
        let often = (1..20).map(|user| hop(user, &mut profile)).last().expect("hops");
        assert!(before > 2.0 && often > once - 0.01, "{before} {once} {often}");
    }

    #[test]
    fn the_calmest_places_go_first() {
        let mut weather = Weather::default();
        let profile = settled(1);
        let mut steps = Vec::new();
        Step::each(&crate::profile::Traits::of_observation(&renumbered(1).0), &profile, |step| {
            steps.push(step)
        });
        let step =
            steps.into_iter().find(|step| step.is_new && step.bucket.axis == Axis::Prefix).expect("new");
        for _ in 0..9 {
            weather.count(&step, 0.1, 20_000);
        }
        for above in 0..100_000 {
            weather.count(&Step { above: 1_000_000 + above, is_new: false, ..step }, 0.1, 20_000);
        }
        assert!(weather.0.len() <= LIMIT, "{}", weather.0.len());
        assert!(weather.factor(&step, 20_000) > 3.0 && weather.factor(&step, 20_000) <= MOST);
    }
}

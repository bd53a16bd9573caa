//! What is learned of all users, and that it stays bounded.

use super::*;
use crate::profile::traits::day;
use crate::risk::assess;
use crate::risk::tests::random::SplitMix;
use crate::risk::tests::story::{Login, START, habits, home, thief};
use crate::risk::{Level, World};
use crate::rule::RuleSet;

const EVE: UserKey = UserKey(1);
const BEN: UserKey = UserKey(2);

/// So many users with so many daily logins like this one, each on a device and an address of their own.
fn crowd(population: &mut Population, users: u64, logins: i64, like: &Login) {
    for user in 0..users {
        let mut profile = Profile::default();
        for day in 0..logins {
            let ip = format!("203.0.{}.{}", 100 + user / 250, user % 250);
            let login = like.clone().day(day - logins).ip(&ip).device(&format!("device {user}"));
            let judged = Assessment::default();
            population.learn(&login.0, &profile, &judged);
            profile.learn(&login.0, &judged);
        }
    }
}

fn today() -> i32 {
    day(START)
}

#[test]
fn each_user_counts_once_per_value_and_day() {
    let mut population = Population::default();
    let mut profile = Profile::default();
    for _ in 0..10 {
        population.learn(&home().0, &profile, &Assessment::default());
        profile.learn(&home().0, &Assessment::default());
    }
    let traits = Traits::of_observation(&home().0);
    assert_eq!(population.country(traits.country.expect("country"), today()).count, 1.0);
    population.learn(&home().0, &Profile::default(), &Assessment::default());
    assert_eq!(population.country(traits.country.expect("country"), today()).count, 2.0);
}

#[test]
fn what_is_common_is_less_surprising_and_what_is_rare_is_more() {
    let mut population = Population::default();
    crowd(&mut population, 40, 5, &home());
    let rules = RuleSet::default();
    let world = World { population: &population, ..World::new(&rules, Level::Red) };
    let first = |login: &Login| assess(&login.0, &Profile::default(), &world).probability;
    assert!(first(&home().device("new")) < first(&thief()), "{} {}", first(&home()), first(&thief()));
    assert_eq!(
        assess(&thief().0, &Profile::default(), &world).level,
        Level::Green,
        "rare, but nothing is known"
    );
}

/// Users each of whom stays in one of six networks, or wanders among them, twenty days long.
fn wanderers(wander: bool) -> Population {
    let mut population = Population::default();
    let mut random = SplitMix(3);
    for user in 0..300 {
        let mut profile = Profile::default();
        let stays = random.below(6);
        for day in 0..20 {
            let network = if wander { random.below(6) } else { stays };
            let asn = [4771, 9500, 9790, 23_655, 45_177, 55_853][network as usize];
            let login = home().day(day - 20).network(asn, "AS").ip(&format!("10.{}.{network}.1", user % 250));
            population.learn(&login.0, &profile, &Assessment::default());
            profile.learn(&login.0, &Assessment::default());
        }
    }
    population
}

#[test]
fn where_many_wander_a_new_network_surprises_less() {
    let mut profile = Profile::default();
    for day in 0..8 {
        profile.learn(&home().day(day - 8).0, &Assessment::default());
    }
    let roaming = home().network(9500, "Vodafone").ip("192.0.2.1");
    let rules = RuleSet::default();
    let says = |population: &Population| {
        let world = World { population, ..World::new(&rules, Level::Red) };
        let judged = assess(&roaming.0, &profile, &world);
        judged.reasons.into_iter().find(|reason| reason.code == "net.asn.new").map_or(0.0, |r| r.evidence)
    };
    let (still, moving) = (says(&wanderers(false)), says(&wanderers(true)));
    assert!(moving < still - 1.0, "{moving} {still}");
}

#[test]
fn replicas_add_up() {
    let (mut one, mut two, mut both) = (Population::default(), Population::default(), Population::default());
    crowd(&mut one, 10, 5, &home());
    crowd(&mut two, 20, 5, &thief());
    crowd(&mut both, 10, 5, &home());
    crowd(&mut both, 20, 5, &thief());
    one.merge(&two);
    for login in [home(), thief()] {
        let country = Traits::of_observation(&login.0).country.expect("country");
        let (merged, whole) = (one.country(country, today()), both.country(country, today()));
        assert!(
            (merged.count - whole.count).abs() < 0.1 && (merged.above - whole.above).abs() < 0.2,
            "{merged:?} {whole:?}"
        );
    }
}

#[test]
fn it_is_read_as_it_was_written_and_garbage_is_refused() {
    let mut population = Population::default();
    crowd(&mut population, 30, 5, &home());
    population.report(&Traits::of_observation(&thief().0), (EVE, &Profile::default()), START);
    let bytes = population.encode();
    assert_eq!(Population::decode(&bytes).expect("population"), population);
    assert!(bytes.len() < 4_000, "{}", bytes.len());
    let mut random = SplitMix(5);
    for _ in 0..2_000 {
        let mut broken = bytes.clone();
        let place = random.below(broken.len() as u64) as usize;
        broken[place] = random.below(256) as u8;
        broken.truncate(1 + random.below(broken.len() as u64) as usize);
        if let Ok(read) = Population::decode(&broken) {
            let rules = RuleSet::default();
            let world = World { population: &read, ..World::new(&rules, Level::Red) };
            assert!(assess(&thief().0, &Profile::default(), &world).probability.is_finite());
        }
    }
}

#[test]
fn a_million_addresses_do_not_grow_it_beyond_its_bounds() {
    let mut counts = Counts::new(10_000, HALF_LIFE_DAYS);
    (0..5).for_each(|_| {
        counts.add(7, today());
    });
    for key in 0..1_000_000_u64 {
        counts.add(key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20, today() + (key / 100_000) as i32);
    }
    assert!(counts.len() <= 10_000, "{}", counts.len());
    assert!(counts.get(7, today() + 10).0 > 4.0, "what is frequent stays");
}

#[test]
fn a_denied_device_speaks_against_whoever_shows_it_and_fades() {
    let mut population = Population::default();
    let traits = |login: &Login| Traits::of_observation(&login.0);
    population.report(&traits(&thief()), (EVE, &Profile::default()), START);
    let says = |population: &Population, login: &Login| population.reported(&traits(login));
    assert!(says(&population, &thief()) >= 4.0);
    assert!(says(&population, &thief().device("other")) >= 1.0, "the same range");
    assert_eq!(says(&population, &home()), 0.0);
    assert!(says(&population, &thief().day(28)) < says(&population, &thief()) / 2.0);
    let mut other = Population::default();
    other.report(&traits(&thief()), (BEN, &Profile::default()), START);
    population.merge(&other);
    assert!(says(&population, &thief()) > 4.0 && says(&population, &thief()) <= 6.0);
    population.forgive(&traits(&thief()), EVE, START);
    assert_eq!(
        says(&population, &thief()),
        4.0,
        "who has an account of their own takes back no report of another"
    );
    population.forgive(&traits(&thief()), BEN, START);
    assert_eq!(says(&population, &thief()), 0.0);
}

#[test]
fn who_vouches_for_a_device_that_another_reported_is_not_alarmed_by_it() {
    let mut population = Population::default();
    population.report(&Traits::of_observation(&thief().0), (EVE, &Profile::default()), START);
    let mut bens = habits(5, &home());
    bens.trust(&Traits::of_observation(&thief().0), START);
    let rules = RuleSet::default();
    let world = World { population: &population, ..World::new(&rules, Level::Red) };
    assert_eq!(assess(&thief().0, &bens, &world).level, Level::Green);
}

#[test]
fn what_was_taken_back_stays_so_in_whatever_order_parts_are_added_up() {
    let (traits, nobody) = (Traits::of_observation(&thief().0), Profile::default());
    let says = |parts: [&Population; 3]| {
        let mut all = Population::default();
        parts.iter().for_each(|part| all.merge(part));
        all.reported(&traits)
    };
    let [mut here, mut there, mut late] = [(); 3].map(|()| Population::default());
    here.report(&traits, (EVE, &nobody), START);
    let mut known = here.clone();
    there.heed(&known.forgive(&traits, EVE, START));
    let in_any_order = |late: &Population, expected| {
        for parts in [[&here, &there, late], [late, &here, &there], [&there, late, &here]] {
            assert_eq!(says(parts), expected);
        }
    };
    in_any_order(&late, 0.0);
    late.heed(&known.report(&traits, (EVE, &nobody), START));
    in_any_order(&late, 4.0);
}

#[test]
fn what_several_processes_counted_of_new_values_is_there_after_it_was_written() {
    let part = novelty::Novelty::from(vec![(7, 3_000.0, 3_900.0)]);
    let mut all = part.clone();
    all.merge(&part);
    all.merge(&part);
    let read = novelty::Novelty::from(Vec::from(all));
    let rows: Vec<(u16, f32, f32)> = read.into();
    let [(7, came, promised)] = rows[..] else { panic!("{rows:?}") };
    assert!((came / promised - 3_000.0 / 3_900.0).abs() < 1e-6 && promised <= 4_000.0, "{rows:?}");
    let broken = vec![(7, f32::NAN, 1.0), (8, 1.0, -1.0), (60_000, 1.0, 1.0)];
    assert_eq!(Vec::from(novelty::Novelty::from(broken)), []);
}

#[test]
fn what_comes_late_counts_as_if_it_had_come_in_time() {
    let mut counts = Counts::new(10, HALF_LIFE_DAYS);
    counts.add(7, today());
    (0..50).for_each(|_| {
        counts.add(7, today() - 730);
    });
    assert!(counts.get(7, today()).0 < 2.0, "two years ago is not today: {:?}", counts.get(7, today()));
}

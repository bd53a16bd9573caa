//! What is said of a wave in numbers.

use super::*;
use crate::time::HOUR;

fn figures(kind: Wave, attempts: i64, users: i64) -> Figures {
    let started_at = Timestamp(0);
    let origin = Origin {
        kind,
        scope: Scope::Address,
        from: "203.0.113.7".into(),
        place: None,
        asn: None,
        started_at,
    };
    let until = Timestamp(10 * HOUR);
    let (usual_failures, common, beside) = (0.0, None, Vec::new());
    Figures {
        origin,
        since: started_at,
        until,
        last_at: None,
        last_hour: 0,
        more: false,
        attempts,
        failures: attempts,
        users,
        addresses: 1,
        usual_failures,
        common,
        beside,
    }
}

#[test]
fn what_its_first_attempt_could_not_tell_its_figures_do() {
    assert_eq!(figures(Wave::Guessing, 60, 1).kind(), Wave::Guessing);
    assert_eq!(figures(Wave::Guessing, 60, 40).kind(), Wave::Spray);
    assert_eq!(figures(Wave::Guessing, 6_000, 40).kind(), Wave::Stuffing);
    assert_eq!(figures(Wave::BruteForce, 60, 1).kind(), Wave::BruteForce);
}

#[cfg(feature = "store")]
#[test]
fn the_narrowest_thing_that_half_of_the_failures_share_is_what_they_have_in_common() {
    let from = |ip: &str, asn: u32, failures| {
        let network = Some((asn, Some("Proxy".to_owned())));
        Failed { ip: ip.parse().expect("an address"), network, failures }
    };
    let common = |failed: &[Failed]| {
        let all = failed.iter().map(|one| one.failures).sum();
        in_common(failed, all).map(|common| (common.scope, common.from, common.failures))
    };
    let spread: Vec<_> = (1..30).map(|n| from(&format!("45.{n}.1.1"), 100 + n, 1)).collect();
    assert_eq!(common(&spread), None);
    let one = [from("51.15.9.1", 7, 30), from("51.15.9.2", 7, 20), from("8.8.8.8", 8, 9)];
    assert_eq!(common(&one), Some((Scope::Address, "51.15.9.1".into(), 30)));
    let mut range: Vec<_> = (1..21).map(|n| from(&format!("51.15.9.{n}"), 7, 10)).collect();
    range.extend((1..30).map(|n| from(&format!("45.{n}.1.1"), 100 + n, 1)));
    assert_eq!(common(&range), Some((Scope::Prefix, "51.15.9.0/24".into(), 200)));
    let mut network: Vec<_> = (1..21).map(|n| from(&format!("51.15.{n}.1"), 7, 2)).collect();
    network.push(from("2001:db8::1", 8, 30));
    assert_eq!(common(&network), Some((Scope::Network, "Proxy (AS7)".into(), 40)));
    assert_eq!(common(&[from("51.15.9.1", 7, 1)]), None, "one failure has nothing in common");
}

#[test]
fn the_whole_projects_attempts_are_not_told_apart() {
    let origin = figures(Wave::Stuffing, 1, 1).origin;
    assert!(origin.is_told_apart());
    let of = |scope, from: &str| Origin { scope, from: from.into(), ..origin.clone() }.is_told_apart();
    assert!(of(Scope::Prefix, "203.0.113.0/24") && of(Scope::Account, "eve"));
    assert!(of(Scope::Prefix, "2001:db8::/48") && of(Scope::Address, "2001:db8:1:2::/64"));
    assert!(!of(Scope::Project, "many networks") && !of(Scope::Client, "curl"));
    assert!(!of(Scope::Network, "M247"), "its number is not known");
}

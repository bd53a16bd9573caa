//! What alerts are called.

use super::*;
use crate::event::NewEvent;
use crate::id::UserKey;
use crate::place::{Network, Place};

fn eve() -> EventUser {
    EventUser { key: UserKey(7), id: "112233".into(), name: Some("Eve Smith".into()) }
}

fn seen(verb: &str, country: Option<&str>) -> Observation {
    Observation {
        event: NewEvent { verb: verb.into(), ..NewEvent::default() },
        place: country.map(|name| Place { country_name: Some(name.into()), ..Place::default() }),
        ..Observation::default()
    }
}

fn judged(reasons: &[(&str, f64)]) -> Assessment {
    let reason = |(code, evidence): &(&str, f64)| Reason {
        code: (*code).into(),
        text: format!("text of {code}"),
        evidence: *evidence,
        ..Reason::default()
    };
    Assessment { reasons: reasons.iter().map(reason).collect(), ..Assessment::default() }
}

#[test]
fn a_title_says_who_did_what_from_where_and_why_it_is_unusual() {
    let strongest = judged(&[
        ("device.token.unknown", 4.0),
        ("net.asn.new", 3.5),
        ("net.country.new", 3.0),
        ("net.prefix.new", 1.0),
    ]);
    let title = title(Some(&eve()), &seen("log-in", Some("China")), &strongest);
    assert_eq!(title, "Eve Smith logged in from China, a new country, on a new device");
}

#[test]
fn a_new_range_of_a_known_network_is_no_new_network_and_what_is_done_then_follows() {
    let of = |reasons: &[(&str, f64)]| title(Some(&eve()), &seen("log-in", None), &judged(reasons));
    assert_eq!(of(&[("net.prefix.new", 2.0)]), "Eve Smith logged in, in a new address range");
    let network = of(&[("net.prefix.new", 2.0), ("net.asn.new", 1.0)]);
    assert_eq!(network, "Eve Smith logged in, on a new network");
    let (jump, moved) = (("session.travel.impossible", 3.0), ("session.network.changed", 4.0));
    let told = of(&[moved, jump]);
    assert_eq!(told, "Eve Smith logged in, in a session that moved too far too soon");
    let then = went_on(&went_on(&network, "email-update"), "data-export");
    assert_eq!(then, format!("{network}; then changed the e-mail address, exported data"));
}

#[test]
fn a_title_needs_neither_a_place_nor_a_known_reason() {
    let exonerated = judged(&[("device.token.known", -2.0)]);
    assert_eq!(title(Some(&eve()), &seen("log-in", None), &exonerated), "Eve Smith logged in");
    let placeless = title(Some(&eve()), &seen("log-in", None), &judged(&[("net.country.new", 3.0)]));
    assert_eq!(placeless, "Eve Smith logged in: text of net.country.new");
    let strange = judged(&[("moon.phase", 3.0)]);
    let full = title(None, &seen("export", Some("China")), &strange);
    assert_eq!(full, "An anonymous user used the account (“export”) from China: text of moon.phase");
}

#[test]
fn what_was_done_after_the_login_is_told_once() {
    let why = |code: &str, text: &str| {
        let reason = Reason { code: code.into(), text: text.into(), evidence: 4.0, ..Reason::default() };
        let judged = Assessment { reasons: vec![reason], ..Assessment::default() };
        title(Some(&eve()), &seen("password-update", None), &judged)
    };
    assert_eq!(
        why(
            "seq.sensitive.soon",
            "The password was changed 60 seconds after the login; before it, data were exported"
        ),
        "Eve Smith changed the password, 60 seconds after the login; before it, data were exported"
    );
    let chained = why("seq.email_then_password", "The password was changed right after the e-mail address");
    assert_eq!(chained, "Eve Smith changed the password, right after the e-mail address");
}

#[test]
fn events_share_an_alert_only_with_the_same_user_device_and_network() {
    let on = |device: &str, asn: u32| {
        let mut seen = seen("log-in", None);
        seen.event.device_id = Some(device.into());
        seen.network = Some(Network { asn: Some(asn), ..Network::default() });
        seen
    };
    let calm = judged(&[]);
    let key = dedup_key(Some(&eve()), &on("d1", 4134), &calm);
    assert_eq!(key, dedup_key(Some(&eve()), &on("d1", 4134), &calm));
    assert_ne!(key, dedup_key(Some(&eve()), &on("d2", 4134), &calm));
    assert_ne!(key, dedup_key(Some(&eve()), &on("d1", 4135), &calm));
    assert_ne!(key, dedup_key(None, &on("d1", 4134), &calm));
}

#[test]
fn all_that_goes_on_in_a_session_after_its_log_out_shares_an_alert() {
    let in_session = |session: &str, device: &str| {
        let mut seen = seen("access", Some("China"));
        (seen.event.session_id, seen.event.device_id) = (Some(session.into()), Some(device.into()));
        seen
    };
    let ended = judged(&[("session.ended", 5.5)]);
    let key = dedup_key(Some(&eve()), &in_session("s", "d1"), &ended);
    assert_eq!(key, dedup_key(Some(&eve()), &in_session("s", "d2"), &ended));
    assert_ne!(key, dedup_key(Some(&eve()), &in_session("t", "d1"), &ended));
    let title = title(Some(&eve()), &in_session("s", "d1"), &ended);
    assert_eq!(title, "Eve Smith used the account from China, in a session after its log-out");
}

#[test]
fn all_that_says_that_a_session_is_stolen_shares_an_alert_and_is_what_its_title_tells() {
    let in_session = |verb: &str, device: &str| {
        let mut seen = seen(verb, Some("Brazil"));
        (seen.event.session_id, seen.event.device_id) = (Some("s".into()), Some(device.into()));
        seen
    };
    let moved = judged(&[("seq.sensitive.soon", 4.0), ("session.network.changed", 2.5)]);
    let client = judged(&[("session.fingerprint.changed", 6.0), ("session.network.changed", 4.0)]);
    let export = in_session("data-export", "d1");
    let key = dedup_key(Some(&eve()), &export, &moved);
    assert_eq!(key, dedup_key(Some(&eve()), &in_session("access", "d2"), &client));
    assert_ne!(key, dedup_key(Some(&eve()), &export, &judged(&[("seq.sensitive.soon", 4.0)])));
    let told = title(Some(&eve()), &export, &moved);
    assert_eq!(told, "Eve Smith exported data from Brazil, in a session that moved to a new network");
    let told = title(Some(&eve()), &in_session("access", "d2"), &client);
    assert_eq!(told, "Eve Smith used the account from Brazil, in a session that moved to another client");
}

#[test]
fn what_a_rule_forbade_is_told_as_tried_not_as_done() {
    let forbidden = judged(&[("rule.deny", 30.0)]);
    let title = |verb| title(Some(&eve()), &seen(verb, Some("China")), &forbidden);
    assert_eq!(title("log-in"), "Eve Smith tried to log in from China; a rule forbade it");
    assert_eq!(title("log-in-denied"), "Eve Smith failed to log in from China; a rule forbade it");
    for verb in verb::TABLE.map(|known| known.name) {
        assert!(!title(verb).contains('“') && !title(verb).contains("although"), "{}", title(verb));
    }
    let first = denied(&eve(), &seen("log-in", None), "Bad neighbours");
    assert_eq!(first, "Eve Smith tried to log in; the rule “Bad neighbours” forbade it");
}

#[test]
fn users_who_share_an_alert_are_counted_by_network() {
    let of = |ip: &str| origin(ip.parse().expect("ip"));
    assert_eq!((of("6.6.6.6"), of("2001:db8:1:2::3")), ("6.6.6.0/24".into(), "2001:db8:1::/48".into()));
    let title = of_denied("Bad", 943, &of("6.6.6.6"));
    assert_eq!(title, "Rule “Bad”: 943 users from 6.6.6.0/24 were kept out");
    assert_eq!(of_denied("Bad", 2, ""), "Rule “Bad”: 2 users were kept out");
}

#[test]
fn every_documented_verb_is_said_in_words() {
    for verb in verb::TABLE.map(|known| known.name) {
        let title = title(Some(&eve()), &seen(verb, Some("Brazil")), &judged(&[]));
        assert!(!title.contains('“') && !title.contains(verb), "{title}");
        assert!(title.starts_with("Eve Smith ") && title.ends_with(" from Brazil"), "{title}");
    }
}

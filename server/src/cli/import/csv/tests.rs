//! Tables: their quotes, and what a map makes of their columns.

use serde_json::json;
use time::UtcOffset;

use super::super::rba::Rba;
use super::*;

const MAP: &str = r#"
delimiter = ";"
time = "[day].[month].[year] [hour]:[minute]"
[columns]
occurred_at = "When"
"user.id" = "Who"
ip = "From"
verb = "How"
country = "Land"
asn = "AS"
[constants]
"source.name" = "Shop"
[values.verb]
ok = "log-in"
no = "log-in-denied"
"#;

fn table(map: &str, is_json: bool) -> Table {
    let offset = UtcOffset::from_hms(1, 0, 0).expect("offset");
    Table { map: Map::parse(map, is_json, offset).expect("map"), header: None }
}

#[test]
fn quotes_hold_delimiters_line_ends_and_themselves() {
    assert_eq!(
        fields(
            r#"a,"b,c","d ""e""",,"f
g""#,
            ','
        ),
        ["a", "b,c", r#"d "e""#, "", "f\ng"]
    );
    assert_eq!(fields("", ','), [""]);
    assert_eq!(fields("\"open", ';'), ["open"]);
    assert_eq!(fields("5\" disk,x", ','), ["5\" disk", "x"]);
}

#[test]
fn a_map_says_which_column_is_what() {
    let mut table = table(MAP, false);
    assert_eq!(table.read("Who;When;From;How;Land;AS"), Ok(None));
    let read = table.read("eve;02.03.2026 08:30;1.2.3.4;no;nz;AS4771").expect("row").expect("event");
    assert_eq!(
        read.event,
        json!({"verb": "log-in-denied", "occurred_at": "2026-03-02T07:30:00.000Z", "ip": "1.2.3.4",
            "user": {"id": "eve"}, "source": {"name": "Shop"}})
    );
    let place = read.place.expect("place");
    assert_eq!((place.country.as_deref(), place.country_name.as_deref()), (Some("NZ"), Some("New Zealand")));
    assert_eq!(read.asn, Some(4_771));
    for bad in [
        "eve;02.03.2026 08:30;1.2.3.4;what;nz;1",
        "eve;yesterday;1.2.3.4;ok;nz;1",
        "eve;1",
        "e;02.03.2026 08:30;;ok;;ASx",
    ] {
        assert!(table.read(bad).is_err(), "{bad}");
    }
}

#[test]
fn times_are_read_in_every_form_a_map_may_name() {
    for (time, text, expected) in [
        ("unix", "1772438400", "2026-03-02T08:00:00.000Z"),
        ("unix", "1772438400.25", "2026-03-02T08:00:00.250Z"),
        ("unix_ms", "1772438400250", "2026-03-02T08:00:00.250Z"),
        ("rfc3339", "2026-03-02T08:00:00-01:00", "2026-03-02T09:00:00.000Z"),
        ("rfc3339", "2026-03-02 08:00:00", "2026-03-02T07:00:00.000Z"),
    ] {
        let map = json!({"time": time, "columns": {"occurred_at": "t"}, "constants": {"verb": "log-in"}})
            .to_string();
        let mut table = table(&map, true);
        assert_eq!(table.read("t"), Ok(None));
        let read = table.read(text).expect("row").expect("event");
        assert_eq!(read.event["occurred_at"].as_str(), Some(expected), "{time} {text}");
        assert!(table.read("1e400").is_err());
    }
}

#[test]
fn a_broken_map_or_header_is_refused_by_name() {
    let refused = |map: &str| Map::parse(map, false, UtcOffset::UTC).expect_err("refused");
    assert!(refused("[columns]\nwho = 'x'").contains("there is no field who"));
    assert!(refused("[columns]\nverb = 'x'").contains("occurred_at must be"));
    assert!(refused("time = '[nonsense]'\n[columns]\nverb = 'x'\noccurred_at = 't'").contains("time"));
    assert!(refused("colums = 1").contains("colums"));
    let told = table(MAP, false).read("Who;When;Place").expect_err("columns are missing");
    let missing = "the header has no column AS, Land, From, How; it has Who, When, Place (columns are parted by ';', as the map says)";
    assert_eq!(told, Fault::File(missing.to_owned()), "all of them at once, and nothing is read on for");
}

#[test]
fn a_row_of_the_rba_data_set_is_a_login_with_its_own_place() {
    let mut rba = Rba::default();
    let header = "index,Login Timestamp,User ID,Round-Trip Time [ms],IP Address,Country,Region,City,ASN,User Agent String,\
        Browser Name and Version,OS Name and Version,Device Type,Login Successful,Is Attack IP,Is Account Takeover";
    assert_eq!(rba.read(header), Ok(None));
    let row = "7,2020-02-03 12:43:30.772,-4324475583306591935,,10.0.65.171,NO,-,-,29695,\
        \"Mozilla/5.0  (iPhone; CPU iPhone OS 13_4 like Mac OS X)\",Firefox 20.0.0.1618,iOS 13.4,mobile,False,False,False";
    let read = rba.read(row).expect("row").expect("event");
    assert_eq!(
        read.event,
        json!({"id": "rba-7", "verb": "log-in-denied", "occurred_at": "2020-02-03 12:43:30.772", "ip": "10.0.65.171",
            "user_agent": "Mozilla/5.0  (iPhone; CPU iPhone OS 13_4 like Mac OS X)", "user": {"id": "-4324475583306591935"}})
    );
    let place = read.place.expect("place");
    assert_eq!((place.country_name.as_deref(), place.city, read.asn), (Some("Norway"), None, Some(29_695)));
    assert!(rba.read("1,2").is_err());
    let fault = Rba::default().read("a,b").expect_err("columns are missing");
    assert!(
        matches!(fault, Fault::File(why) if why.contains("no column Login Timestamp, User ID") && why.ends_with("it has a, b"))
    );
}

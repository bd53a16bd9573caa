//! A little of the world, so that tests have places: Auckland, Beijing, and one exit of Tor.

use std::fs::{self, File};
use std::net::IpAddr;
use std::path::Path;
use std::sync::LazyLock;

use porchlight_domain::Timestamp;
use porchlight_server::enrich::mmdb::Writer;
use serde_json::{Value, json};

/// An address in Auckland, New Zealand.
pub const AUCKLAND: &str = "122.56.232.10";
/// An address in Beijing, China.
pub const BEIJING: &str = "101.80.7.7";
/// An exit of Tor.
pub const TOR: &str = "185.220.101.4";

/// Writes the files that the server reads.
pub fn write(folder: &Path) {
    write_as(folder, "city.mmdb");
}

/// A folder with the same as if its places were DB-IP's. Written once: servers of other tests have it mapped.
pub fn by_dbip() -> &'static str {
    static FOLDER: LazyLock<String> = LazyLock::new(|| {
        let folder = std::env::temp_dir().join(format!("porchlight-dbip-{}", std::process::id()));
        write_as(&folder, "dbip-city.mmdb");
        folder.display().to_string()
    });
    &FOLDER
}

fn write_as(folder: &Path, cities: &str) {
    fs::create_dir_all(folder).expect("folder");
    let auckland = json!({
        "country_code": "NZ", "state1": "Auckland", "city": "Auckland", "postcode": "1150",
        "timezone": "Pacific/Auckland", "latitude": -36.8667, "longitude": 174.7667,
    });
    // As MaxMind writes it.
    let beijing = json!({
        "country": {"iso_code": "CN"}, "subdivisions": [{"iso_code": "BJ", "names": {"en": "Beijing"}}],
        "city": {"names": {"en": "Beijing"}}, "postal": {"code": "100000"},
        "location": {"latitude": 39.9042, "longitude": 116.4074, "time_zone": "Asia/Shanghai"},
    });
    table(
        &folder.join(cities),
        "City",
        [("122.56.0.0", "122.56.255.255", auckland), ("101.80.0.0", "101.80.255.255", beijing)],
    );
    let system = |number: u32, name: &str| json!({"autonomous_system_number": number, "autonomous_system_organization": name});
    let (spark, telecom) = (system(4648, "Spark New Zealand"), system(4812, "China Telecom"));
    table(
        &folder.join("asn.mmdb"),
        "ASN",
        [("122.56.0.0", "122.56.255.255", spark), ("101.80.0.0", "101.80.255.255", telecom)],
    );
    fs::write(folder.join("tor.txt"), format!("{TOR}\n")).expect("list");
}

fn table(path: &Path, kind: &str, ranges: [(&str, &str, Value); 2]) {
    let mut writer = Writer::default();
    for (first, last, record) in ranges {
        let ip = |text: &str| text.parse::<IpAddr>().expect("address");
        let record = writer.record(&record);
        writer.insert(ip(first), ip(last), record);
    }
    let mut file = File::create(path).expect("file");
    writer.finish(kind, Timestamp::from_seconds(1_772_438_400), &mut file).expect("table");
}

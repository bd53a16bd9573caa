//! One `.mmdb` file, mapped into memory: what it holds, when it was made, and what it says of an address.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use maxminddb::{Mmap, Reader};
use porchlight_domain::Timestamp;
use porchlight_domain::place::Credit;
use serde::Deserialize;

/// What the records of a table tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// City and coordinates.
    City,
    /// The country alone.
    Country,
    /// The autonomous system.
    System,
}

/// One file. It must be replaced by moving another over it: mapped pages vanish when a file is cut in place.
pub struct Table {
    /// The file's name without `.mmdb`.
    pub name: String,
    /// What it tells.
    pub kind: Kind,
    /// When it was made, as it says itself.
    pub built_at: Timestamp,
    /// Whom its licence asks to name.
    pub credit: Option<Credit>,
    reader: Reader<Mmap>,
}

impl Table {
    /// Maps the file. The error is a sentence for the operator.
    pub fn open(path: &Path) -> Result<Self, String> {
        let reader = Reader::open_mmap(path).map_err(|error| error.to_string())?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let kind = kind(&reader.metadata.database_type)
            .or_else(|| kind(&name))
            .ok_or("neither its type nor its name says city, country or ASN")?;
        let built_at = Timestamp::from_seconds(reader.metadata.build_epoch.try_into().unwrap_or_default());
        let credit = credit(&reader.metadata.database_type).or_else(|| credit(&name));
        Ok(Self { name, kind, built_at, credit, reader })
    }

    /// The record of the network that `ip` is in.
    pub fn find<'a, T: Deserialize<'a>>(&'a self, ip: IpAddr) -> Option<T> {
        // In a tree of IPv4 networks the first bits of an IPv6 address would lead to a stranger's record.
        if ip.is_ipv6() && self.reader.metadata.ip_version == 4 {
            return None;
        }
        // The reader indexes beyond its end when a file's inner offsets are damaged; an event must not be lost by that.
        catch_unwind(AssertUnwindSafe(|| self.reader.lookup(ip))).ok()?.ok()?
    }
}

fn kind(text: &str) -> Option<Kind> {
    let text = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match () {
        () if says(&["city", "enterprise"]) => Some(Kind::City),
        () if says(&["asn", "isp"]) => Some(Kind::System),
        () if says(&["country"]) => Some(Kind::Country),
        () => None,
    }
}

/// Its maker, by its type (`DBIP-City-Lite`) or its name (`dbip-city-ipv4`).
fn credit(text: &str) -> Option<Credit> {
    let text = text.to_ascii_lowercase();
    (text.contains("dbip") || text.contains("db-ip")).then_some(Credit::DbIp)
}

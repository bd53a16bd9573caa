//! A list of addresses and networks, one a line in a text file, searched by halving.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::net::IpAddr;
use std::path::Path;
use std::time::SystemTime;

use ipnet::IpNet;
use porchlight_domain::Timestamp;
use porchlight_domain::event::address::parse_range;

/// What one file lists.
pub struct List {
    /// The file's name.
    pub name: String,
    /// When the file was last written.
    pub built_at: Timestamp,
    /// First and last address, sorted, apart from each other; IPv4 stands among IPv6 as `::ffff:a.b.c.d`.
    ranges: Vec<(u128, u128)>,
}

impl List {
    /// Reads the file. What follows a `#` is left out, as are lines that are neither address nor CIDR: a list with
    /// nothing else is an error.
    pub fn read(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let built_at = written_at(path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (mut ranges, mut unreadable) = (Vec::new(), 0_u64);
        for line in BufReader::new(file).split(b'\n') {
            let line = line?;
            let text = String::from_utf8_lossy(line.split(|byte| *byte == b'#').next().unwrap_or_default());
            match (text.trim(), parse_range(&text)) {
                ("", _) => {}
                (_, Some(net)) => ranges.push(bounds(net)),
                (_, None) => unreadable += 1,
            }
        }
        if unreadable > 0 {
            tracing::warn!(
                list = name,
                lines = unreadable,
                "lines that are neither address nor CIDR were left out"
            );
        }
        if ranges.is_empty() {
            return Err(io::Error::other("it lists no address"));
        }
        Ok(Self { name, built_at, ranges: merge(ranges) })
    }

    /// Whether `ip` is on it.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = number(ip);
        let before = self.ranges.partition_point(|(first, _)| *first <= ip).checked_sub(1);
        before.and_then(|at| self.ranges.get(at)).is_some_and(|(_, last)| ip <= *last)
    }
}

/// When the file was last written, in whole seconds.
pub fn written_at(path: &Path) -> io::Result<Timestamp> {
    let since_epoch =
        std::fs::metadata(path)?.modified()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok(Timestamp::from_seconds(since_epoch.as_secs().try_into().unwrap_or_default()))
}

fn merge(mut ranges: Vec<(u128, u128)>) -> Vec<(u128, u128)> {
    ranges.sort_unstable();
    ranges.dedup_by(|next, before| {
        let joined = next.0 <= before.1.saturating_add(1);
        if joined {
            before.1 = before.1.max(next.1);
        }
        joined
    });
    ranges.shrink_to_fit();
    ranges
}

fn bounds(net: IpNet) -> (u128, u128) {
    (number(net.network()), number(net.broadcast()))
}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().into(),
        IpAddr::V6(ip) => ip.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> io::Result<List> {
        let path =
            std::env::temp_dir().join(format!("porchlight-list-{}-{}", std::process::id(), text.len()));
        std::fs::write(&path, text).unwrap();
        let list = List::read(&path);
        std::fs::remove_file(path).unwrap();
        list
    }

    #[test]
    fn a_list_holds_its_networks_to_their_last_address_and_no_further() {
        let text = "# exits\r\n10.1.0.0/16 # a network\n10.2.0.0/16\n192.0.2.7\nnonsense\n\n2001:db8::/32\n10.1.2.0/24";
        let list = list(text).unwrap();
        assert_eq!(list.ranges.len(), 3, "neighbours and what they hold are one range");
        for (ip, on_it) in [
            ("10.0.255.255", false),
            ("10.1.0.0", true),
            ("10.2.255.255", true),
            ("10.3.0.0", false),
            ("192.0.2.6", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true),
            ("2001:db9::", false),
            ("::", false),
        ] {
            assert_eq!(list.contains(ip.parse().unwrap()), on_it, "{ip}");
        }
    }

    #[test]
    fn a_list_of_nothing_is_an_error() {
        assert!(list("# nothing\nhere either\n").is_err());
    }
}

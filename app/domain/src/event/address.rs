//! A client's address as applications send it: alone, as a forwarded chain, with a port, a zone, or mapped into IPv6.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use crate::{Error, Result};

/// How much is kept of what was sent as an address and is none, in characters.
pub const MAX_UNREADABLE: usize = 200;

/// An address, and how it was read when it was not simply there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The client's address; IPv4 mapped into IPv6 is IPv4.
    pub ip: IpAddr,
    /// Why this address: `first of the chain 1.2.3.4, 10.0.0.1`.
    pub note: Option<String>,
}

impl Address {
    /// Reads what a client sent. An `X-Forwarded-For` chain gives its first hop, as ThisData read it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let first = text.split(',').map(str::trim).find(|hop| !hop.is_empty())?;
        let ip = parse_ip(first)?;
        let mut notes = Vec::new();
        if text.contains(',') {
            notes.push(format!("first of the chain {text}"));
        } else if is_local(ip) {
            notes.push("private or local address: it has no place or network".to_owned());
        }
        if first.contains('%') {
            notes.push(format!("read from {first}, without its zone"));
        } else if notes.is_empty() && ip.to_string() != text {
            notes.push(format!("read from {text}"));
        }
        Some(Self { ip, note: (!notes.is_empty()).then(|| notes.join("; ")) })
    }
}

/// Reads one address: a port, brackets, an IPv6 zone and the prefix `::ffff:` are taken off.
pub fn parse_ip(text: &str) -> Option<IpAddr> {
    if let Ok(socket) = text.parse::<SocketAddr>() {
        return Some(socket.ip().to_canonical());
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let bare = bare.split_once('%').map_or(bare, |(ip, _zone)| ip);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Some(ip.to_canonical());
    }
    let (inner, _port) = text.strip_prefix('[')?.split_once(']')?;
    let inner = inner.split_once('%').map_or(inner, |(ip, _zone)| ip);
    inner.parse::<Ipv6Addr>().ok().map(|ip| IpAddr::V6(ip).to_canonical())
}

/// The range in which a subscriber's addresses move, as the detection's prefixes: a /24, of IPv6 a /48.
pub fn range(ip: IpAddr) -> Option<IpNet> {
    IpNet::new(ip, if ip.is_ipv4() { 24 } else { 48 }).ok().map(|range| range.trunc())
}

/// True for addresses that say nothing of where their user is: private, loopback, link-local, shared (CGNAT), reserved.
pub fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || ip.is_broadcast()
                || ip.is_multicast()
                || (a == 100 && (64..128).contains(&b))
                || a == 0
                || a >= 240
        }
        IpAddr::V6(ip) => {
            let head = ip.segments()[0];
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_multicast()
                || head & 0xfe00 == 0xfc00
                || head & 0xffc0 == 0xfe80
        }
    }
}

/// Reads a range as people write it: an address, or CIDR even with host bits set (`122.56.232.7/22` is its network).
pub fn parse_range(text: &str) -> Option<IpNet> {
    let text = text.trim();
    if let Ok(net) = text.parse::<IpNet>() {
        return Some(net.trunc());
    }
    parse_ip(text).map(IpNet::from)
}

/// Which addresses of the log are asked for. It holds addresses as text, so a range is told by its leading octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// One address.
    One(IpAddr),
    /// All IPv4 addresses that begin so: `177.32.10`.
    Octets(String),
}

impl Within {
    /// Reads an address in any spelling, or an IPv4 range of whole octets in CIDR notation.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if let Some(ip) = parse_ip(text) {
            return Ok(Self::One(ip));
        }
        match text.parse::<IpNet>() {
            Ok(net) if net.prefix_len() == net.max_prefix_len() => Ok(Self::One(net.addr())),
            Ok(IpNet::V4(net)) if matches!(net.prefix_len(), 8 | 16 | 24) => {
                let octets = net.network().octets();
                let head = octets.iter().take(usize::from(net.prefix_len()) / 8).map(u8::to_string);
                Ok(Self::Octets(head.collect::<Vec<_>>().join(".")))
            }
            Ok(_) => {
                Err(Error::invalid("ip", "can be a range only of IPv4, and of whole octets: /8, /16 or /24"))
            }
            Err(_) => Err(Error::invalid("ip", "must be an IP address, or an IPv4 range as 177.32.10.0/24")),
        }
    }
}

/// The client behind `peer`, walking the forwarded chain from the right while each hop is a trusted proxy.
/// Returns the address and why it was taken.
pub fn behind_proxies(peer: IpAddr, forwarded_for: &str, trusted: &[IpNet]) -> (IpAddr, String) {
    let peer = peer.to_canonical();
    let trusts = |ip: IpAddr| trusted.iter().any(|net| net.contains(&ip));
    if !trusts(peer) {
        return (peer, "the connection's own address".to_owned());
    }
    let mut client = peer;
    let mut why = "a trusted proxy that forwarded no address".to_owned();
    for hop in forwarded_for.split(',').rev().map(str::trim).filter(|hop| !hop.is_empty()) {
        let Some(ip) = parse_ip(hop) else { break };
        client = ip;
        why = format!("forwarded by the trusted proxy {peer}");
        if !trusts(ip) {
            break;
        }
    }
    (client, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_clients_send_is_the_same_address() {
        for text in [
            "1.2.3.4",
            " 1.2.3.4 ",
            "1.2.3.4:51234",
            "::ffff:1.2.3.4",
            "[::ffff:1.2.3.4]:443",
            "1.2.3.4, 10.0.0.1",
            ", 1.2.3.4",
            "1.2.3.4:80, 10.0.0.1",
        ] {
            assert_eq!(Address::parse(text).map(|a| a.ip.to_string()).as_deref(), Some("1.2.3.4"), "{text}");
        }
        for text in ["fe80::1%eth0", "[fe80::1%eth0]", "[fe80::1]:80", "[fe80::1%25eth0]:80"] {
            assert_eq!(parse_ip(text).map(|ip| ip.to_string()).as_deref(), Some("fe80::1"), "{text}");
        }
    }

    #[test]
    fn a_filter_is_an_address_or_a_range_of_whole_octets() {
        let one = |text: &str| Ok(Within::One(text.parse().expect("ip")));
        for (text, expected) in [
            ("1.2.3.4", one("1.2.3.4")),
            ("::ffff:1.2.3.4", one("1.2.3.4")),
            ("1.2.3.4/32", one("1.2.3.4")),
            ("2001:DB8::1", one("2001:db8::1")),
            ("2001:db8::1/128", one("2001:db8::1")),
            ("10.0.0.0/8", Ok(Within::Octets("10".to_owned()))),
            ("10.9.8.7/16", Ok(Within::Octets("10.9".to_owned()))),
            ("177.32.10.0/24", Ok(Within::Octets("177.32.10".to_owned()))),
        ] {
            let read: Result<Within> = Within::parse(text);
            assert_eq!(read.map_err(|error| error.to_string()), expected, "{text}");
        }
        for text in
            ["", "zzz", "1.2.3.4/22", "0.0.0.0/0", "1.2.3.4/33", "2001:db8::/32", "1.2.3.%/24", "1.2.3.4\0"]
        {
            assert!(
                matches!(Within::parse(text), Err(Error::Invalid(errors)) if errors[0].field == "ip"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_note_says_what_was_taken_off() {
        let note = |text: &str| Address::parse(text).and_then(|address| address.note).unwrap_or_default();
        assert_eq!(note("2001:db8::1%eth0"), "read from 2001:db8::1%eth0, without its zone");
        let local = note("fe80::1%eth0");
        assert!(
            local.starts_with("private or local")
                && local.ends_with("read from fe80::1%eth0, without its zone")
        );
        assert_eq!(note("1.2.3.4:80"), "read from 1.2.3.4:80");
        assert_eq!(note("1.2.3.4"), "");
    }

    #[test]
    fn nonsense_is_no_address() {
        for text in ["", " ", ",", "home", "1.2.3", "1.2.3.4.5", "999.1.1.1", "[::1", "::1]", "1.2.3.4/24"] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_range_with_host_bits_is_its_network() {
        assert_eq!(parse_range("122.56.232.7/22").map(|n| n.to_string()).as_deref(), Some("122.56.232.0/22"));
        assert_eq!(parse_range("1.2.3.4").map(|n| n.to_string()).as_deref(), Some("1.2.3.4/32"));
        assert_eq!(parse_range(""), None);
        assert_eq!(parse_range("1.2.3.4/33"), None);
    }

    #[test]
    fn a_forged_hop_in_front_of_the_chain_is_not_believed() {
        let trusted = ["10.0.0.0/8".parse().expect("net")];
        let behind = |peer: &str, chain: &str| {
            behind_proxies(peer.parse().expect("ip"), chain, &trusted).0.to_string()
        };
        assert_eq!(behind("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2"), "1.2.3.4");
        assert_eq!(behind("9.9.9.9", "1.2.3.4"), "9.9.9.9", "an untrusted peer speaks only for itself");
        assert_eq!(behind("10.0.0.1", ""), "10.0.0.1");
        assert_eq!(behind("10.0.0.1", "1.2.3.4, garbage"), "10.0.0.1");
    }
}

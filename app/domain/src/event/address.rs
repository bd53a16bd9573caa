//! A client's address as applications send it: alone, as a forwarded chain, with a port, a zone, or mapped into IPv6.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

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
        let note = if text.contains(',') {
            Some(format!("first of the chain {text}"))
        } else if is_local(ip) {
            Some("private or local address: it has no place or network".to_owned())
        } else if ip.to_string() != text {
            Some(format!("read from {text}"))
        } else {
            None
        };
        Some(Self { ip, note })
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

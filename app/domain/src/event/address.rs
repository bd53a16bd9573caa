//! A client's address as applications send it: alone, as a forwarded chain, with a port, a zone, or mapped into IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use crate::{Error, Result};

/// How much is kept of what was sent as an address and is none, in characters.
pub const MAX_UNREADABLE: usize = 200;

/// An address, and how it was read when it was not simply there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The client's address; IPv4 mapped into IPv6, or translated by NAT64, is IPv4.
    pub ip: IpAddr,
    /// Why this address: `first of the chain 1.2.3.4, 10.0.0.1`.
    pub note: Option<String>,
}

impl Address {
    /// Reads what a client sent. An `X-Forwarded-For` chain gives its first hop, as ThisData read it, but for hops that
    /// say nothing while a later one does: whoever puts a private address in front of the chain hides behind it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut hops = text.split(',').map(str::trim).filter(|hop| !hop.is_empty());
        let first = hops.next()?;
        let public = |hop: &&str| parse_ip(hop).is_some_and(|ip| !is_local(ip));
        let later = if public(&first) { None } else { hops.find(public) };
        let hop = later.unwrap_or(first);
        let ip = parse_ip(hop)?;
        let mut notes = Vec::new();
        if text.contains(',') {
            let which = if later.is_some() { "first public one" } else { "first" };
            notes.push(format!("{which} of the chain {text}"));
        }
        if is_local(ip) {
            notes.push("private or local address: it has no place or network".to_owned());
        } else if is_tunnel(ip) {
            notes.push("tunnelled through 6to4 or Teredo: its place is not known".to_owned());
        }
        if hop.contains('%') {
            notes.push(format!("read from {hop}, without its zone"));
        } else if notes.is_empty() && ip.to_string() != text {
            notes.push(format!("read from {text}"));
        }
        Some(Self { ip, note: (!notes.is_empty()).then(|| notes.join("; ")) })
    }
}

/// Reads one address: a port, brackets, an IPv6 zone and the prefixes `::ffff:` and `64:ff9b::` are taken off.
pub fn parse_ip(text: &str) -> Option<IpAddr> {
    if let Ok(socket) = text.parse::<SocketAddr>() {
        return Some(canonical(socket.ip()));
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let bare = bare.split_once('%').map_or(bare, |(ip, _zone)| ip);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Some(canonical(ip));
    }
    let (inner, _port) = text.strip_prefix('[')?.split_once(']')?;
    let inner = inner.split_once('%').map_or(inner, |(ip, _zone)| ip);
    inner.parse::<Ipv6Addr>().ok().map(|ip| canonical(IpAddr::V6(ip)))
}

/// An IPv4 address that was written as IPv6 is itself.
fn canonical(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(ip) => embedded(ip).map_or(IpAddr::V6(ip), IpAddr::V4),
        ip => ip,
    }
}

/// The IPv4 address that is mapped into IPv6 (`::ffff:`), or that NAT64 translates (`64:ff9b::/96`, RFC 6052).
pub fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    let translated = ([a, b, c, d, e, f] == [0x64, 0xff9b, 0, 0, 0, 0])
        .then(|| Ipv4Addr::from((u32::from(g) << 16) | u32::from(h)));
    ip.to_ipv4_mapped().or(translated)
}

/// True for addresses of 6to4 (2002::/16) and Teredo (2001::/32): whoever is behind them may be anywhere.
pub fn is_tunnel(ip: IpAddr) -> bool {
    let IpAddr::V6(ip) = ip else { return false };
    let [a, b, ..] = ip.segments();
    a == 0x2002 || (a == 0x2001 && b == 0)
}

/// The range in which a subscriber's addresses move, as the detection's prefixes: a /24, of IPv6 a /48.
pub fn range(ip: IpAddr) -> Option<IpNet> {
    IpNet::new(ip, if ip.is_ipv4() { 24 } else { 48 }).ok().map(|range| range.trunc())
}

/// A /24, or a /48 or /64 of IPv6, as patterns of LIKE over the texts of its addresses (RFC 5952): where the range ends in
/// zeros, those of an address may be cut out. None for any other range.
pub fn texts(range: &str) -> Option<[String; 2]> {
    match range.parse().ok()? {
        IpNet::V4(net) if net.prefix_len() == 24 => {
            let [a, b, c, _] = net.network().octets();
            Some([format!("{a}.{b}.{c}.%"), String::new()])
        }
        IpNet::V6(net) if matches!(net.prefix_len(), 48 | 64) => {
            let segments = net.network().segments();
            let fixed = segments.get(..usize::from(net.prefix_len()) / 16)?;
            let text = |of: &[u16]| of.iter().map(|one| format!("{one:x}:")).collect::<String>();
            let left = fixed.iter().rposition(|one| *one != 0).map_or(0, |last| last + 1);
            let cut = fixed.get(..left).filter(|left| left.len() < fixed.len());
            let shorter = cut.map_or_else(String::new, |cut| {
                format!("{}{}%", text(cut), if cut.is_empty() { "::" } else { ":" })
            });
            Some([format!("{}%", text(fixed)), shorter])
        }
        _ => None,
    }
}

/// True for addresses that say nothing of where their user is: private, loopback, link-local, shared (CGNAT), reserved.
pub fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || ip.is_broadcast()
                || ip.is_multicast()
                || (a == 100 && (64..128).contains(&b))
                || a == 0
                || a >= 240
                || matches!([a, b, c], [192, 0, 0])
                || (a == 198 && b & 0xfe == 18)
        }
        IpAddr::V6(ip) => {
            let head = ip.segments()[0];
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_multicast()
                || head & 0xfe00 == 0xfc00
                || head & 0xff80 == 0xfe80
        }
    }
}

/// Reads a range: an address, or CIDR, even with bits beyond its length (`122.56.232.7/22` is its network), as lists of
/// others and rules of former days have them. What people write now is asked [`widened`] first.
pub fn parse_range(text: &str) -> Option<IpNet> {
    let text = text.trim();
    if let Ok(net) = text.parse::<IpNet>() {
        return Some(net.trunc());
    }
    parse_ip(text).map(IpNet::from)
}

/// The range that a text with bits beyond its length would be: `10.0.0.0/8` for `10.0.0.1/8`. Whoever wrote it may have meant
/// another length.
pub fn widened(text: &str) -> Option<IpNet> {
    let written: IpNet = text.trim().parse().ok()?;
    Some(written.trunc()).filter(|range| *range != written)
}

/// Which addresses of the log are asked for. It holds addresses as text, so a range is told by how they begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// One address.
    One(IpAddr),
    /// All IPv4 addresses that begin so: `177.32.10`.
    Octets(String),
    /// All of a /48 or /64 of IPv6, as patterns of LIKE: see [`texts`].
    Groups([String; 2]),
}

impl Within {
    /// Reads an address in any spelling, or a range in CIDR notation: of IPv4 whole octets, of IPv6 a /48 or /64.
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
            Ok(net) => texts(&net.to_string()).map(Self::Groups).ok_or_else(|| {
                Error::invalid("ip", "can be a range of /8, /16 or /24, of IPv6 of /48 or /64")
            }),
            Err(_) => Err(Error::invalid("ip", "must be an IP address, or a range as 177.32.10.0/24")),
        }
    }
}

/// The client behind `peer`, walking the forwarded chain from the right while each hop is a trusted proxy.
/// Returns the address and why it was taken.
pub fn behind_proxies(peer: IpAddr, forwarded_for: &str, trusted: &[IpNet]) -> (IpAddr, String) {
    let peer = canonical(peer);
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
mod tests;

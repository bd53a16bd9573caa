//! Addresses that webhooks may not go to: whoever may name a URL must not reach our own network through us.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

use crate::{Error, Result};

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(head: [u16; 4], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(head[0], head[1], head[2], head[3], 0, 0, 0, 0), prefix)
}

/// IANA's IPv4 special-purpose registry, and what clouds keep at public addresses.
const V4: &[(Ipv4Net, &str)] = &[
    (v4(0, 0, 0, 0, 8), "unspecified"),
    (v4(10, 0, 0, 0, 8), "private"),
    (v4(100, 64, 0, 0, 10), "shared by a provider (CGNAT)"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(168, 63, 129, 16, 32), "a cloud's metadata service"),
    (v4(169, 254, 169, 254, 32), "a cloud's metadata service"),
    (v4(169, 254, 0, 0, 16), "link-local"),
    (v4(172, 16, 0, 0, 12), "private"),
    (v4(192, 0, 0, 0, 24), "reserved for protocols"),
    (v4(192, 0, 2, 0, 24), "for documentation"),
    (v4(192, 88, 99, 0, 24), "a 6to4 relay"),
    (v4(192, 168, 0, 0, 16), "private"),
    (v4(198, 18, 0, 0, 15), "for benchmarks"),
    (v4(198, 51, 100, 0, 24), "for documentation"),
    (v4(203, 0, 113, 0, 24), "for documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 0, 4), "reserved"),
];

/// The same for IPv6, with the transition mechanisms that nobody needs to reach a receiver.
const V6: &[(Ipv6Net, &str)] = &[
    (v6([0x64, 0xff9b, 1, 0], 48), "a local NAT64 address"),
    (v6([0x2001, 0, 0, 0], 32), "a Teredo tunnel"),
    (v6([0x2001, 0, 0, 0], 23), "reserved for protocols"),
    (v6([0x2001, 0xdb8, 0, 0], 32), "for documentation"),
    (v6([0x2002, 0, 0, 0], 16), "a 6to4 tunnel"),
    (v6([0x3fff, 0, 0, 0], 20), "for documentation"),
    (v6([0xfc00, 0, 0, 0], 7), "private (unique local)"),
    (v6([0xfe80, 0, 0, 0], 10), "link-local"),
    (v6([0xfec0, 0, 0, 0], 10), "private (site-local)"),
    (v6([0xff00, 0, 0, 0], 8), "multicast"),
];

/// All that is global unicast in IPv6; what lies outside is reserved.
const GLOBAL: Ipv6Net = v6([0x2000, 0, 0, 0], 3);
/// NAT64's well-known prefix: where a network has no IPv4, every IPv4 receiver is reached through it.
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0, 0], 96);
/// IPv4 in IPv6: compatible (deprecated), mapped, translated.
const EMBEDDED: [Ipv6Net; 3] = [
    Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 96),
    Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96),
    Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96),
];

/// The ranges that the installation permits beside the public ones.
#[derive(Clone, Debug, Default)]
pub struct Allowed(Arc<[IpNet]>);

impl From<Vec<IpNet>> for Allowed {
    fn from(ranges: Vec<IpNet>) -> Self {
        Self(ranges.into())
    }
}

impl Allowed {
    /// Refuses a URL that names a forbidden address, while whoever typed it is there to read why. What a name resolves to
    /// is looked at with every attempt.
    pub fn check_url(&self, url: &str) -> Result<()> {
        // What is no URL is refused for that.
        let Ok(url) = Url::parse(url.trim()) else { return Ok(()) };
        let (host, addresses) = match url.host() {
            Some(Host::Ipv4(ip)) => (ip.to_string(), vec![IpAddr::V4(ip)]),
            Some(Host::Ipv6(ip)) => (ip.to_string(), vec![IpAddr::V6(ip)]),
            Some(Host::Domain(name)) if is_localhost(name) => {
                (name.to_owned(), vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()])
            }
            _ => return Ok(()),
        };
        let refused = addresses.iter().map(|ip| reason(*ip, &self.0)).collect::<Option<Vec<_>>>();
        match refused.and_then(|reasons| reasons.first().copied()) {
            Some(reason) => Err(Error::invalid(
                "url",
                format!(
                    "must not go to {host}, which is {reason}; if webhooks may go there, name its range in the setting \
                     WEBHOOK_ALLOW"
                ),
            )),
            None => Ok(()),
        }
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// Why webhooks may not go to `ip`; None when they may. `allow` are the ranges that the installation permits.
pub fn reason(ip: IpAddr, allow: &[IpNet]) -> Option<&'static str> {
    let ip = ip.to_canonical();
    if allow.iter().any(|net| net.contains(&ip)) {
        return None;
    }
    match ip {
        IpAddr::V4(ip) => find(V4, |net| net.contains(&ip)),
        IpAddr::V6(ip) => v6_reason(ip),
    }
}

fn v6_reason(ip: Ipv6Addr) -> Option<&'static str> {
    if ip.is_unspecified() {
        return Some("unspecified");
    }
    if ip.is_loopback() {
        return Some("loopback");
    }
    let [.., high, low] = ip.segments();
    let inner = Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    if NAT64.contains(&ip) {
        return find(V4, |net| net.contains(&inner));
    }
    if EMBEDDED.iter().any(|net| net.contains(&ip)) {
        return Some(find(V4, |net| net.contains(&inner)).unwrap_or("IPv4 written as IPv6"));
    }
    find(V6, |net| net.contains(&ip)).or_else(|| (!GLOBAL.contains(&ip)).then_some("reserved"))
}

fn find<N>(table: &[(N, &'static str)], holds: impl Fn(&N) -> bool) -> Option<&'static str> {
    table.iter().find(|(net, _)| holds(net)).map(|(_, reason)| *reason)
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests;

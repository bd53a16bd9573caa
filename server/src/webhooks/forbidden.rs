//! Addresses that webhooks may not go to: whoever may name a URL must not reach our own network through us.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

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
mod tests {
    use super::*;

    fn judged(text: &str, allow: &[&str]) -> Option<&'static str> {
        let allow: Vec<IpNet> = allow.iter().map(|net| net.parse().expect("net")).collect();
        reason(text.parse().expect("address"), &allow)
    }

    #[test]
    fn first_and_last_of_each_forbidden_range_are_forbidden_and_their_neighbours_are_not() {
        let ranges = [
            ("0.0.0.0", "0.255.255.255"),
            ("10.0.0.0", "10.255.255.255"),
            ("100.64.0.0", "100.127.255.255"),
            ("127.0.0.0", "127.255.255.255"),
            ("168.63.129.16", "168.63.129.16"),
            ("169.254.0.0", "169.254.255.255"),
            ("172.16.0.0", "172.31.255.255"),
            ("192.0.0.0", "192.0.0.255"),
            ("192.0.2.0", "192.0.2.255"),
            ("192.88.99.0", "192.88.99.255"),
            ("192.168.0.0", "192.168.255.255"),
            ("198.18.0.0", "198.19.255.255"),
            ("198.51.100.0", "198.51.100.255"),
            ("203.0.113.0", "203.0.113.255"),
            ("224.0.0.0", "255.255.255.255"),
        ];
        for (first, last) in ranges {
            let number = |text: &str| u32::from(text.parse::<Ipv4Addr>().expect("address"));
            let (first, last) = (number(first), number(last));
            for inside in [first, first + (last - first) / 2, last] {
                assert!(reason(IpAddr::V4(inside.into()), &[]).is_some(), "{}", Ipv4Addr::from(inside));
            }
            for outside in [first.checked_sub(1), last.checked_add(1)].into_iter().flatten() {
                let ip = Ipv4Addr::from(outside);
                assert_eq!(reason(IpAddr::V4(ip), &[]), None, "{ip}");
            }
        }
    }

    #[test]
    fn every_spelling_of_a_forbidden_address_in_ipv6_is_forbidden() {
        for v4 in ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "0.0.0.0"] {
            for prefix in ["::ffff:", "::", "::ffff:0:", "64:ff9b::"] {
                let text = format!("{prefix}{v4}");
                assert!(judged(&text, &[]).is_some(), "{text}");
            }
        }
        let others = [
            "::",
            "::1",
            "::8.8.8.8",
            "64:ff9b:1::8.8.8.8",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:808:808::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fdff::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
            "8000::",
            "::2:0:0:1",
        ];
        for text in others {
            assert!(judged(text, &[]).is_some(), "{text}");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.216.34",
            "100.63.255.255",
            "172.32.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001:81b::200e",
            "2001:4860:4860::8888",
            "2001:200::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
        ] {
            assert_eq!(judged(text, &[]), None, "{text}");
        }
    }

    #[test]
    fn what_the_installation_allows_passes_and_nothing_beside_it() {
        assert_eq!(judged("127.0.0.1", &["127.0.0.0/8"]), None);
        assert_eq!(judged("::ffff:127.0.0.1", &["127.0.0.0/8"]), None);
        assert_eq!(judged("fd00::1", &["fd00::/8"]), None);
        assert_eq!(judged("10.0.0.1", &["10.0.1.0/24"]), Some("private"));
        assert_eq!(judged("::1", &["127.0.0.0/8"]), Some("loopback"));
    }
}

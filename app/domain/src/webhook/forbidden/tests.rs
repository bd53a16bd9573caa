//! Tests of where webhooks may not go.

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
fn a_url_of_a_forbidden_address_is_refused_with_the_reason_and_the_setting() {
    let strict = Allowed::default();
    for (url, why) in [
        ("http://10.0.0.1/x", "10.0.0.1, which is private"),
        ("http://169.254.169.254/latest", "a cloud's metadata service"),
        ("https://[::1]:8443/", "::1, which is loopback"),
        ("http://[::ffff:10.0.0.1]/", "private"),
        ("http://2130706433/", "127.0.0.1, which is loopback"),
        ("http://0x7f.1/", "127.0.0.1, which is loopback"),
        ("http://localhost:3000/", "localhost, which is loopback"),
        ("http://app.localhost./", "loopback"),
    ] {
        let Err(Error::Invalid(errors)) = strict.check_url(url) else { panic!("{url} is taken") };
        assert_eq!(errors[0].field, "url");
        assert!(errors[0].message.contains(why) && errors[0].message.contains("WEBHOOK_ALLOW"), "{errors:?}");
    }
    for url in ["https://app.example/hook", "http://8.8.8.8/", "https://[2606:4700::1111]/", "nonsense", ""] {
        assert!(strict.check_url(url).is_ok(), "{url}");
    }
    let open = Allowed::from(vec!["127.0.0.0/8".parse().expect("net")]);
    for url in ["http://127.0.0.1:8080/", "http://localhost/"] {
        assert!(open.check_url(url).is_ok(), "{url}");
    }
    assert!(open.check_url("http://[::1]/").is_err());
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

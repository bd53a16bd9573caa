//! Every way an address is written, and what is none.

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
fn no_private_hop_hides_the_public_one_behind_it() {
    for (chain, expected) in [
        ("10.9.9.9, 49.12.4.4", "49.12.4.4"),
        ("127.0.0.1, 192.168.1.7, 49.12.4.4, 1.1.1.1", "49.12.4.4"),
        ("100.64.0.1,49.12.4.4", "49.12.4.4"),
        ("198.18.0.1, 192.0.0.8, 240.0.0.1, 0.0.0.0, 49.12.4.4", "49.12.4.4"),
        ("fd00::1, 2a01:4f8::1", "2a01:4f8::1"),
        ("fec0::1, fe80::1%eth0, ::1, 2a01:4f8::1", "2a01:4f8::1"),
        ("::ffff:10.9.9.9, ::ffff:49.12.4.4", "49.12.4.4"),
        ("unknown, 49.12.4.4", "49.12.4.4"),
        ("10.9.9.9:80, , zzz, [2a01:4f8::1]:443, 1.1.1.1", "2a01:4f8::1"),
        ("10.9.9.9, 49.12.4.4:51234", "49.12.4.4"),
        ("49.12.4.4, 10.9.9.9, 1.1.1.1", "49.12.4.4"),
        ("10.9.9.9, 192.168.1.7", "10.9.9.9"),
        ("10.9.9.9, zzz", "10.9.9.9"),
    ] {
        assert_eq!(Address::parse(chain).map(|a| a.ip.to_string()).as_deref(), Some(expected), "{chain}");
    }
    assert_eq!(Address::parse("zzz, 10.9.9.9"), None, "what stands first is no address, and none is public");
}

#[test]
fn a_filter_is_an_address_or_a_range_that_begins_as_its_addresses_do() {
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
        ("2001:DB8:7:9::1/64", Ok(Within::Groups(["2001:db8:7:9:%".to_owned(), String::new()]))),
        ("2001:db8::/48", Ok(Within::Groups(["2001:db8:0:%".to_owned(), "2001:db8::%".to_owned()]))),
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
        local.starts_with("private or local") && local.ends_with("read from fe80::1%eth0, without its zone")
    );
    assert_eq!(note("1.2.3.4:80"), "read from 1.2.3.4:80");
    assert_eq!(note("1.2.3.4"), "");
    assert_eq!(note("1.2.3.4, 10.0.0.1"), "first of the chain 1.2.3.4, 10.0.0.1");
    assert_eq!(note("10.0.0.1, 1.2.3.4"), "first public one of the chain 10.0.0.1, 1.2.3.4");
    assert!(note("10.0.0.1, ::1").starts_with("first of the chain 10.0.0.1, ::1; private or local"));
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
    let meant = |text: &str| widened(text).map(|range| range.to_string());
    assert_eq!(meant(" 203.0.113.7/2").as_deref(), Some("192.0.0.0/2"));
    assert_eq!(meant("2001:db8::1/32").as_deref(), Some("2001:db8::/32"));
    for good in ["192.0.0.0/2", "203.0.113.7", "203.0.113.7/32", "::/0", "home"] {
        assert_eq!(meant(good), None, "{good}");
    }
}

#[test]
fn an_address_that_nat64_translates_is_its_own_and_a_tunnels_is_nowhere() {
    let read = |text: &str| parse_ip(text).map(|ip| ip.to_string());
    for text in
        ["64:ff9b::203.0.113.7", "64:ff9b::cb00:7107", "[64:ff9b::cb00:7107]:443", "::ffff:203.0.113.7"]
    {
        assert_eq!(read(text).as_deref(), Some("203.0.113.7"), "{text}");
    }
    assert_eq!(read("64:ff9b:1::7").as_deref(), Some("64:ff9b:1::7"), "a prefix of a network's own");
    for (text, tunnelled) in [
        ("2001:0:4136:e378::1", true),
        ("2002:cb00:7107::1", true),
        ("2001:db8::1", false),
        ("1.2.3.4", false),
    ] {
        assert_eq!(parse_ip(text).map(is_tunnel), Some(tunnelled), "{text}");
        let note = Address::parse(text).and_then(|address| address.note).unwrap_or_default();
        assert_eq!(note.contains("its place is not known"), tunnelled, "{text}: {note}");
    }
}

#[test]
fn a_forged_hop_in_front_of_the_chain_is_not_believed() {
    let trusted = ["10.0.0.0/8".parse().expect("net")];
    let behind =
        |peer: &str, chain: &str| behind_proxies(peer.parse().expect("ip"), chain, &trusted).0.to_string();
    assert_eq!(behind("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2"), "1.2.3.4");
    assert_eq!(behind("9.9.9.9", "1.2.3.4"), "9.9.9.9", "an untrusted peer speaks only for itself");
    assert_eq!(behind("10.0.0.1", ""), "10.0.0.1");
    assert_eq!(behind("10.0.0.1", "1.2.3.4, garbage"), "10.0.0.1");
}

#[test]
fn a_range_is_known_by_its_text_also_where_zeros_are_cut_out() {
    let takes = |of: &str, ip: &str| {
        let patterns = texts(of).expect("a range");
        patterns.iter().any(|one| one.strip_suffix('%').is_some_and(|start| ip.starts_with(start)))
    };
    for (of, within, beyond) in [
        ("203.0.113.0/24", "203.0.113.200", "203.0.11.9"),
        ("2001:db8:1::/48", "2001:db8:1::7", "2001:db8:12::7"),
        ("2001:db8::/48", "2001:db8:0:5::7", "2001:db8:5::7"),
        ("2a03:b0c0:1:d0::/64", "2a03:b0c0:1:d0::12", "2a03:b0c0:1:d1::12"),
        ("2a03:b0c0:1:d0::/64", "2a03:b0c0:1:d0:5:6:7:8", "2a03:b0c0:1::12"),
        ("2001:db8:1::/64", "2001:db8:1::7", "2001:db8:1:2::7"),
        ("2001:db8::/64", "2001:db8::7", "2001:db8:0:5::7"),
    ] {
        assert!(takes(of, within) && !takes(of, beyond), "{of}");
    }
    assert_eq!([texts("203.0.0.0/16"), texts("many networks")], [None, None]);
}

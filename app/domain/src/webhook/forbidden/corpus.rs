//! Hundreds of spellings of addresses that must not be reached, and public ones that must be.

use std::collections::BTreeSet;
use std::net::IpAddr;

use url::{Host, Url};

use super::{Allowed, reason};

const FORBIDDEN: &str = include_str!("forbidden.txt");
const PUBLIC: &str = include_str!("public.txt");

/// The address that a client would dial for this spelling; None: it dials none.
fn dialled(spelling: &str) -> Option<IpAddr> {
    match Url::parse(&format!("http://{spelling}/hook")).ok()?.host()? {
        Host::Ipv4(ip) => Some(ip.into()),
        Host::Ipv6(ip) => Some(ip.into()),
        Host::Domain(name) => panic!("{spelling} would be looked up as {name}"),
    }
}

#[test]
fn no_spelling_of_a_forbidden_address_passes() {
    let spellings: BTreeSet<_> = FORBIDDEN.lines().collect();
    assert!(spellings.len() >= 300, "{}", spellings.len());
    let mut dialled_at_all = 0;
    for spelling in spellings {
        let Some(ip) = dialled(spelling) else { continue };
        dialled_at_all += 1;
        assert!(reason(ip, &[]).is_some(), "{spelling} passes as {ip}");
        let url = format!("http://{spelling}/hook");
        assert!(Allowed::default().check_url(&url).is_err(), "{spelling} may be registered");
    }
    assert!(dialled_at_all >= 300, "only {dialled_at_all} are spellings of an address at all");
    println!("W9: {dialled_at_all} spellings of forbidden addresses: none passes");
}

#[test]
fn no_public_address_is_refused() {
    for spelling in PUBLIC.lines() {
        let ip = dialled(spelling).unwrap_or_else(|| panic!("{spelling} is no address"));
        assert_eq!(reason(ip, &[]), None, "{spelling} is {ip}");
        let url = format!("http://{spelling}/hook");
        assert!(Allowed::default().check_url(&url).is_ok(), "{spelling}");
    }
    println!("W9: {} public addresses: none is refused", PUBLIC.lines().count());
}

//! Settings that are addresses: read, and refused in words that say what is expected.

use std::net::{SocketAddr, ToSocketAddrs};

use ipnet::IpNet;
use porchlight_domain::event::address::{parse_range, widened};
use url::Url;

/// An absolute URL that links can begin with.
pub(super) fn http_url(text: &str) -> Result<Url, String> {
    let url: Url = text.trim().parse().map_err(|error| format!("{text} is no URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!("{text} must begin with https:// or http:// and name a host"));
    }
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(format!("{text} must have no query, fragment or password: links begin with it"));
    }
    if url.path() != "/" {
        return Err(format!("{text} must have no path: Porchlight serves from the root of its host"));
    }
    Ok(url)
}

/// An address with its port; a name is looked up, and its IPv4 address taken where it has one.
pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let wanted = "expected an address or a name, and a port: 127.0.0.1:3000, [::]:3000 or localhost:3000";
    let named =
        text.rsplit_once(':').is_some_and(|(name, port)| is_name(name) && port.parse::<u16>().is_ok());
    if !named {
        return Err(wanted.to_owned());
    }
    let found = text.to_socket_addrs().map_err(|error| format!("{error}; {wanted}"))?;
    let found: Vec<_> = found.collect();
    let first = found.iter().find(|address| address.is_ipv4()).or(found.first()).copied();
    first.ok_or_else(|| format!("the name has no address; {wanted}"))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(['/', ' ', '@'])
}

pub(super) fn range(text: &str) -> Result<IpNet, String> {
    if let Some(range) = widened(text) {
        return Err(format!("{} has bits beyond its length: {range}?", text.trim()));
    }
    parse_range(text).ok_or_else(|| format!("{text} is neither an address nor a range in CIDR notation"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_to_listen_is_an_address_or_a_name_with_a_port() {
        for (text, address) in [("127.0.0.1:3000", "127.0.0.1:3000"), (" [::1]:80 ", "[::1]:80")] {
            assert_eq!(listen(text), Ok(address.parse().expect("address")), "{text}");
        }
        assert!(
            listen("localhost:3000")
                .is_ok_and(|address| address.ip().is_loopback() && address.port() == 3000)
        );
        for wrong in
            ["3000", "localhost", ":3000", "localhost:port", "localhost:70000", "", "http://localhost:3000"]
        {
            let told = listen(wrong).expect_err(wrong);
            assert!(told.contains("an address or a name, and a port"), "{wrong}: {told}");
        }
    }

    #[test]
    fn a_range_is_as_wide_as_it_looks() {
        assert!(range(" 10.0.0.0/8").is_ok() && range("::1").is_ok());
        assert_eq!(range("10.0.0.1/8"), Err("10.0.0.1/8 has bits beyond its length: 10.0.0.0/8?".into()));
        assert!(range("home").is_err());
    }

    #[test]
    fn a_public_url_is_a_root() {
        assert!(http_url("https://watch.example/").is_ok() && http_url("http://127.0.0.1:3000").is_ok());
        assert!(
            http_url("https://watch.example/porch").is_err_and(|told| told.contains("must have no path"))
        );
    }
}

//! Places and networks in words.

use crate::event::Observation;
use crate::place::Network;

pub(super) fn named(text: &str, network: Option<&str>) -> String {
    network.map_or_else(|| text.to_owned(), |name| format!("{text} ({name})"))
}

pub(super) fn country_name(seen: &Observation) -> &str {
    let place = seen.place.as_ref();
    place.and_then(|place| place.country_name.as_deref().or(place.country.as_deref())).unwrap_or_default()
}

pub(super) fn network_name(seen: &Observation) -> String {
    let Network { asn, name, .. } = seen.network.clone().unwrap_or_default();
    name.or_else(|| asn.map(|asn| format!("AS{asn}"))).unwrap_or_default()
}

pub(super) fn range(seen: &Observation) -> String {
    let ip = seen.event.address.as_ref().map(|address| address.ip);
    let length = |ip: std::net::IpAddr| if ip.is_ipv4() { 24 } else { 48 };
    ip.and_then(|ip| ipnet::IpNet::new(ip, length(ip)).ok())
        .map(|net| net.trunc().to_string())
        .unwrap_or_default()
}

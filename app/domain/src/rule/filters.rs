//! The filters of a list: addresses and ranges, or countries.

use ipnet::{IpNet, Ipv4Net};

use super::{MAX_FILTERS, RuleTarget, countries};
use crate::FieldError;
use crate::event::address::{embedded, parse_range, widened};

/// Filters written the usual way: addresses and ranges in one spelling, countries in capitals, blank and repeated ones left out.
pub(super) fn checked(target: RuleTarget, filters: &[String], errors: &mut Vec<FieldError>) -> Vec<String> {
    if filters.len() > MAX_FILTERS {
        errors.push(FieldError::new("filters", format!("must be at most {MAX_FILTERS}")));
        return Vec::new();
    }
    let mut checked = Vec::with_capacity(filters.len());
    let mut known = std::collections::HashSet::new();
    for (place, text) in filters.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        if target == RuleTarget::Ip
            && let Some(told) = told_widened(text)
        {
            errors.push(FieldError::new(format!("filters[{place}]"), told));
            continue;
        }
        let filter = match target {
            RuleTarget::Ip => range(text).map(|range| range_text(&range)),
            RuleTarget::Country => countries::checked(text),
        };
        match filter {
            Some(filter) if known.insert(filter.clone()) => checked.push(filter),
            Some(_) => {}
            None => errors.push(FieldError::new(format!("filters[{place}]"), complaint(target))),
        }
    }
    checked
}

fn complaint(target: RuleTarget) -> &'static str {
    match target {
        RuleTarget::Ip => "must be an address or a range like 122.56.232.0/22",
        RuleTarget::Country => "must be an ISO 3166-1 country code like NZ",
    }
}

/// What is wrong with a range that has bits beyond its length: it would hold more than whoever wrote it sees.
pub(super) fn told_widened(text: &str) -> Option<String> {
    let range = widened(text)?;
    Some(format!("must have no bits beyond its length: is {} meant as {range}?", text.trim()))
}

/// What is to be said of ranges that hold all addresses.
pub(super) fn told_everything(ranges: impl IntoIterator<Item = IpNet>) -> Option<String> {
    let all = ranges.into_iter().find(|range| range.prefix_len() == 0)?;
    let kind = if matches!(all, IpNet::V4(_)) { "IPv4" } else { "IPv6" };
    Some(format!("Its range {all} holds every {kind} address: it hits every event with one."))
}

/// Reads a filter; a range of IPv4 mapped or translated into IPv6 is the IPv4 range, as addresses are read.
pub(crate) fn range(text: &str) -> Option<IpNet> {
    let range = parse_range(text)?;
    if let IpNet::V6(mapped) = range
        && let Some(ip) = embedded(mapped.addr())
        && let Some(length) = mapped.prefix_len().checked_sub(96)
    {
        return Ipv4Net::new(ip, length).ok().map(IpNet::V4);
    }
    Some(range)
}

fn range_text(range: &IpNet) -> String {
    if range.prefix_len() == range.max_prefix_len() { range.addr().to_string() } else { range.to_string() }
}

//! A rule: addresses or countries that an operator (or the application) always denies or always allows.

mod countries;
mod set;
#[cfg(feature = "store")]
pub mod store;
#[cfg(test)]
pub(crate) mod tests;

use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};

use crate::event::address::parse_range;
use crate::id::RuleId;
use crate::project::MAX_NAME;
use crate::{Error, FieldError, Result, Timestamp};
pub use set::{Hit, RuleSet};

/// The most filters one rule may have.
pub const MAX_FILTERS: usize = 1_000;
/// The longest description, in characters.
pub const MAX_DESCRIPTION: usize = 1_000;

/// What a hit means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleKind {
    /// Probability 1, red, block. Wins over allow.
    Deny,
    /// Green, whatever else is known.
    Allow,
}

impl RuleKind {
    /// As stored and shown: `deny`, `allow`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
        }
    }

    /// As ThisData's clients write it: `blacklist`, `whitelist`.
    pub fn thisdata_name(self) -> &'static str {
        match self {
            Self::Deny => "blacklist",
            Self::Allow => "whitelist",
        }
    }
}

impl FromStr for RuleKind {
    type Err = Error;
    /// Reads our names and ThisData's.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "deny" | "blacklist" => Ok(Self::Deny),
            "allow" | "whitelist" => Ok(Self::Allow),
            _ => Err(Error::invalid("type", "must be deny (blacklist) or allow (whitelist)")),
        }
    }
}

/// What a rule's filters are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum RuleTarget {
    /// The address: addresses and CIDR ranges.
    #[serde(rename = "location.ip")]
    Ip,
    /// The address' country: ISO 3166-1 alpha-2.
    #[serde(rename = "location.address.country_iso_code")]
    Country,
}

impl RuleTarget {
    /// As stored, shown and sent: ThisData's name of the field.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ip => "location.ip",
            Self::Country => "location.address.country_iso_code",
        }
    }
}

impl FromStr for RuleTarget {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let known = [Self::Ip, Self::Country].into_iter().find(|target| target.as_str() == text);
        known.ok_or_else(|| {
            Error::invalid("target", "must be location.ip or location.address.country_iso_code")
        })
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rule {
    /// Its id; ThisData's clients see the number.
    pub id: RuleId,
    /// Its name, shown with every event it decides.
    pub name: String,
    /// Why it exists.
    pub description: String,
    /// What a hit means.
    pub kind: RuleKind,
    /// What the filters are compared with.
    pub target: RuleTarget,
    /// Only events of this tenant; all of them when absent.
    pub source: Option<String>,
    /// Addresses and ranges, or countries. A rule without any hits nothing.
    pub filters: Vec<String>,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A rule as somebody writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NewRule {
    /// Its name.
    pub name: String,
    /// Why it exists.
    #[serde(default)]
    pub description: String,
    /// What a hit means.
    pub kind: RuleKind,
    /// What the filters are compared with.
    pub target: RuleTarget,
    /// Only events of this tenant.
    #[serde(default)]
    pub source: Option<String>,
    /// Addresses and ranges, or countries.
    #[serde(default)]
    pub filters: Vec<String>,
}

/// What of a rule changes; absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct RulePatch {
    /// Another name.
    pub name: Option<String>,
    /// Another description.
    pub description: Option<String>,
    /// Another meaning.
    pub kind: Option<RuleKind>,
    /// Another target.
    pub target: Option<RuleTarget>,
    /// Another tenant; blank: all of them.
    pub source: Option<String>,
    /// Other filters, all of them.
    pub filters: Option<Vec<String>>,
}

impl RulePatch {
    /// The rule as it will be, not checked yet.
    pub fn apply(self, rule: &Rule) -> NewRule {
        NewRule {
            name: self.name.unwrap_or_else(|| rule.name.clone()),
            description: self.description.unwrap_or_else(|| rule.description.clone()),
            kind: self.kind.unwrap_or(rule.kind),
            target: self.target.unwrap_or(rule.target),
            source: self.source.or_else(|| rule.source.clone()),
            filters: self.filters.unwrap_or_else(|| rule.filters.clone()),
        }
    }
}

impl NewRule {
    /// Checks it and writes it the usual way: trimmed, ranges without host bits, countries in capitals, blank and
    /// repeated filters left out. Every complaint names its field, a filter's its place: `filters[2]`.
    pub fn checked(self) -> Result<Self> {
        let mut errors = Vec::new();
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            errors.push(FieldError::new("name", "must not be blank"));
        } else if name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
            errors
                .push(FieldError::new("name", format!("must be at most {MAX_NAME} characters on one line")));
        }
        let description = self.description.trim().to_owned();
        if description.chars().count() > MAX_DESCRIPTION {
            errors.push(FieldError::new(
                "description",
                format!("must be at most {MAX_DESCRIPTION} characters"),
            ));
        }
        let source = self.source.map(|source| source.trim().to_owned()).filter(|source| !source.is_empty());
        if source.as_ref().is_some_and(|source| source.chars().count() > MAX_DESCRIPTION) {
            errors.push(FieldError::new("source", format!("must be at most {MAX_DESCRIPTION} characters")));
        }
        let filters = checked_filters(self.target, &self.filters, &mut errors);
        if errors.is_empty() {
            Ok(Self { name, description, source, filters, ..self })
        } else {
            Err(Error::Invalid(errors))
        }
    }
}

fn checked_filters(target: RuleTarget, filters: &[String], errors: &mut Vec<FieldError>) -> Vec<String> {
    if filters.len() > MAX_FILTERS {
        errors.push(FieldError::new("filters", format!("must be at most {MAX_FILTERS}")));
        return Vec::new();
    }
    let mut checked = Vec::with_capacity(filters.len());
    let mut known = std::collections::HashSet::new();
    for (place, text) in filters.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
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

/// Reads a filter; a range of IPv4 mapped into IPv6 is the IPv4 range, as addresses are read.
fn range(text: &str) -> Option<IpNet> {
    let range = parse_range(text)?;
    if let IpNet::V6(mapped) = range
        && let Some(ip) = mapped.addr().to_ipv4_mapped()
        && let Some(length) = mapped.prefix_len().checked_sub(96)
    {
        return Ipv4Net::new(ip, length).ok().map(IpNet::V4);
    }
    Some(range)
}

fn range_text(range: &IpNet) -> String {
    if range.prefix_len() == range.max_prefix_len() { range.addr().to_string() } else { range.to_string() }
}

//! A party of a session: a client on a network, in 22 bytes.

use serde::{Deserialize, Serialize};

use crate::agent::{Agent, DeviceClass};
use crate::profile::Sighting;
use crate::risk::crowd::{mix, mix_folded, mix_text};

/// Who acts. 0 is unknown and equals nothing and differs from nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Party {
    /// Seconds since the session's login.
    pub(super) age: u32,
    pub(super) os: u16,
    pub(super) browser: u16,
    /// The fingerprint that the application gave.
    pub(super) fingerprint: u16,
    pub(super) class: u8,
    pub(super) hidden: bool,
    pub(super) country: u16,
    pub(super) asn: u32,
    pub(super) prefix: u16,
}

impl Party {
    pub(super) fn of(seen: &Sighting<'_>, age: u32) -> Self {
        let traits = &seen.traits;
        let Agent { os, browser, class, .. } = &seen.agent;
        let is_v6 = seen.event.address.as_ref().is_some_and(|address| address.ip.is_ipv6());
        let name = |text: &Option<String>| text.as_deref().map_or(0, |text| short(mix_folded(text)));
        Self {
            age,
            os: name(os),
            browser: name(browser),
            fingerprint: seen.event.fingerprint.as_deref().map_or(0, |text| short(mix_text(text))),
            class: if *class == DeviceClass::Unknown { 0 } else { *class as u8 + 1 },
            hidden: traits.cover.is_some(),
            country: traits.country.map_or(0, |country| country as u16),
            asn: traits.asn.map_or(0, |asn| asn as u32),
            prefix: traits.prefix.map_or(0, |prefix| (short(mix(prefix)) & !V6) | if is_v6 { V6 } else { 0 }),
        }
    }

    /// The same client: nothing that both tell of it differs.
    pub(super) fn is_same_client(&self, other: &Self) -> bool {
        !differs(self.os, other.os)
            && !differs(self.browser, other.browser)
            && !differs(self.fingerprint, other.fingerprint)
    }

    /// The same network: one autonomous system, or one range where that is unknown.
    pub(super) fn is_same_network(&self, other: &Self) -> bool {
        if self.asn != 0 && other.asn != 0 {
            self.asn == other.asn
        } else {
            !differs(self.prefix, other.prefix)
        }
    }

    /// Another range of the same network. One line has an IPv4 and an IPv6 address at once: these are not two ranges.
    pub(super) fn is_other_range(&self, other: &Self) -> bool {
        self.asn == other.asn && differs(self.prefix, other.prefix) && (self.prefix ^ other.prefix) & V6 == 0
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.is_same_client(other) && self.is_same_network(other)
    }
}

/// The bit of a prefix that says IPv6.
const V6: u16 = 2;

/// True when both are known and not the same.
pub(super) fn differs<T: Copy + PartialEq + Default>(one: T, other: T) -> bool {
    one != T::default() && other != T::default() && one != other
}

/// 16 bits, never 0: a session has a handful of values, so that two of them meet by chance once in 10,000.
fn short(mixed: u64) -> u16 {
    (mixed >> 48) as u16 | 1
}

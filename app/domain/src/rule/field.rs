//! What a condition may ask of an event: one table, read by the checker, the evaluation, the console and the docs.

use std::borrow::Cow;

use crate::Timestamp;
use crate::agent::DeviceClass;
use crate::event::Observation;
use crate::risk::Assessment;
use crate::time::{DAY, MINUTE};

/// What kind of value a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// `3`
    Whole,
    /// `0.5`
    Decimal,
    /// `"NZ"`
    Text,
    /// `["a", "b"]`
    Texts,
    /// `[1, 2]`
    Wholes,
    /// `[0.5, 1.0]`
    Decimals,
}

impl Kind {
    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "true or false",
            Self::Whole => "whole number",
            Self::Decimal => "decimal number",
            Self::Text => "text",
            Self::Texts => "list of text",
            Self::Wholes => "list of whole numbers",
            Self::Decimals => "list of decimal numbers",
        }
    }
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact<'a> {
    /// A flag.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A decimal number.
    Decimal(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// Texts.
    Texts(Vec<&'a str>),
}

/// What rules are told of one event: the event, what the habits made of it before any rule, and what is known of the
/// user. What is None is missing: a rule that needs it is skipped and says so.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The event.
    pub seen: &'a Observation,
    /// The judgement before any rule.
    pub assessment: &'a Assessment,
    /// How many logins of this user were learned from.
    pub logins: Option<u32>,
    /// Whether the device token is known as this user's.
    pub device_known: Option<bool>,
    /// When the user was first seen.
    pub user_since: Option<Timestamp>,
    /// When the session began.
    pub session_since: Option<Timestamp>,
}

/// A name that a condition may use.
#[derive(Debug)]
pub struct Field {
    /// `place.country`
    pub name: &'static str,
    /// What kind of value it has.
    pub kind: Kind,
    /// What it says.
    pub meaning: &'static str,
    /// An example of a condition with it.
    pub example: &'static str,
    read: for<'a> fn(&Facts<'a>) -> Option<Fact<'a>>,
}

impl Field {
    /// Its value; None when it is missing.
    pub fn of<'a>(&self, facts: &Facts<'a>) -> Option<Fact<'a>> {
        (self.read)(facts)
    }
}

/// Where a field stands in [`FIELDS`].
pub fn position(name: &str) -> Option<usize> {
    FIELDS.iter().position(|field| field.name == name)
}

/// The function that is not in CEL's standard library, for the table in the console and the docs.
pub const IN_CIDR: (&str, &str) = (
    "inCidr(event.ip, \"10.0.0.0/8\")",
    "True when the address lies in the range, or in one of a list of ranges: [\"10.0.0.0/8\", \"2001:db8::/32\"]",
);

/// What of CEL's standard library conditions may use.
pub const LANGUAGE: [(&str, &str); 5] = [
    (
        "&& || ! ?:",
        "and, or, not, if-else. A missing value does not matter where the other side decides alone",
    ),
    ("== != < <= > >= in + - * / %", "Compare values of one kind; look a value up in a list; count"),
    ("has(place.city)", "True when the value is known"),
    ("startsWith, endsWith, contains, size", "agent.browser.startsWith(\"Chrome\"), size(risk.reasons) > 2"),
    ("exists, all, exists_one", "risk.reasons.exists(code, code.startsWith(\"net.\"))"),
];

macro_rules! fields {
    ($($name:literal $kind:ident $meaning:literal $example:literal $read:expr;)*) => {
        /// Every name that a condition may use.
        pub const FIELDS: &[Field] = &[$(Field {
            name: $name, kind: Kind::$kind, meaning: $meaning, example: $example, read: $read,
        }),*];
    };
}

fields! {
    "event.verb" Text "What was done" "event.verb == \"log-in\"" |f| text(&f.seen.event.verb);
    "event.ip" Text "The client's address" "inCidr(event.ip, \"10.0.0.0/8\")"
        |f| Some(Fact::Text(f.seen.event.address.as_ref()?.ip.to_string().into()));
    "event.source" Text "The tenant of a multi-tenant application" "event.source in [\"guest-123\", \"guest-124\"]"
        |f| text(f.seen.event.source.as_ref()?.name.as_ref()?);
    "user.id" Text "The application's id of the user" "user.id.startsWith(\"admin-\")"
        |f| text(&f.seen.event.user.as_ref()?.id);
    "user.authenticated" Flag "The user proved to be who they say; false for failed logins and the anonymous" "!user.authenticated"
        |f| Some(Fact::Flag(f.seen.event.user.as_ref().is_some_and(|user| user.authenticated)));
    "user.logins" Whole "How many of the user's logins were learned from" "user.logins < 5"
        |f| f.logins.map(|logins| Fact::Whole(i64::from(logins)));
    "user.first_seen_days" Whole "Whole days since the user's first event" "user.first_seen_days < 7"
        |f| Some(Fact::Whole((f.seen.at.since(f.user_since?) / DAY).max(0)));
    "place.country" Text "ISO 3166-1 alpha-2, in capitals" "place.country in [\"NZ\", \"AU\"]"
        |f| text(f.seen.place.as_ref()?.country.as_ref()?);
    "place.city" Text "The city's name, as the geographic data writes it" "place.city == \"Auckland\""
        |f| text(f.seen.place.as_ref()?.city.as_ref()?);
    "network.asn" Whole "The autonomous system's number" "network.asn == 4771"
        |f| Some(Fact::Whole(f.seen.network.as_ref()?.asn?.into()));
    "network.name" Text "The autonomous system's name" "network.name.contains(\"Spark\")"
        |f| text(f.seen.network.as_ref()?.name.as_ref()?);
    "network.hosting" Flag "A data centre" "network.hosting && !device.known"
        |f| Some(Fact::Flag(f.seen.network.as_ref()?.hosting));
    "network.vpn" Flag "A commercial VPN's exit" "network.vpn" |f| Some(Fact::Flag(f.seen.network.as_ref()?.vpn));
    "network.tor" Flag "An exit of the Tor network" "network.tor" |f| Some(Fact::Flag(f.seen.network.as_ref()?.tor));
    "agent.browser" Text "The browser's family" "agent.browser != \"Chrome\""
        |f| text(f.seen.agent.browser.as_ref()?);
    "agent.os" Text "The operating system's family" "agent.os == \"Windows\"" |f| text(f.seen.agent.os.as_ref()?);
    "agent.device" Text "desktop, mobile, tablet, bot or unknown" "agent.device in [\"mobile\", \"tablet\"]"
        |f| Some(Fact::Text(DEVICES[class(f.seen.agent.class)].into()));
    "agent.bot" Flag "A program that says it is one" "agent.bot"
        |f| Some(Fact::Flag(f.seen.agent.class == DeviceClass::Bot));
    "device.id" Text "The device token" "device.id == \"kiosk-1\"" |f| text(f.seen.event.device_id.as_ref()?);
    "device.known" Flag "The device token is known as this user's; missing without a token" "!device.known"
        |f| f.device_known.map(Fact::Flag);
    "session.age_minutes" Whole "Whole minutes since the session began" "session.age_minutes < 10"
        |f| Some(Fact::Whole((f.seen.at.since(f.session_since?) / MINUTE).max(0)));
    "risk.score" Decimal "How likely it is that this is not the user, 0..1, before any rule" "risk.score > 0.3"
        |f| Some(Fact::Decimal(f.assessment.probability));
    "risk.level" Text "green, orange or red, before any rule" "risk.level != \"green\""
        |f| Some(Fact::Text(f.assessment.level.as_str().into()));
    "risk.reasons" Texts "The codes of what speaks against the user" "\"net.country.new\" in risk.reasons"
        |f| {
            let against = f.assessment.reasons.iter().filter(|reason| reason.speaks_against());
            Some(Fact::Texts(against.map(|reason| reason.code.as_str()).take(MAX_REASONS).collect()))
        };
    "time.hour" Whole "The hour in UTC, 0 to 23" "time.hour >= 22 || time.hour < 5"
        |f| Some(Fact::Whole(f.seen.at.hour().into()));
    "time.weekday" Whole "The day of the week in UTC, 1 Monday to 7 Sunday" "time.weekday > 5"
        |f| Some(Fact::Whole(weekday(f.seen.at)));
}

/// The most reasons a condition is shown: what it iterates over is bounded.
pub const MAX_REASONS: usize = 32;

fn text(value: &str) -> Option<Fact<'_>> {
    Some(Fact::Text(Cow::Borrowed(value)))
}

/// What `agent.device` says.
pub const DEVICES: [&str; 5] = ["desktop", "mobile", "tablet", "bot", "unknown"];

/// The place in [`DEVICES`].
fn class(class: DeviceClass) -> usize {
    match class {
        DeviceClass::Desktop => 0,
        DeviceClass::Mobile => 1,
        DeviceClass::Tablet => 2,
        DeviceClass::Bot => 3,
        DeviceClass::Unknown => 4,
    }
}

/// ISO 8601: Monday is 1. 1970-01-01 was a Thursday.
fn weekday(at: Timestamp) -> i64 {
    (at.0.div_euclid(DAY) + 3).rem_euclid(7) + 1
}

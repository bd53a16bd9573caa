//! One attempt to log in as the crowd sees it: from which networks and client, on whom, how it ended, how familiar.

use serde::{Deserialize, Serialize};

use super::pace::Moment;
use super::sketch::{mix, mix_text};
use crate::event::{Observation, verb};
use crate::profile::{Profile, Sighting, Traits};

/// How many kinds of attempt there are.
pub(super) const KINDS: usize = 7;

/// What an attempt looks like to somebody who watches a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A user's login from where, or on what, they are known.
    Own = 0,
    /// A login on nothing that the user is known by, or a user's first.
    Stranger = 1,
    /// A failure from where, or on what, the user is known.
    Typo = 2,
    /// Another failure from where a stranger failed on the account within days: whoever forgot a password tries again.
    Again = 3,
    /// A stranger's first failure on an account from there.
    Probe = 4,
    /// A failure on an account that has never been logged in to.
    Nobody = 5,
    /// A probe through a data centre, VPN or Tor.
    Hidden = 6,
}

impl Kind {
    /// True for what stuffing and spraying consist of: a stranger fails on an account that they did not try before.
    pub(super) fn is_probe(self) -> bool {
        matches!(self, Self::Probe | Self::Nobody | Self::Hidden)
    }
}

/// What attempts can have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = WaveScope)]
pub enum Scope {
    /// An address, or the /64 of IPv6.
    Address,
    /// A /24, or the /48 of IPv6.
    Prefix,
    /// An autonomous system.
    Network,
    /// A kind of client: system, device class, browser.
    Client,
    /// All of the project's attempts.
    Project,
    /// One account, from wherever.
    Account,
}

/// One thing that attempts can have in common, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) scope: Scope,
    pub(super) mixed: u64,
}

impl Key {
    /// What all attempts have in common.
    pub(super) const PROJECT: Self = Self { scope: Scope::Project, mixed: 0 };

    fn new(scope: Scope, value: Option<u64>) -> Option<Self> {
        value.map(|value| Self { scope, mixed: mix(value ^ ((scope as u64 + 1) << 58)) })
    }
}

/// How well the attempt fits what is known of its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Familiarity {
    /// Their device, their network range, or their kind of client in their network.
    Familiar,
    /// None of these.
    Strange,
    /// The user has no history, or nobody was named.
    Unknown,
}

impl Familiarity {
    fn of(traits: &Traits, profile: &Profile) -> Self {
        if profile.logins() == 0 {
            return Self::Unknown;
        }
        let today = traits.day();
        let knows = |habit: &crate::profile::habit::Habit, key: Option<u64>| {
            key.is_some_and(|key| habit.weight(key, today).is_some())
        };
        let familiar = knows(&profile.devices, traits.device)
            || knows(&profile.prefixes, traits.prefix)
            || (knows(&profile.networks, traits.asn) && knows(&profile.clients, traits.client));
        if familiar { Self::Familiar } else { Self::Strange }
    }
}

/// An attempt to log in.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    seen: &'a Observation,
    pub(super) moment: Moment,
    pub(super) user: Option<u64>,
    pub(super) passed: bool,
    pub(super) familiarity: Familiarity,
    /// Through a data centre, VPN or Tor.
    pub(super) hidden: bool,
    traits: Traits,
}

impl<'a> Attempt<'a> {
    /// What the crowd learns of an event, `profile` being its user's before it; None when it is no attempt to log in.
    pub fn of(seen: impl Into<Sighting<'a>>, profile: &Profile) -> Option<Self> {
        let Sighting { seen, traits } = seen.into();
        let event = &seen.event;
        if !verb::is_login(&event.verb) && event.verb != verb::LOG_IN_DENIED {
            return None;
        }
        let familiarity = match &event.user {
            Some(_) => Familiarity::of(&traits, profile),
            None => Familiarity::Unknown,
        };
        // Nothing happened before 1970; so that no later arithmetic can overflow.
        let seconds = |at: crate::Timestamp| at.seconds().max(0);
        let received = seconds(seen.received_at);
        Some(Self {
            seen,
            moment: Moment { at: seconds(seen.at).min(received), received },
            user: event.user.as_ref().map(|user| mix_text(&user.id)),
            passed: seen.is_login(),
            familiarity,
            hidden: traits.cover.is_some(),
            traits,
        })
    }

    /// The kind; `again` when a stranger failed on the account lately, from there.
    pub(super) fn kind(&self, again: bool) -> Kind {
        match (self.passed, self.familiarity) {
            (true, Familiarity::Familiar) => Kind::Own,
            (true, _) => Kind::Stranger,
            (false, Familiarity::Familiar) => Kind::Typo,
            (false, _) if again => Kind::Again,
            (false, _) if self.hidden => Kind::Hidden,
            (false, Familiarity::Strange) => Kind::Probe,
            (false, Familiarity::Unknown) => Kind::Nobody,
        }
    }

    /// What it has in common with others, but for the project, the widest first.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        [
            Key::new(Scope::Client, self.traits.client),
            Key::new(Scope::Network, self.traits.asn),
            Key::new(Scope::Prefix, self.traits.prefix),
            Key::new(Scope::Address, self.traits.address),
        ]
        .into_iter()
        .flatten()
    }

    /// True when the account has no history.
    pub(super) fn is_unknown(&self) -> bool {
        self.familiarity == Familiarity::Unknown
    }

    /// The network range, by which an account's visitors are told apart.
    pub(super) fn place(&self) -> Option<u64> {
        self.traits.prefix.map(mix)
    }

    /// The address, or the /64 of IPv6.
    pub(super) fn address(&self) -> Option<u64> {
        self.traits.address.map(mix)
    }

    /// The application's id of the user; empty when nobody was named.
    pub(super) fn user_id(&self) -> &str {
        self.seen.event.user.as_ref().map_or("", |user| &user.id)
    }

    /// What the attempts of this scope have in common, for people.
    pub(super) fn label(&self, scope: Scope) -> String {
        let ip = self.seen.event.address.as_ref().map(|address| address.ip);
        let range = |v4: u8, v6: u8| {
            let net = ip.and_then(|ip| ipnet::IpNet::new(ip, if ip.is_ipv4() { v4 } else { v6 }).ok());
            net.map(|net| net.trunc())
        };
        let network = self.seen.network.as_ref();
        let label = match scope {
            Scope::Address if ip.is_some_and(|ip| ip.is_ipv4()) => ip.map(|ip| ip.to_string()),
            Scope::Address => range(32, 64).map(|net| net.to_string()),
            Scope::Prefix => range(24, 48).map(|net| net.to_string()),
            Scope::Network => network.and_then(|network| {
                let number = network.asn.map(|asn| format!("AS{asn}"));
                network.name.clone().or(number)
            }),
            Scope::Client => self.seen.agent.label(),
            Scope::Project => Some("many networks".to_owned()),
            Scope::Account => Some(self.user_id().to_owned()),
        };
        label.unwrap_or_else(|| "one kind of client".to_owned())
    }
}

//! One attempt to log in as the crowd sees it: from which networks and client, on whom, how it ended, how familiar.

use serde::{Deserialize, Serialize};

pub use super::familiarity::Familiarity;
use super::familiarity::{is_at_home, is_own_device};
use super::pace::Moment;
use super::sketch::{mix, mix_text};
use crate::event::{Observation, verb};
use crate::profile::{Profile, Sighting, Traits};
use crate::risk::sequence::Action;

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

/// What attempts can have in common, the narrowest first but for an account.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
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
    /// Accounts that are being guessed at, when they are too many to tell of each.
    pub(super) const MANY: Self = Self { scope: Scope::Project, mixed: 1 };
    /// … and whose second factors are.
    pub(super) const MANY_FACTORS: Self = Self { scope: Scope::Project, mixed: 2 };

    fn new(scope: Scope, value: Option<u64>) -> Option<Self> {
        value.map(|value| Self { scope, mixed: mix(value ^ ((scope as u64 + 1) << 58)) })
    }
}

/// What is attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// To log in.
    Login,
    /// To give a second factor.
    Factor,
    /// To do what an account is taken over with.
    Action,
}

impl What {
    fn of(name: &str) -> Option<Self> {
        if verb::is_login(name) || name == verb::LOG_IN_DENIED {
            Some(Self::Login)
        } else if matches!(name, verb::CHALLENGE_PASS | verb::CHALLENGE_FAIL) {
            Some(Self::Factor)
        } else {
            Action::of(name).map(|_| Self::Action)
        }
    }
}

/// An attempt to log in, to give a second factor, or at what either is there to keep.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    seen: &'a Observation,
    pub(super) what: What,
    pub(super) moment: Moment,
    pub(super) user: Option<u64>,
    pub(super) passed: bool,
    pub(super) familiarity: Familiarity,
    /// On a device, or in a network range, that the user is known by.
    pub(super) at_home: bool,
    /// Where the user is known, and on what may be their own device.
    pub(super) own: bool,
    /// Through a data centre, VPN or Tor.
    pub(super) hidden: bool,
    traits: Traits,
}

impl<'a> Attempt<'a> {
    /// What the crowd learns of an event, `profile` being its user's before it; None when it attempts nothing.
    pub fn of(seen: impl Into<Sighting<'a>>, profile: &Profile) -> Option<Self> {
        let Sighting { seen, traits } = seen.into();
        let event = &seen.event;
        let what = What::of(&event.verb)?;
        let is_theirs = event.user.as_ref().is_some_and(|user| user.authenticated);
        let passed = match what {
            What::Login => seen.is_login(),
            What::Factor => is_theirs && event.verb == verb::CHALLENGE_PASS,
            What::Action => is_theirs,
        };
        // What is not proved to be the account's own is not held against it.
        if !passed && (what == What::Action || event.verb == verb::CHALLENGE_PASS) {
            return None;
        }
        let at_home = is_at_home(&traits, profile);
        let familiarity = match &event.user {
            Some(_) => Familiarity::of(&traits, profile, at_home),
            None => Familiarity::Unknown,
        };
        // Nothing happened before 1970; so that no later arithmetic can overflow.
        let seconds = |at: crate::Timestamp| at.seconds().max(0);
        let received = seconds(seen.received_at);
        Some(Self {
            seen,
            what,
            moment: Moment { at: seconds(seen.at).min(received), received },
            user: event.user.as_ref().map(|user| mix_text(&user.id)),
            passed,
            familiarity,
            at_home,
            own: familiarity == Familiarity::Familiar && is_own_device(&traits, profile),
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

    /// The session that it names.
    pub(super) fn session(&self) -> Option<u64> {
        self.seen.event.session_id.as_deref().filter(|id| !id.is_empty()).map(mix_text)
    }

    /// When, in seconds from 1970.
    pub(super) fn second(&self) -> u32 {
        u32::try_from(self.moment.at).unwrap_or(u32::MAX)
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

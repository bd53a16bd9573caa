//! One line of a lab's log: small, because a year has hundreds of thousands; made an [`Observation`] when it is read.

use super::client::Client;
use super::world::{Spot, World};
use crate::Timestamp;
use crate::event::address::Address;
use crate::event::{NewEvent, NewUser, Observation, verb};

/// Where somebody was when they logged in: the truth, which no policy sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    /// At home.
    #[default]
    Home,
    /// Behind an office's egress.
    Office,
    /// On the carrier.
    Carrier,
    /// A network used once.
    Cafe,
    /// A hotel's network.
    Trip,
    /// Behind a VPN.
    Vpn,
    /// Not the user at all.
    Attacker,
}

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Login {
    /// Seconds since 1970.
    pub at: i64,
    /// Whose account.
    pub account: u32,
    /// What was done.
    pub verb: &'static str,
    /// From which address.
    pub spot: Spot,
    /// With what.
    pub client: Client,
    /// The device token; 0: none.
    pub token: u64,
    /// The session; 0: none.
    pub session: u64,
    /// The truth about it.
    pub origin: Origin,
}

impl Login {
    /// The day of the lab.
    pub fn day(&self) -> i32 {
        (self.at.div_euclid(86_400)) as i32 - super::parameters::FIRST_DAY
    }

    /// True for a login whose credentials were right.
    pub fn is_login(&self) -> bool {
        verb::is_login(self.verb)
    }

    /// As the engine sees it, with what enrichment found. Without `tokens` the application sets no device cookie.
    pub fn observe(&self, world: &World, tokens: bool) -> Observation {
        let agent = self.client.agent();
        let device_id = (tokens && self.token != 0).then(|| format!("{:016x}", self.token));
        let at = Timestamp::from_seconds(self.at);
        let event = NewEvent {
            verb: self.verb.to_owned(),
            address: Some(Address { ip: world.ip(self.spot), note: None }),
            user_agent: agent.label(),
            user: Some(NewUser {
                id: format!("u{}", self.account),
                authenticated: !verb::is_failure(self.verb),
                ..NewUser::default()
            }),
            session_id: (self.session != 0).then(|| format!("s{:x}", self.session)),
            device_expected: device_id.is_some(),
            device_id,
            ..NewEvent::default()
        };
        Observation {
            event,
            at,
            received_at: at,
            is_history: false,
            place: Some(world.place(self.spot)),
            network: Some(world.network(self.spot)),
            agent,
            ..Observation::default()
        }
    }
}

/// FNV-1a over all fields of all events: equal for equal histories, whatever the machine.
pub fn fingerprint(logins: &[Login]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for login in logins {
        add(&login.at.to_le_bytes());
        add(&login.account.to_le_bytes());
        add(login.verb.as_bytes());
        add(&login.spot.block.to_le_bytes());
        add(&login.spot.host.to_le_bytes());
        add(&[login.client.kind, login.origin as u8]);
        add(&login.client.version.to_le_bytes());
        add(&login.token.to_le_bytes());
        add(&login.session.to_le_bytes());
    }
    hash
}

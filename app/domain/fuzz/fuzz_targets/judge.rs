//! Any stream of events, in any order of time: every judgement is a probability with words, every profile stays small
//! and is read back as it was written, and what a project learned as well.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use porchlight_domain::agent::{Agent, DeviceClass};
use porchlight_domain::event::address::Address;
use porchlight_domain::event::{NewEvent, NewUser, Observation};
use porchlight_domain::place::{Network, Place};
use porchlight_domain::profile::{MAX_BYTES, Profile, Traits};
use porchlight_domain::risk::memory::{Known, Learned, Memory, Setup, remember};
use porchlight_domain::risk::session::SessionMemory;
use porchlight_domain::risk::{Calibration, Level};
use porchlight_domain::rule::RuleSet;
use porchlight_domain::Timestamp;

const VERBS: [&str; 8] = [
    "log-in", "log-in-denied", "log-out", "access", "email-update", "password-update",
    "authentication-challenge-pass", "",
];

#[derive(Arbitrary, Debug)]
struct Step {
    user: u8,
    verb: u8,
    authenticated: bool,
    /// Seconds since the step before; or any moment at all.
    later: u16,
    moment: Option<i64>,
    v4: Option<u32>,
    v6: Option<u128>,
    country: Option<[u8; 2]>,
    asn: Option<u32>,
    cover: u8,
    position: Option<(f64, f64)>,
    agent: Option<(String, String, String, u8)>,
    device: Option<u16>,
    session: Option<u8>,
    answer: Option<bool>,
}

impl Step {
    fn observe(&self, clock: i64) -> Observation {
        let ip = self.v4.map(|bits| std::net::Ipv4Addr::from_bits(bits).into());
        let ip = ip.or(self.v6.map(|bits| std::net::Ipv6Addr::from_bits(bits).into()));
        let at = Timestamp(self.moment.unwrap_or(clock));
        let place = self.country.map(|code| Place {
            country: Some(code.map(char::from).iter().collect()),
            latitude: self.position.map(|position| position.0),
            longitude: self.position.map(|position| position.1),
            ..Place::default()
        });
        let network = (self.asn.is_some() || self.cover > 0).then(|| Network {
            asn: self.asn,
            tor: self.cover & 1 > 0,
            vpn: self.cover & 2 > 0,
            hosting: self.cover & 4 > 0,
            ..Network::default()
        });
        let agent = self.agent.clone().map(|(browser, version, os, class)| Agent {
            browser: Some(browser),
            browser_version: Some(version),
            os: Some(os),
            class: [DeviceClass::Desktop, DeviceClass::Mobile, DeviceClass::Bot, DeviceClass::Unknown]
                [usize::from(class % 4)],
            ..Agent::default()
        });
        let event = NewEvent {
            verb: VERBS[usize::from(self.verb) % VERBS.len()].into(),
            address: ip.map(|ip| Address { ip, note: None }),
            user: (self.user < 250).then(|| NewUser {
                id: self.user.to_string(),
                authenticated: self.authenticated,
                ..NewUser::default()
            }),
            session_id: self.session.map(|session| session.to_string()),
            device_id: self.device.map(|device| device.to_string()),
            device_expected: self.device.is_none(),
            ..NewEvent::default()
        };
        let (received_at, agent) = (Timestamp(clock), agent.unwrap_or_default());
        Observation { event, at, received_at, is_history: false, place, network, agent, ..Observation::default() }
    }
}

fuzz_target!(|steps: Vec<Step>| {
    let rules = RuleSet::default();
    let setup = Setup { rules: &rules, alert_level: Level::Red, challenge: Some(0.01), calibration: Calibration::SHIPPED };
    let mut memory = Memory::default();
    let mut profiles: [Profile; 4] = Default::default();
    let mut sessions: [Option<SessionMemory>; 4] = Default::default();
    let mut clock = 1_772_438_400_000_000_i64;
    for step in &steps {
        clock += i64::from(step.later) * 1_000_000;
        let seen = step.observe(clock);
        let profile = &mut profiles[usize::from(step.user % 4)];
        let session = &mut sessions[usize::from(step.session.unwrap_or(0) % 4)];
        let known = Known { session: session.as_ref(), user_since: Some(Timestamp(0)), ..Known::default() };
        let judged = memory.judge(&seen, profile, known, &setup);
        assert!((0.0..=1.0).contains(&judged.probability), "{judged:?}");
        assert_eq!(judged.level, Level::of(judged.probability));
        assert!(judged.reasons.iter().all(|reason| reason.evidence.is_finite() && !reason.text.is_empty()), "{judged:?}");
        *session = remember(session.take(), &seen, profile, &memory.learned.rates, &judged);
        if let Some(session) = session {
            assert!(SessionMemory::decode(&session.encode()).is_some());
        }
        memory.learn(&seen, profile, &judged);
        let traits = Traits::of_observation(&seen);
        match step.answer {
            Some(true) => profile.trust(&traits, seen.at),
            Some(false) => {
                profile.distrust(&traits, seen.at, seen.at);
                memory.learned.population.report(&traits, profile, seen.at);
            }
            None => {}
        }
        let bytes = profile.encode();
        assert!(bytes.len() <= MAX_BYTES, "{}", bytes.len());
        // Times are kept to the second: what was read is written as it was.
        assert_eq!(Profile::decode(&bytes).expect("what was encoded").encode(), bytes);
    }
    Learned::decode(&memory.learned.encode()).expect("what was encoded");
});

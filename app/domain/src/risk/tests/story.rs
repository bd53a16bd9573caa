//! Logins as tests tell them: a user at home in Auckland, and where else they might be.

use crate::Timestamp;
use crate::agent::{Agent, DeviceClass};
use crate::event::address::Address;
use crate::event::{EventSource, NewEvent, NewUser, Observation};
use crate::place::{Network, Place};
use crate::profile::Profile;
use crate::risk::{Assessment, Level, World, assess};
use crate::rule::RuleSet;
use crate::time::{DAY, HOUR, MINUTE};

/// 2026-03-02T08:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_772_438_400);

/// A login that is being described.
#[derive(Clone, Debug)]
pub(crate) struct Login(pub(crate) Observation);

/// From home in Auckland: Spark, Chrome 120 on Windows, a device token.
pub(crate) fn home() -> Login {
    let user = NewUser { id: "112233".into(), authenticated: true, ..NewUser::default() };
    let event = NewEvent { verb: "log-in".into(), user: Some(user), ..NewEvent::default() };
    let login = Login(Observation { event, at: START, received_at: START, ..Observation::default() });
    login
        .ip("203.0.113.7")
        .place("NZ", "New Zealand", Some("Auckland"), (-36.85, 174.76))
        .network(4771, "Spark New Zealand")
        .client("Chrome", "120.0.1", "Windows", DeviceClass::Desktop)
        .device("laptop")
}

/// From Beijing: China Telecom, Firefox on Linux, a token of its own.
pub(crate) fn thief() -> Login {
    home()
        .ip("198.51.100.9")
        .place("CN", "China", Some("Beijing"), (39.9, 116.4))
        .network(4134, "China Telecom")
        .client("Firefox", "121.0", "Linux", DeviceClass::Desktop)
        .device("thief")
}

impl Login {
    pub(crate) fn at(mut self, at: Timestamp) -> Self {
        (self.0.at, self.0.received_at) = (at, at);
        self
    }

    pub(crate) fn traits(&self) -> crate::profile::Traits {
        crate::profile::Traits::of_observation(&self.0)
    }

    /// So many days after the start, at the same hour.
    pub(crate) fn day(self, days: i64) -> Self {
        self.at(START.plus(days * DAY))
    }

    pub(crate) fn later(self, hours: i64) -> Self {
        let at = self.0.at.plus(hours * HOUR);
        self.at(at)
    }

    pub(crate) fn minutes(self, minutes: i64) -> Self {
        let at = self.0.at.plus(minutes * MINUTE);
        self.at(at)
    }

    pub(crate) fn verb(mut self, verb: &str) -> Self {
        self.0.event.verb = verb.into();
        self
    }

    pub(crate) fn failed(mut self) -> Self {
        self = self.verb("log-in-denied");
        self.0.event.user.iter_mut().for_each(|user| user.authenticated = false);
        self
    }

    pub(crate) fn anonymous(mut self) -> Self {
        self.0.event.user = None;
        self
    }

    pub(crate) fn source(mut self, name: &str) -> Self {
        self.0.event.source = Some(EventSource { name: Some(name.into()), logo_url: None });
        self
    }

    pub(crate) fn ip(mut self, ip: &str) -> Self {
        self.0.event.address = Address::parse(ip);
        self
    }

    pub(crate) fn place(mut self, country: &str, name: &str, city: Option<&str>, at: (f64, f64)) -> Self {
        self.0.place = Some(Place {
            country: Some(country.into()),
            country_name: Some(name.into()),
            city: city.map(Into::into),
            latitude: Some(at.0),
            longitude: Some(at.1),
            ..Place::default()
        });
        self
    }

    pub(crate) fn network(mut self, asn: u32, name: &str) -> Self {
        self.0.network = Some(Network { asn: Some(asn), name: Some(name.into()), ..Network::default() });
        self
    }

    fn cover(mut self, change: impl FnOnce(&mut Network)) -> Self {
        change(self.0.network.get_or_insert_default());
        self
    }

    pub(crate) fn tor(self) -> Self {
        self.cover(|network| network.tor = true)
    }

    pub(crate) fn vpn(self) -> Self {
        self.cover(|network| network.vpn = true)
    }

    pub(crate) fn hosting(self) -> Self {
        self.cover(|network| network.hosting = true)
    }

    pub(crate) fn client(mut self, browser: &str, version: &str, os: &str, class: DeviceClass) -> Self {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        self.0.agent = Agent {
            browser: text(browser),
            browser_version: text(version),
            os: text(os),
            os_version: None,
            class,
        };
        self
    }

    pub(crate) fn device(mut self, token: &str) -> Self {
        self.0.event.device_id = Some(token.into()).filter(|token: &String| !token.is_empty());
        self
    }

    pub(crate) fn no_cookie(mut self) -> Self {
        (self.0.event.device_id, self.0.event.device_expected) = (None, true);
        self
    }

    /// Without a user agent, or with one that nobody can read.
    pub(crate) fn no_client(self) -> Self {
        self.client("", "", "", DeviceClass::Unknown)
    }

    /// With something in the address's place that is none.
    pub(crate) fn forged(mut self) -> Self {
        (self.0.event.address, self.0.event.unreadable) = (None, Some("x".to_owned()));
        self.nowhere()
    }

    /// Nothing was found out about the address.
    pub(crate) fn nowhere(mut self) -> Self {
        (self.0.place, self.0.network) = (None, None);
        self
    }
}

/// Judges without rules.
pub(crate) fn judge(login: &Login, profile: &Profile) -> Assessment {
    assess(&login.0, profile, &World::new(&RuleSet::default(), Level::Red))
}

/// Judges and learns, as the events of a user come in.
pub(crate) fn live(profile: &mut Profile, login: &Login) -> Assessment {
    let assessment = judge(login, profile);
    profile.learn(&login.0, &assessment);
    assessment
}

/// A user with so many logins like this one, one a day, the last of them yesterday on the start.
pub(crate) fn habits(logins: i64, like: &Login) -> Profile {
    let mut profile = Profile::default();
    for day in 0..logins {
        let level = live(&mut profile, &like.clone().day(day - logins)).level;
        assert_eq!(level, Level::Green, "login {day} from home");
    }
    profile
}

/// The codes of the reasons against the user, strongest first.
pub(crate) fn codes(assessment: &Assessment) -> Vec<&str> {
    let against = assessment.reasons.iter().filter(|reason| reason.evidence > 0.0);
    against.map(|reason| reason.code.as_str()).collect()
}

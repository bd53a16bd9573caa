//! An example event for a rule: what its author says is known, and whether the rule should hit. A rule's tests.

use serde::Deserialize;

use super::{Facts, Mode, NewRule, Outcome, RuleSet};
use crate::agent::{Agent, DeviceClass};
use crate::event::address::Address;
use crate::event::{EventSource, NewEvent, NewUser, Observation, verb};
use crate::id::RuleId;
use crate::place::{Network, Place};
use crate::risk::{Assessment, Level, Reason};
use crate::time::{DAY, HOUR, MINUTE};
use crate::{Error, Result, Timestamp};

/// The Monday on which examples happen: 2026-03-02T00:00:00Z.
const MONDAY: Timestamp = Timestamp::from_seconds(1_772_409_600);

/// One test of a rule: `given` the values of the fields, by the names that conditions use, what is `expected`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// What it shows.
    #[serde(default)]
    pub name: String,
    /// The values; what is not given is missing.
    #[serde(default)]
    pub given: Example,
    /// What should come of it.
    pub expect: Expected,
}

/// What should come of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// The rule hits.
    Hit,
    /// It does not.
    Miss,
    /// It is skipped: something it needs is missing.
    Skip,
}

impl Vector {
    /// Evaluates the rule, in force whatever its mode says. None: as expected; else what happened.
    pub fn run(&self, rule: &NewRule) -> Result<Option<String>> {
        let rule = NewRule { mode: Mode::Enforce, expires_at: None, ..rule.clone() }.checked()?;
        let set = RuleSet::new(&[rule.into_rule(RuleId(1), false, MONDAY, MONDAY)]);
        let (seen, assessment) = (self.given.observation()?, self.given.risk.assessment()?);
        let verdict = set.evaluate(&self.given.facts(&seen, &assessment));
        let (came, text) = match verdict.notes.first().map(|note| &note.outcome) {
            None => (Expected::Miss, "it does not hit".to_owned()),
            Some(Outcome::Skipped { why }) => (Expected::Skip, format!("it is skipped: {why}")),
            Some(Outcome::Hit | Outcome::Shadow) => (Expected::Hit, "it hits".to_owned()),
        };
        Ok((came != self.expect).then_some(text))
    }
}

/// Values of fields, in the groups that their names have.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Example {
    event: EventPart,
    user: UserPart,
    place: PlacePart,
    network: Option<NetworkPart>,
    agent: AgentPart,
    device: DevicePart,
    session: SessionPart,
    risk: RiskPart,
    time: TimePart,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct EventPart {
    verb: Option<String>,
    ip: Option<String>,
    source: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct UserPart {
    id: Option<String>,
    authenticated: Option<bool>,
    logins: Option<u32>,
    first_seen_days: Option<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PlacePart {
    country: Option<String>,
    city: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NetworkPart {
    asn: Option<u32>,
    name: Option<String>,
    hosting: bool,
    vpn: bool,
    tor: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AgentPart {
    browser: Option<String>,
    os: Option<String>,
    device: Option<DeviceClass>,
    bot: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DevicePart {
    id: Option<String>,
    known: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SessionPart {
    age_minutes: Option<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RiskPart {
    score: Option<f64>,
    level: Option<Level>,
    reasons: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TimePart {
    hour: Option<i64>,
    weekday: Option<i64>,
}

impl AgentPart {
    fn agent(&self) -> Agent {
        let class = if self.bot { Some(DeviceClass::Bot) } else { self.device };
        let (browser, os) = (self.browser.clone(), self.os.clone());
        Agent { browser, os, class: class.unwrap_or_default(), ..Agent::default() }
    }
}

impl RiskPart {
    fn assessment(&self) -> Result<Assessment> {
        let probability = self.score.unwrap_or_default();
        if !(0.0..=1.0).contains(&probability) {
            return Err(Error::invalid("risk.score", "must be 0 to 1"));
        }
        let reason = |code: &String| Reason { code: code.clone(), evidence: 1.0, ..Reason::default() };
        Ok(Assessment {
            probability,
            level: self.level.unwrap_or(Level::of(probability)),
            reasons: self.reasons.iter().map(reason).collect(),
            ..Assessment::default()
        })
    }
}

impl Example {
    fn observation(&self) -> Result<Observation> {
        let at = self.at()?;
        let verb = self.event.verb.clone().unwrap_or_else(|| verb::LOG_IN.to_owned());
        let address = self.event.ip.as_ref().map(|ip| {
            let ip = ip.parse().map_err(|_| Error::invalid("event.ip", "must be an address"))?;
            Ok::<_, Error>(Address { ip, note: None })
        });
        let network = self.network.clone().map(|NetworkPart { asn, name, hosting, vpn, tor }| Network {
            asn,
            name,
            hosting,
            vpn,
            tor,
        });
        let PlacePart { country, city } = self.place.clone();
        Ok(Observation {
            event: NewEvent {
                user: self.user(&verb),
                verb,
                address: address.transpose()?,
                device_id: self.device.id.clone(),
                source: self
                    .event
                    .source
                    .clone()
                    .map(|name| EventSource { name: Some(name), ..EventSource::default() }),
                ..NewEvent::default()
            },
            at,
            received_at: at,
            is_history: false,
            place: (country.is_some() || city.is_some()).then(|| Place { country, city, ..Place::default() }),
            network,
            agent: self.agent.agent(),
            ..Observation::default()
        })
    }

    /// A named user proved to be who they say unless the verb, or the author, says otherwise.
    fn user(&self, verb: &str) -> Option<NewUser> {
        let UserPart { id, authenticated, logins, first_seen_days } = &self.user;
        let is_named =
            id.is_some() || authenticated.is_some() || logins.is_some() || first_seen_days.is_some();
        is_named.then(|| NewUser {
            id: id.clone().unwrap_or_else(|| "1".to_owned()),
            authenticated: authenticated.unwrap_or(!verb::is_failure(verb)),
            ..NewUser::default()
        })
    }

    fn at(&self) -> Result<Timestamp> {
        let (hour, weekday) = (self.time.hour.unwrap_or(12), self.time.weekday.unwrap_or(1));
        if !(0..24).contains(&hour) {
            return Err(Error::invalid("time.hour", "must be 0 to 23"));
        }
        if !(1..=7).contains(&weekday) {
            return Err(Error::invalid("time.weekday", "must be 1 to 7"));
        }
        Ok(MONDAY.plus((weekday - 1) * DAY + hour * HOUR))
    }

    fn facts<'a>(&self, seen: &'a Observation, assessment: &'a Assessment) -> Facts<'a> {
        let before = |units: Option<i64>, unit: i64| {
            units.map(|units| seen.at.plus(units.saturating_mul(unit).saturating_neg()))
        };
        Facts {
            seen,
            assessment,
            logins: self.user.logins,
            device_known: self.device.known,
            user_since: before(self.user.first_seen_days, DAY),
            session_since: before(self.session.age_minutes, MINUTE),
        }
    }
}

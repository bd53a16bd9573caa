//! What an alert about an event is called, and which events belong to the same alert.

use crate::event::{EventUser, Observation, verb};
use crate::risk::crowd::{Incident, Wave};
use crate::risk::{Assessment, Reason};

/// More clauses than this make a title unreadable; the reasons themselves are on the event.
const MAX_CLAUSES: usize = 3;

const NEW_COUNTRY: &str = "a new country";
const NEW_NETWORK: &str = "on a new network";

/// What a reason's code adds to the sentence.
const CLAUSES: [(&str, &str); 15] = [
    ("rule.deny", "although a rule forbids it"),
    ("user.reported", "like a login that was denied"),
    ("net.country.new", NEW_COUNTRY),
    ("net.asn.new", NEW_NETWORK),
    ("net.prefix.new", NEW_NETWORK),
    ("net.tor", "through the Tor network"),
    ("net.vpn", "through a VPN"),
    ("net.hosting", "from a data centre"),
    ("device.token.unknown", "on a new device"),
    ("device.token.missing", "on an unrecognised device"),
    ("client.family.new", "with a new browser"),
    ("client.version.downgrade", "with an older browser"),
    ("client.bot", "by a program"),
    ("travel.impossible", "too soon after a login elsewhere"),
    ("account.failures", "after failed attempts"),
];

/// A sentence without its full stop: `Eve Smith logged in from China, a new country, on a new device`.
pub fn title(user: Option<&EventUser>, seen: &Observation, assessment: &Assessment) -> String {
    let who = user.map_or("An anonymous user", EventUser::label);
    let country =
        seen.place.as_ref().and_then(|place| place.country_name.as_deref().or(place.country.as_deref()));
    let mut title = format!("{who} {}", deed(&seen.event.verb));
    if let Some(country) = country {
        title.push_str(&format!(" from {country}"));
    }
    let against: Vec<&Reason> = assessment.reasons.iter().filter(|reason| reason.evidence > 0.0).collect();
    let clauses = clauses(&against, country.is_some());
    if clauses.is_empty()
        && let Some(reason) = against.first()
    {
        title.push_str(&format!(": {}", reason.text));
    }
    for clause in clauses {
        title.push_str(&format!(", {clause}"));
    }
    title
}

/// The strongest clauses, without those that another one implies.
fn clauses(reasons: &[&Reason], has_country: bool) -> Vec<&'static str> {
    let known =
        |reason: &&Reason| CLAUSES.iter().find(|(code, _)| *code == reason.code).map(|(_, clause)| *clause);
    let all: Vec<&'static str> = reasons.iter().filter_map(known).collect();
    let abroad = all.contains(&NEW_COUNTRY);
    let mut clauses: Vec<&'static str> = Vec::new();
    for clause in all {
        let is_idle = (clause == NEW_NETWORK && abroad) || (clause == NEW_COUNTRY && !has_country);
        if !is_idle && !clauses.contains(&clause) && clauses.len() < MAX_CLAUSES {
            clauses.push(clause);
        }
    }
    // "a new country" explains the word before it, so it comes first.
    clauses.sort_by_key(|clause| *clause != NEW_COUNTRY);
    clauses
}

/// What was done, in words.
fn deed(verb: &str) -> String {
    let known = match verb {
        _ if verb::is_login(verb) => "logged in",
        "log-in-denied" => "failed to log in",
        "log-in-challenge" => "was challenged at login",
        "log-out" => "logged out",
        "access" => "used the account",
        "email-update" => "changed the e-mail address",
        "password-update" => "changed the password",
        "password-reset-request" => "asked for a password reset",
        "password-reset" => "reset the password",
        "password-reset-fail" => "failed to reset the password",
        "authentication-challenge" => "was asked to prove themselves",
        "authentication-challenge-pass" => "passed a challenge",
        "authentication-challenge-fail" => "failed a challenge",
        "two-factor-disable" => "turned off the second factor",
        other => return format!("used the account (“{other}”)"),
    };
    known.to_owned()
}

/// Events of one user, device and network belong to one alert while it is open.
pub fn dedup_key(user: Option<&EventUser>, seen: &Observation) -> String {
    let user = user.map_or_else(|| "anonymous".to_owned(), |user| user.key.to_string());
    let device = seen.event.device_id.clone().or_else(|| seen.agent.label()).unwrap_or_default();
    let network = match (seen.network.as_ref().and_then(|network| network.asn), &seen.event.address) {
        (Some(asn), _) => format!("AS{asn}"),
        (None, Some(address)) => address.ip.to_string(),
        (None, None) => String::new(),
    };
    format!("login|{user}|{network}|{device}")
}

/// What a wave of guesses is told as.
pub fn of_wave(incident: &Incident) -> String {
    let from = &incident.label;
    match incident.wave() {
        Wave::Stuffing => format!("Stolen passwords are being tried from {from}"),
        Wave::Spray => format!("Passwords are being guessed slowly from {from}"),
        Wave::BruteForce => format!("Many places are trying to log in as {from}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::NewEvent;
    use crate::id::UserKey;
    use crate::place::{Network, Place};

    fn eve() -> EventUser {
        EventUser { key: UserKey(7), id: "112233".into(), name: Some("Eve Smith".into()) }
    }

    fn seen(verb: &str, country: Option<&str>) -> Observation {
        Observation {
            event: NewEvent { verb: verb.into(), ..NewEvent::default() },
            place: country.map(|name| Place { country_name: Some(name.into()), ..Place::default() }),
            ..Observation::default()
        }
    }

    fn judged(reasons: &[(&str, f64)]) -> Assessment {
        let reason = |(code, evidence): &(&str, f64)| Reason {
            code: (*code).into(),
            text: format!("text of {code}"),
            evidence: *evidence,
            ..Reason::default()
        };
        Assessment { reasons: reasons.iter().map(reason).collect(), ..Assessment::default() }
    }

    #[test]
    fn a_title_says_who_did_what_from_where_and_why_it_is_unusual() {
        let strongest = judged(&[
            ("device.token.unknown", 4.0),
            ("net.asn.new", 3.5),
            ("net.country.new", 3.0),
            ("net.prefix.new", 1.0),
        ]);
        let title = title(Some(&eve()), &seen("log-in", Some("China")), &strongest);
        assert_eq!(title, "Eve Smith logged in from China, a new country, on a new device");
    }

    #[test]
    fn a_title_needs_neither_a_place_nor_a_known_reason() {
        let exonerated = judged(&[("device.token.known", -2.0)]);
        assert_eq!(title(Some(&eve()), &seen("log-in", None), &exonerated), "Eve Smith logged in");
        let placeless = title(Some(&eve()), &seen("log-in", None), &judged(&[("net.country.new", 3.0)]));
        assert_eq!(placeless, "Eve Smith logged in: text of net.country.new");
        let strange = judged(&[("moon.phase", 3.0)]);
        let full = title(None, &seen("export", Some("China")), &strange);
        assert_eq!(full, "An anonymous user used the account (“export”) from China: text of moon.phase");
    }

    #[test]
    fn events_share_an_alert_only_with_the_same_user_device_and_network() {
        let on = |device: &str, asn: u32| {
            let mut seen = seen("log-in", None);
            seen.event.device_id = Some(device.into());
            seen.network = Some(Network { asn: Some(asn), ..Network::default() });
            seen
        };
        let key = dedup_key(Some(&eve()), &on("d1", 4134));
        assert_eq!(key, dedup_key(Some(&eve()), &on("d1", 4134)));
        assert_ne!(key, dedup_key(Some(&eve()), &on("d2", 4134)));
        assert_ne!(key, dedup_key(Some(&eve()), &on("d1", 4135)));
        assert_ne!(key, dedup_key(None, &on("d1", 4134)));
    }

    #[test]
    fn every_documented_verb_is_said_in_words() {
        for verb in verb::KNOWN {
            let title = title(Some(&eve()), &seen(verb, Some("Brazil")), &judged(&[]));
            assert!(!title.contains('“') && !title.contains(verb), "{title}");
            assert!(title.starts_with("Eve Smith ") && title.ends_with(" from Brazil"), "{title}");
        }
    }
}

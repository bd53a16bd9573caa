//! What an alert about an event is called, and which events belong to the same alert.

use std::net::IpAddr;

use crate::event::{EventUser, Observation, address, verb};
use crate::risk::crowd::{Incident, Wave};
use crate::risk::sequence::Action;
use crate::risk::session::ENDED;
use crate::risk::{Assessment, Reason};
use crate::rule::verdict::DENIED;

/// More clauses than this make a title unreadable; the reasons themselves are on the event.
const MAX_CLAUSES: usize = 3;

const NEW_COUNTRY: &str = "a new country";
const NEW_NETWORK: &str = "on a new network";
const NEW_RANGE: &str = "in a new address range";
const OTHER_CLIENT: &str = "in a session that moved to another client";
const OTHER_NETWORK: &str = "in a session that moved to a new network";
const TOO_FAR: &str = "in a session that moved too far too soon";

/// What says that somebody else has a session: all of it is one theft.
const STOLEN: [&str; 4] = [
    "session.fingerprint.changed",
    "session.network.changed",
    "session.travel.impossible",
    "session.interleaved",
];

const THEN: &str = "; then ";

/// What stands for the network of an alert whose users come from more than one.
pub const SEVERAL: &str = "several networks";

/// What a reason's code adds to the sentence.
const CLAUSES: [(&str, &str); 27] = [
    ("session.fingerprint.changed", OTHER_CLIENT),
    ("session.network.changed", OTHER_NETWORK),
    ("session.travel.impossible", TOO_FAR),
    ("session.interleaved", "in a session that two use in turns"),
    (ENDED, "in a session after its log-out"),
    ("user.reported", "like a login that was denied"),
    ("net.country.new", NEW_COUNTRY),
    ("net.asn.new", NEW_NETWORK),
    ("net.prefix.new", NEW_RANGE),
    ("net.address.private", "from a private address"),
    ("net.tor", "through the Tor network"),
    ("net.vpn", "through a VPN"),
    ("net.hosting", "from a data centre"),
    ("device.token.unknown", "on a new device"),
    ("device.token.missing", "on an unrecognised device"),
    ("device.token.absent", "on an unrecognised device"),
    ("client.family.new", "with a new browser"),
    ("client.unreadable", "with a client that cannot be told"),
    ("client.version.downgrade", "with an older browser"),
    ("client.bot", "by a program"),
    ("travel.impossible", "too soon after a login elsewhere"),
    ("account.bruteforce", "after many failed attempts"),
    ("global.stuffing.hit", "from where passwords are being tried"),
    ("global.spray.hit", "from where passwords are being tried"),
    ("seq.email_then_password", "right after the e-mail address"),
    ("seq.email_then_mfa_off", "after the e-mail address was changed"),
    ("account.failures", "after failed attempts"),
];

/// A sentence without its full stop: `Eve Smith logged in from China, a new country, on a new device`.
pub fn title(user: Option<&EventUser>, seen: &Observation, assessment: &Assessment) -> String {
    if assessment.reasons.iter().any(|reason| reason.code == DENIED) {
        return format!("{}; a rule forbade it", opening(user, seen, attempt(&seen.event.verb)));
    }
    let has_country = country(seen).is_some();
    let mut title = opening(user, seen, deed(&seen.event.verb));
    let against: Vec<&Reason> = assessment.reasons.iter().filter(|reason| reason.evidence > 0.0).collect();
    let clauses = clauses(&against, has_country);
    if clauses.is_empty()
        && let Some(reason) = against.first()
    {
        // What was done is said already.
        match Action::of(&seen.event.verb).and_then(|action| action.how_soon(&reason.text)) {
            Some(soon) => title.push_str(&format!(", {soon}")),
            None => title.push_str(&format!(": {}", reason.text)),
        }
    }
    for clause in clauses {
        title.push_str(&format!(", {clause}"));
    }
    title
}

/// The title of an alert whose user went on to do this, too: `…; then changed the password, exported data`.
pub fn went_on(title: &str, verb: &str) -> String {
    let mark = if title.contains(THEN) { ", " } else { THEN };
    format!("{title}{mark}{}", deed(verb))
}

/// The key of the alert for all further devices and networks of a user who has many alerts already …
pub fn further_key(user: &EventUser) -> String {
    format!("login|{}|further", user.key)
}

/// … and what it is called.
pub fn further(user: &EventUser) -> String {
    format!("{} logged in from further networks, or on further devices, that are unusual", user.label())
}

/// What is told of users whom one rule kept out: so many, from `origin`, a network or [`SEVERAL`].
pub fn of_denied(rule: &str, users: i64, origin: &str) -> String {
    let from = if origin.is_empty() { String::new() } else { format!(" from {origin}") };
    format!("Rule “{rule}”: {users} users{from} were kept out")
}

/// The network that an address is counted to where users share an alert: its /24, or its /48 of IPv6.
pub fn origin(ip: IpAddr) -> String {
    address::range(ip).map_or_else(|| ip.to_string(), |range| range.to_string())
}

/// What is told of the first event that a rule forbade.
pub fn denied(user: &EventUser, seen: &Observation, rule: &str) -> String {
    format!("{}; the rule “{rule}” forbade it", opening(Some(user), seen, attempt(&seen.event.verb)))
}

fn country(seen: &Observation) -> Option<&str> {
    seen.place.as_ref().and_then(|place| place.country_name.as_deref().or(place.country.as_deref()))
}

fn opening(user: Option<&EventUser>, seen: &Observation, did: String) -> String {
    let who = user.map_or("An anonymous user", EventUser::label);
    country(seen).map_or_else(|| format!("{who} {did}"), |country| format!("{who} {did} from {country}"))
}

/// The strongest clauses, without those that another one implies.
fn clauses(reasons: &[&Reason], has_country: bool) -> Vec<&'static str> {
    let known =
        |reason: &&Reason| CLAUSES.iter().find(|(code, _)| *code == reason.code).map(|(_, clause)| *clause);
    let all: Vec<&'static str> = reasons.iter().filter_map(known).collect();
    let (abroad, moved) = (all.contains(&NEW_COUNTRY), all.contains(&OTHER_CLIENT) || all.contains(&TOO_FAR));
    let mut clauses: Vec<&'static str> = Vec::new();
    for &clause in &all {
        let is_idle = (clause == NEW_NETWORK && abroad)
            || (clause == NEW_RANGE && (abroad || all.contains(&NEW_NETWORK)))
            || (clause == NEW_COUNTRY && !has_country)
            || (clause == OTHER_NETWORK && moved);
        if !is_idle && !clauses.contains(&clause) && clauses.len() < MAX_CLAUSES {
            clauses.push(clause);
        }
    }
    // "a new country" explains the word before it, so it comes first.
    clauses.sort_by_key(|clause| *clause != NEW_COUNTRY);
    clauses
}

/// What somebody set out to do whom a rule forbade it: whether it was done all the same, only the application knows.
fn attempt(verb: &str) -> String {
    let tried = match verb {
        _ if verb::is_login(verb) => "log in",
        "log-out" => "log out",
        "access" => "use the account",
        "email-update" => "change the e-mail address",
        "password-update" => "change the password",
        "password-reset-request" => "ask for a password reset",
        "password-reset" => "reset the password",
        "two-factor-disable" => "turn off the second factor",
        "two-factor-update" => "add or replace a second factor",
        "recovery-codes-view" => "see the recovery codes",
        "recovery-update" => "change how the account is recovered",
        "api-key-create" => "make an API key",
        "data-export" => "export data",
        "payout-update" => "change where money goes",
        _ => return deed(verb),
    };
    format!("tried to {tried}")
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
        "two-factor-update" => "added or replaced a second factor",
        "recovery-codes-view" => "saw the recovery codes",
        "recovery-update" => "changed how the account is recovered",
        "api-key-create" => "made an API key",
        "data-export" => "exported data",
        "payout-update" => "changed where money goes",
        other => return format!("used the account (“{other}”)"),
    };
    known.to_owned()
}

/// True when what is judged was done in a session after its own log-out.
pub fn after_log_out(assessment: &Assessment) -> bool {
    assessment.reasons.iter().any(|reason| reason.code == ENDED)
}

fn in_stolen_session(assessment: &Assessment) -> bool {
    let against = assessment.reasons.iter().filter(|reason| reason.evidence > 0.0);
    against.into_iter().any(|reason| STOLEN.contains(&reason.code.as_str()))
}

/// Events of one user, device and network belong to one alert while it is open; so does all that goes on in one session after
/// its log-out, and all that says that one session is stolen.
pub fn dedup_key(user: Option<&EventUser>, seen: &Observation, assessment: &Assessment) -> String {
    let user = user.map_or_else(|| "anonymous".to_owned(), |user| user.key.to_string());
    if let Some(session) = seen.event.session_id.as_ref().filter(|_| after_log_out(assessment)) {
        return format!("ended|{user}|{session}");
    }
    if let Some(session) = seen.event.session_id.as_ref().filter(|_| in_stolen_session(assessment)) {
        return format!("session|{user}|{session}");
    }
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
        Wave::Guessing => format!("Passwords are being guessed from {from}"),
        Wave::InARow => format!("A hundred logins in a row failed as {from}"),
        Wave::SecondFactor => format!("The second factor of {from} is being guessed"),
        Wave::BruteForce => match &incident.place {
            Some(place) => format!("{place} keeps trying to log in as {from}"),
            None => format!("Several places keep trying to log in as {from}"),
        },
    }
}

#[cfg(test)]
mod tests;

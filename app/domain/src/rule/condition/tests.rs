//! What a condition may say, what is refused and where, and that none of it costs much.

mod doubts;
mod limits;

use super::*;
use crate::event::Observation;
use crate::risk::tests::story::{Login, home, thief};
use crate::risk::{Assessment, Reason};
use crate::rule::MAX_STEPS;
use crate::rule::tests::facts;

fn login() -> Login {
    home()
}

fn on(source: &str, seen: &Observation, assessment: &Assessment) -> Result<bool, String> {
    let condition = Condition::new(source).unwrap_or_else(|fault| panic!("{source}: {fault}"));
    let facts = Facts {
        logins: Some(12),
        device_known: Some(false),
        user_since: Some(seen.at.plus(-10 * crate::time::DAY)),
        ..facts(seen, assessment)
    };
    condition.holds(&facts)
}

fn holds(source: &str) -> Result<bool, String> {
    let reason = |code: &str, evidence| Reason { code: code.into(), evidence, ..Reason::default() };
    let assessment = Assessment {
        probability: 0.25,
        reasons: vec![
            reason("net.country.new", 3.0),
            reason("device.token.unknown", 2.0),
            reason("hour.usual", -1.0),
        ],
        ..Assessment::default()
    };
    on(source, &login().0, &assessment)
}

fn fault(source: &str) -> Fault {
    match Condition::new(source) {
        Err(fault) => fault,
        Ok(_) => panic!("accepted: {source}"),
    }
}

#[test]
fn every_example_of_the_table_is_a_condition() {
    for field in FIELDS {
        assert!(field.example.contains(field.name), "{}", field.name);
        Condition::new(field.example).unwrap_or_else(|fault| panic!("{}: {fault}", field.example));
    }
}

#[test]
fn conditions_hold_or_do_not() {
    for (source, expected) in [
        ("true", true),
        ("event.verb == \"log-in\" && user.logins >= 10", true),
        ("event.verb == 'log-out' || !user.authenticated", false),
        ("risk.score > 0.2 && risk.score < 1", true),
        ("\"net.country.new\" in risk.reasons", true),
        ("\"hour.usual\" in risk.reasons", false),
        ("risk.reasons.exists(code, code.startsWith(\"device.\"))", true),
        ("risk.reasons.all(code, code.contains(\".\")) && size(risk.reasons) == 2", true),
        ("[1, 2, 3].exists_one(number, number == user.logins - 10)", true),
        ("user.first_seen_days == 10 && user.logins in [11, 12]", true),
        ("inCidr(event.ip, \"203.0.113.0/24\")", true),
        ("inCidr(event.ip, [\"10.0.0.0/8\", \"2001:db8::/32\"])", false),
        ("has(user.id) && !has(session.age_minutes)", true),
        ("user.logins > 5 ? device.known : true", false),
        ("-user.logins < -11 && user.logins % 5 == 2 && user.logins == 12.0", true),
    ] {
        assert_eq!(holds(source), Ok(expected), "{source}");
    }
}

#[test]
fn what_is_missing_is_named_unless_it_does_not_matter() {
    let (nothing, nowhere) = (Assessment::default(), thief().nowhere().0);
    let of = |source| on(source, &nowhere, &nothing);
    assert_eq!(of("place.country == \"NZ\""), Err("place.country is not known".into()));
    assert_eq!(of("place.country == \"NZ\" || event.verb == \"log-in\""), Ok(true));
    assert_eq!(of("place.country == \"NZ\" && event.verb == \"log-out\""), Ok(false));
    assert_eq!(of("has(place.country) && place.country == \"NZ\""), Ok(false));
    assert_eq!(of("session.age_minutes < 5"), Err("session.age_minutes is not known".into()));
    let unknown = login().ip("").0;
    assert_eq!(
        on("inCidr(event.ip, \"10.0.0.0/8\")", &unknown, &nothing),
        Err("event.ip is not known".into())
    );
    assert_eq!(of("user.logins / 0 == 1"), Err("it divides by zero".into()));
    assert_eq!(of("user.logins * 9223372036854775807 > 1"), Err("a number in it grows too large".into()));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (source, at, text) in [
        ("place.contry == \"NZ\"", (1, 6), "there is no place.contry; there is: place.country, place.city"),
        ("true &&\n  plaice.country == 'x'", (2, 3), "there is no plaice; names begin with event, user"),
        ("network", (1, 1), "network is a group: write network.asn"),
        ("user.logins", (1, 5), "must be true or false, and this is a whole number"),
        ("user.logins == \"5\"", (1, 13), "== does not work on whole number and text"),
        ("risk.score + 1 > 1.0", (1, 12), "+ does not work on decimal number and whole number"),
        ("event.verb.matches(\"a*\")", (1, 19), "there is no function matches"),
        ("risk.reasons.map(c, c) == risk.reasons", (1, 17), "map and filter are not available"),
        ("risk.reasons.filter(c, true).size() > 1", (1, 20), "map and filter are not available"),
        ("risk.reasons[0] == \"a\"", (1, 13), "cannot be indexed"),
        ("inCidr(event.ip, \"10.0.0.0/33\")", (1, 18), "must be an address or a range"),
        ("inCidr(user.id, \"10.0.0.0/8\")", (1, 12), "inCidr looks at event.ip"),
        ("user.id in []", (1, 12), "an empty list"),
        ("user.id in [\"a\", 1]", (1, 18), "one kind"),
        ("user.id == null", (1, 12), "nothing is null"),
        ("size({'a': 1}) == 1", (1, 6), "has no use"),
        ("event.verb.length == 3", (1, 11), "has no field length"),
        ("risk.reasons.exists(c, c.x == \"1\")", (1, 25), "c has no field x"),
        ("true &", (1, 6), "& is no operator: write && for and"),
        ("true | false", (1, 6), "| is no operator: write || for or"),
        ("event.verb = \"x\"", (1, 12), "= is no operator: write == to compare"),
        ("event.verb == \"x", (1, 15), "the text \"x does not end"),
        ("network.tor @ 1", (1, 13), "“@” has no meaning in a condition"),
        ("(true", (1, 6), "“)” is missing at the end"),
        ("size(user.id > 3 && true", (1, 25), "“)” is missing at the end"),
        ("event.verb ==", (1, 14), "the condition ends where a value or a name should follow"),
        ("network.tor and agent.bot", (1, 13), "write && for “and”"),
        ("network.tor agent.bot", (1, 13), "“agent” cannot follow here: is an operator missing before it"),
        ("user.logins in [1, 2", (1, 21), "“]” is missing at the end"),
        ("&& network.tor", (1, 1), "“&&” cannot stand here: a value or a name should"),
        ("true)", (1, 5), "“)” closes nothing"),
    ] {
        let fault = fault(source);
        assert!(fault.text.contains(text), "{source}: {fault}");
        assert_eq!(fault.at, Some(at), "{source}: {fault}");
        assert!(!fault.text.contains("expecting") && !fault.text.contains("IDENTIFIER"), "{source}: {fault}");
    }
    assert_eq!(fault("'ü' == 'ü' && nowhere").to_string().split(':').next(), Some("line 1, column 15"));
}

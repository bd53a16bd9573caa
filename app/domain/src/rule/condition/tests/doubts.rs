//! Conditions that are right and useless.

use super::*;

fn doubts(source: &str) -> Vec<String> {
    Condition::new(source).unwrap_or_else(|fault| panic!("{source}: {fault}")).doubts()
}

#[test]
fn a_condition_that_always_comes_to_the_same_is_told() {
    for source in [
        "false",
        "1 > 2",
        "network.tor && false",
        "false && user.logins > 3",
        "!(1 == 1)",
        "\"a\" in [\"b\"]",
    ] {
        assert_eq!(doubts(source), ["Its condition never holds: it will never hit."], "{source}");
    }
    for source in ["true", "network.tor || true", "size(\"ab\") == 2"] {
        assert_eq!(
            doubts(source),
            ["Its condition always holds: it hits every event it is asked about."],
            "{source}"
        );
    }
    for source in ["1 / 0 == 1", "!(2 % 0 == 1)"] {
        assert_eq!(
            doubts(source),
            ["Its condition fails whatever the event says: it will never hit."],
            "{source}"
        );
    }
}

#[test]
fn what_a_field_never_says_is_told_with_what_it_says() {
    for (source, told) in [
        ("place.country == \"nz\"", "place.country is never “nz”: write “NZ”."),
        (
            "place.country in [\"NZ\", \"UK\"]",
            "place.country is never “UK”: there is no such two-letter country.",
        ),
        (
            "network.tor || \"phone\" == agent.device",
            "agent.device is never “phone”: it is one of desktop, mobile, tablet, bot, unknown.",
        ),
        ("risk.level != \"yellow\"", "risk.level is never “yellow”: it is one of green, orange, red."),
        (
            "\"net.country\" in risk.reasons",
            "risk.reasons is never “net.country”: there is no reason of this code.",
        ),
        (
            "event.ip == \"10.0.0.0/8\"",
            "event.ip is never “10.0.0.0/8”: it is one address; a range is asked for with inCidr(event.ip, …).",
        ),
        ("event.ip == \"2001:DB8::1\"", "event.ip is never “2001:DB8::1”: write “2001:db8::1”."),
        ("time.hour > 23 && network.tor", "time.hour is never more than 23: it lies between 0 and 23."),
        ("0 == time.weekday", "time.weekday is never equal to 0: it lies between 1 and 7."),
        ("100 <= risk.score", "risk.score is never at least 100: it lies between 0 and 1."),
        ("event.verb == \"email-change\"", "“email-change” is no known verb: “email-update” may be meant."),
        ("event.verb in [\"log-in\", \"login\"]", "“login” is no known verb: “log-in” may be meant."),
        ("user.logins < 0", "user.logins is never less than 0: it is at least 0."),
    ] {
        assert_eq!(doubts(source), [told], "{source}");
    }
}

#[test]
fn a_condition_that_may_hold_and_may_not_is_not_doubted() {
    for field in FIELDS {
        assert_eq!(doubts(field.example), [""; 0], "{}", field.example);
    }
    for source in [
        "has(place.city) && !has(place.country)",
        "place.country == \"NZ\" && user.logins < 5 || risk.score >= 1.0",
        "risk.reasons.exists(code, code.startsWith(\"net.\")) && event.verb == \"anything\"",
        "event.ip in [\"203.0.113.7\", \"2001:db8::7\"]",
        "time.hour >= 23 || time.hour < 1",
    ] {
        assert_eq!(doubts(source), [""; 0], "{source}");
    }
}

#[test]
fn a_range_of_all_addresses_is_doubted() {
    let told = |kind: &str, all: &str| {
        format!("Its range {all} holds every {kind} address: it hits every event with one.")
    };
    assert_eq!(doubts("inCidr(event.ip, '0.0.0.0/0')"), [told("IPv4", "0.0.0.0/0")]);
    assert_eq!(doubts("inCidr(event.ip, ['10.0.0.0/8', '::/0'])"), [told("IPv6", "::/0")]);
    assert_eq!(doubts("inCidr(event.ip, '10.0.0.0/8')"), [""; 0]);
}

#[test]
fn a_range_wider_than_it_looks_is_refused_when_written_and_works_where_it_is_stored() {
    let source = "network.tor && inCidr(event.ip, ['10.0.0.0/8', '203.0.113.7/2'])";
    assert!(Condition::new(source).is_ok());
    let fault = Condition::written(source).expect_err("refused");
    assert_eq!(fault.text, "must have no bits beyond its length: is 203.0.113.7/2 meant as 192.0.0.0/2?");
    assert_eq!(fault.at, Some((1, 48)), "the range");
    assert!(Condition::written("inCidr(event.ip, '192.0.0.0/2')").is_ok());
}

#[test]
fn a_division_by_zero_is_told_wherever_it_stands() {
    let told = "It divides by zero: where it comes to that it fails, and is skipped.";
    for source in ["time.hour / 0 == 1", "device.known || user.logins % 0 > 1"] {
        assert_eq!(doubts(source), [told], "{source}");
    }
    assert_eq!(doubts("time.hour / 2 == 1"), [""; 0]);
}

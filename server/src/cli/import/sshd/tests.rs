//! Lines as OpenSSH and its loggers write them, honest and hostile.

use super::*;

/// 2026-03-02T08:00:00Z.
const NOW: Timestamp = Timestamp::from_seconds(1_772_438_400);

fn read(lines: &[&str]) -> Vec<Told> {
    let mut log = Sshd::new(None, UtcOffset::UTC, NOW);
    lines.iter().map(|line| log.read(line)).collect()
}

fn event(line: &str) -> serde_json::Value {
    read(&[line]).remove(0).expect("a good line").expect("a login").event
}

#[test]
fn logins_are_read_in_both_forms_of_time() {
    let line = "Mar  1 23:59:60 gate sshd[812]: Failed password for web from 198.51.100.7 port 38926 ssh2";
    let failed = event(line);
    assert_eq!(
        failed,
        json!({"verb": "log-in-denied", "occurred_at": "2026-03-01T23:59:59.000Z", "ip": "198.51.100.7", "user": {"id": "web"}})
    );
    let line = "2026-03-02T07:00:00.5+02:00 gate sshd-session[9]: Accepted publickey for eve from 2001:db8::7 port 5 ssh2: ED25519 SHA256:abc/d+e";
    assert_eq!(
        event(line),
        json!({"verb": "log-in", "occurred_at": "2026-03-02T05:00:00.500Z", "ip": "2001:db8::7", "user": {"id": "eve"},
            "device": {"id": "SHA256:abc/d+e"}})
    );
    assert_eq!(
        event(
            "Mar  2 07:00:00 gate sshd[9]: Accepted keyboard-interactive/pam for eve from 1.2.3.4 port 5 ssh2"
        )["verb"],
        "log-in"
    );
}

#[test]
fn a_certificate_is_its_own_device_and_not_its_authority_s() {
    let line = "Mar  2 07:00:00 gate sshd[9]: Accepted publickey for bob from 1.2.3.4 port 5 ssh2: ED25519-CERT SHA256:own ID bob@host (serial 4) CA ED25519 SHA256:authority";
    assert_eq!(event(line)["device"]["id"], "SHA256:own");
}

#[test]
fn a_name_that_looks_like_a_log_line_does_not_move_the_attempt() {
    let line = "Mar  2 07:00:00 gate sshd[9]: Failed password for invalid user x from 9.9.9.9 port 1 ssh2 from 198.51.100.7 port 33 ssh2";
    let failed = event(line);
    assert_eq!(
        (failed["ip"].as_str(), failed["object"]["name"].as_str()),
        (Some("198.51.100.7"), Some("x from 9.9.9.9 port 1 ssh2"))
    );
    let line = format!(
        "Mar  2 07:00:00 gate sshd[9]: Failed password for invalid user {} from 1.2.3.4 port 3 ssh2",
        "é".repeat(999)
    );
    assert_eq!(event(&line)["object"]["name"].as_str().map(|name| name.chars().count()), Some(200));
}

#[test]
fn a_name_without_an_account_is_a_failed_login_of_nobody() {
    let mut log = Sshd::new(None, UtcOffset::UTC, NOW);
    for name in ["web admin", "", "invalid user"] {
        let line = format!(
            "Mar  2 07:00:00 gate sshd[9]: Failed password for invalid user {name} from 1.2.3.4 port 3 ssh2"
        );
        let read = log.read(&line).expect("line").expect("attempt");
        assert_eq!(
            read.event,
            json!({"verb": "log-in-denied", "occurred_at": "2026-03-02T07:00:00.000Z", "ip": "1.2.3.4",
                "object": {"type": "unknown user", "name": name}})
        );
        read.parse(NOW).expect("an event that is taken");
    }
    let repeated = "Mar  2 07:00:00 gate sshd[9]: message repeated 1234 times: [ Failed password for invalid user x from 1.2.3.4 port 3 ssh2]";
    assert!(log.read(repeated).is_ok());
    assert!(log.remarks()[0].starts_with("1,237 failed logins tried names"), "{:?}", log.remarks());
    assert_eq!(
        event("Mar  2 07:00:00 gate sshd[9]: Failed password for invalid from 1.2.3.4 port 3 ssh2")["user"]["id"],
        "invalid"
    );
}

#[test]
fn whoever_imports_times_without_a_year_is_told_which_was_taken() {
    let line =
        |time: &str| format!("{time} gate sshd[9]: Accepted password for eve from 1.2.3.4 port 5 ssh2");
    let told = |year, times: &[&str]| {
        let mut log = Sshd::new(year, UtcOffset::UTC, NOW);
        times.iter().for_each(|time| assert!(log.read(&line(time)).is_ok(), "{time}"));
        log.remarks().concat()
    };
    assert!(told(None, &["Mar  1 00:00:00"]).contains("taken to be of 2026: --year"));
    assert!(
        told(None, &["Dec 31 00:00:00", "Jan  1 00:00:00"]).contains("taken to be of 2025 to 2026: --year")
    );
    assert_eq!(told(Some(2019), &["Mar  1 00:00:00"]), "");
    assert_eq!(told(None, &["2026-03-02T07:00:00Z"]), "");
}

#[test]
fn repeated_messages_count_and_others_do_not() {
    let told = read(&[
        "Mar  2 07:00:00 gate sshd[9]: message repeated 3 times: [ Failed password for root from 1.2.3.4 port 3 ssh2]",
        "Mar  2 07:00:01 gate sshd[9]: Invalid user x from 1.2.3.4 port 3",
        "Mar  2 07:00:01 gate sshd[9]: Failed none for eve from 1.2.3.4 port 3 ssh2",
        "Mar  2 07:00:02 gate CRON[1]: pam_unix(cron:session): session opened for user root",
        "Mar  2 07:00:03 gate sudo: eve : Accepted password for eve from 1.2.3.4 port 3 ssh2",
    ]);
    assert_eq!(told[0].as_ref().ok().and_then(Option::as_ref).map(|read| read.times), Some(3));
    assert!(told[1..].iter().all(|told| *told == Ok(None)), "{told:?}");
}

#[test]
fn the_year_is_the_latest_that_is_not_ahead_and_turns() {
    let at =
        |told: Told| told.expect("line").expect("login").event["occurred_at"].as_str().map(str::to_owned);
    let line =
        |time: &str| format!("{time} gate sshd[9]: Accepted password for eve from 1.2.3.4 port 5 ssh2");
    let mut log = Sshd::new(None, UtcOffset::UTC, NOW);
    for (time, expected) in [
        ("Dec 31 23:59:59", "2025-12-31T23:59:59.000Z"),
        ("Jan  1 00:00:01", "2026-01-01T00:00:01.000Z"),
        ("Jan  1 00:00:00", "2026-01-01T00:00:00.000Z"),
        ("Mar  2 08:00:00", "2026-03-02T08:00:00.000Z"),
    ] {
        assert_eq!(at(log.read(&line(time))).as_deref(), Some(expected), "{time}");
    }
    let offset = UtcOffset::from_hms(2, 0, 0).expect("offset");
    let mut log = Sshd::new(Some(2019), offset, NOW);
    assert_eq!(at(log.read(&line("Dec 10 01:00:00"))).as_deref(), Some("2019-12-09T23:00:00.000Z"));
    assert_eq!(
        at(log.read(&line("Feb 29 01:00:00"))).as_deref(),
        Some("2020-02-28T23:00:00.000Z"),
        "2020 has that day"
    );
}

#[test]
fn broken_lines_are_told_and_none_panics() {
    for line in [
        "",
        "x",
        "Foo  2 07:00:00 gate sshd[9]: x",
        "Mar 99 07:00:00 gate sshd[9]: x",
        "Mar  2 7:00 gate",
        "ééééééééééééééé",
    ] {
        assert!(read(&[line])[0].is_err(), "{line}");
    }
    for line in [
        "Mar  2 07:00:00",
        "Mar  2 07:00:00 gate sshd[9]: Accepted",
        "Mar  2 07:00:00 gate sshd[9]: Failed password for x",
    ] {
        assert_eq!(read(&[line])[0], Ok(None), "{line}");
    }
}

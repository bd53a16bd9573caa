//! OpenSSH's log: who got in, who failed, from where.

mod years;

use porchlight_domain::Timestamp;
use porchlight_domain::event::verb;
use serde_json::json;
use time::UtcOffset;

use super::{Read, Reader, Told};
use crate::cli::progress::thousands;
use years::{Stamp, Years};

/// The log's lines.
#[derive(Debug)]
pub(super) struct Sshd {
    years: Years,
    /// Failures of names that the machine has no account for.
    unknown: u64,
}

impl Sshd {
    /// `year` is the first line's; without it the latest that is not in the future. Both only matter for times without
    /// one, as `offset` does.
    pub(super) fn new(year: Option<i32>, offset: UtcOffset, now: Timestamp) -> Self {
        Self { years: Years::new(year, offset, now), unknown: 0 }
    }

    /// The time, and the rest of the line.
    fn time<'a>(&mut self, line: &'a str) -> Result<(Timestamp, &'a str), String> {
        self.years.advance();
        let first = line.split(' ').next().unwrap_or_default();
        if first.len() > 15 && first.contains('T') {
            let at = Timestamp::parse(first).ok_or_else(|| format!("{first} is no time"))?;
            return Ok((at, line[first.len()..].trim_start()));
        }
        let fault = "does not begin with a time like Mar  2 08:00:00 or 2026-03-02T08:00:00+00:00";
        let (stamp, rest) = Stamp::read(line).ok_or(fault)?;
        Ok((self.years.moment(stamp)?, rest.trim_start()))
    }
}

impl Reader for Sshd {
    fn look(&mut self, line: &str) {
        self.years.look(line);
    }

    fn read(&mut self, line: &str) -> Told {
        let (at, rest) = self.time(line)?;
        // Host, program[number]: message
        let Some((program, message)) = rest.split_once(": ") else { return Ok(None) };
        let name = program.rsplit(' ').next().unwrap_or_default();
        if !matches!(name.split('[').next(), Some("sshd" | "sshd-session")) {
            return Ok(None);
        }
        let (message, times) = repeated(message);
        let Some(login) = login(message) else { return Ok(None) };
        let mut event = json!({
            "verb": if login.accepted { verb::LOG_IN } else { verb::LOG_IN_DENIED },
            "occurred_at": at.to_string(),
            "ip": login.ip,
        });
        if let Some(event) = event.as_object_mut() {
            if login.unknown {
                // Whoever guesses names must not fill the list of users with them: the attempt counts, and names nobody.
                self.unknown += u64::from(times);
                event.insert("object".into(), json!({ "type": "unknown user", "name": login.user }));
            } else if !login.user.is_empty() {
                event.insert("user".into(), json!({ "id": login.user }));
            }
            if let Some(key) = login.key {
                event.insert("device".into(), json!({ "id": key }));
            }
        }
        Ok(Some(Read { event, times, ..Read::default() }))
    }

    fn remarks(&self) -> Vec<String> {
        let unknown = (self.unknown > 0).then(|| {
            format!(
                "{} failed logins tried names that the machine has no account for: kept as failed logins without a user",
                thousands(self.unknown)
            )
        });
        let years = self.years.guessed().map(|(first, last)| {
            let years = if first == last { first.to_string() } else { format!("{first} to {last}") };
            format!("The log names no year and was taken to be of {years}: --year says of which year its first line is")
        });
        unknown.into_iter().chain(years).collect()
    }
}

/// What one message says.
#[derive(Debug, PartialEq, Eq)]
struct Login<'a> {
    accepted: bool,
    /// There is no account of the name.
    unknown: bool,
    user: String,
    ip: &'a str,
    /// The fingerprint of a public key: a device.
    key: Option<&'a str>,
}

/// `Accepted METHOD for USER from IP port N ssh2[: TYPE FINGERPRINT]`, `Failed METHOD for [invalid user ]USER from …`. The
/// user's name is the client's choice and may look like all of this: what follows it is taken from the right.
fn login(message: &str) -> Option<Login<'_>> {
    let (accepted, rest) = match message.split_once(' ')? {
        ("Accepted", rest) => (true, rest),
        ("Failed", rest) => (false, rest),
        _ => return None,
    };
    let (method, rest) = rest.split_once(" for ")?;
    // `none` is how clients ask what else there is.
    if method == "none" || method.contains(' ') {
        return None;
    }
    let (user, tail) = rest.rsplit_once(" from ")?;
    let (unknown, user) = match user.strip_prefix("invalid user") {
        Some(name) if !accepted && (name.is_empty() || name.starts_with(' ')) => (true, name.trim()),
        _ => (false, user.trim()),
    };
    let (ip, tail) = tail.split_once(" port ")?;
    // A certificate's own key follows its type; the fingerprint of whoever signed it, which all of them have, stands last.
    let key = tail.split_once(": ").and_then(|(_, key)| key.split(' ').nth(1));
    let key = key.filter(|key| accepted && key.starts_with("SHA256:"));
    // A name of any length must not hide an attempt.
    Some(Login { accepted, unknown, user: user.chars().take(200).collect(), ip, key })
}

/// `message repeated 3 times: [ Failed password for … ]`
fn repeated(message: &str) -> (&str, u32) {
    let inner = message.strip_prefix("message repeated ").and_then(|rest| {
        let (times, inner) = rest.split_once(" times: [")?;
        Some((inner.trim_end().strip_suffix(']')?.trim(), times.parse().ok()?))
    });
    inner.unwrap_or((message, 1))
}

#[cfg(test)]
mod tests;

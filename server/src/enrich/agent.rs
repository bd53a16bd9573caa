//! What a user agent string says of the client: software, operating system, class of device.

mod software;
mod system;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use porchlight_domain::agent::{Agent, DeviceClass};
use serde_json::{Value, json};

/// What is read of a string: real ones end well before.
const MAX_LENGTH: usize = 1024;
/// How many results are kept: more than the user agents of most sites, about a megabyte.
const MAX_KEPT: usize = 4096;

/// Parses user agents and keeps the results by the strings' hashes, whose keys no sender knows.
#[derive(Default)]
pub struct Agents {
    kept: Mutex<HashMap<u64, Agent>>,
    hasher: RandomState,
}

impl Agents {
    /// What this user agent says.
    pub fn get(&self, user_agent: &str) -> Agent {
        let user_agent = head(user_agent);
        let key = self.hasher.hash_one(user_agent);
        if let Some(agent) = self.kept().get(&key) {
            return agent.clone();
        }
        let agent = parse(user_agent);
        let mut kept = self.kept();
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(key, agent.clone());
        agent
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<u64, Agent>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What this user agent says; only its first 1,024 bytes are read.
pub fn parse(user_agent: &str) -> Agent {
    let user_agent = head(user_agent);
    let (os, os_version) = system::of(user_agent).unzip();
    let software = software::of(user_agent);
    Agent {
        class: if software.bot { DeviceClass::Bot } else { system::class(user_agent, os) },
        browser: software.name,
        browser_version: software.version,
        os: os.map(Into::into),
        os_version: os_version.filter(|version: &String| !version.is_empty()),
    }
}

fn head(user_agent: &str) -> &str {
    user_agent[..user_agent.floor_char_boundary(MAX_LENGTH)].trim()
}

/// The `device` object of ThisData's event: `platform` and `comment` as the string writes them, the rest as `agent` reads it.
pub fn thisdata_device(user_agent: &str, agent: &Agent) -> Value {
    let comment: Vec<_> =
        comment(user_agent).split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
    let numbers = agent.browser_version.iter().flat_map(|version| version.split('.'));
    json!({
        "user_agent": user_agent,
        "browser": agent.browser,
        "platform": platform(&comment),
        "os": thisdata_os(&comment, agent),
        "mobile": matches!(agent.class, DeviceClass::Mobile | DeviceClass::Tablet),
        "bot": agent.class == DeviceClass::Bot,
        "version": numbers.map_while(|number| number.parse::<u32>().ok()).collect::<Vec<_>>(),
        "comment": comment,
    })
}

fn platform<'a>(comment: &[&'a str]) -> Option<&'a str> {
    let names = |word: &str| comment.iter().any(|part| part.starts_with(word));
    match comment.first() {
        Some(first) if first.starts_with("Windows") => Some("Windows"),
        _ if names("CrOS") => Some("ChromeOS"),
        _ if names("Android") => Some("Android"),
        first => first.copied(),
    }
}

/// ThisData wrote `OS X 10.11.6`, and Linux as the browser does: `Linux x86_64`.
fn thisdata_os(comment: &[&str], agent: &Agent) -> Option<String> {
    let name = match agent.os.as_deref()? {
        "macOS" => "OS X",
        "Linux" => comment.iter().find(|part| part.starts_with("Linux")).copied().unwrap_or("Linux"),
        name => name,
    };
    Some(agent.os_version.as_deref().map_or_else(|| name.to_owned(), |version| format!("{name} {version}")))
}

/// What stands in the first parentheses, which may hold others.
fn comment(user_agent: &str) -> &str {
    let Some((_, rest)) = user_agent.split_once('(') else { return "" };
    let mut depth = 1;
    let end = rest.find(|letter| {
        depth += match letter {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth == 0
    });
    end.map_or(rest, |end| &rest[..end])
}

/// The version behind `token`, which stands at the start of a word: digits and dots, none when there are none.
fn version_after<'a>(user_agent: &'a str, token: &str) -> Option<&'a str> {
    let starts_word =
        |at: &usize| !user_agent[..*at].ends_with(|letter: char| letter.is_ascii_alphanumeric());
    let (at, _) = user_agent.match_indices(token).find(|(at, _)| starts_word(at))?;
    let rest = &user_agent[at + token.len()..];
    let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.' && letter != '_');
    Some(rest[..end.unwrap_or(rest.len())].trim_end_matches(['.', '_']))
}

#[cfg(test)]
mod tests;

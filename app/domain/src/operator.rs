//! An operator: a person who uses the console, and what they may do.

#[cfg(feature = "store")]
pub mod store;

use serde::{Deserialize, Serialize};

use crate::id::{OperatorId, SignInId};
use crate::{Error, Result, Timestamp};

/// What an operator may do; each role may all that the ones after it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads everything but secrets and mails.
    Viewer,
    /// Works alerts, revokes sessions.
    Analyst,
    /// Configures projects, webhooks, keys, rules; reads the outbox.
    Admin,
    /// Also operators and projects themselves.
    Owner,
}

impl Role {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Analyst => "analyst",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "viewer" => Ok(Self::Viewer),
            "analyst" => Ok(Self::Analyst),
            "admin" => Ok(Self::Admin),
            "owner" => Ok(Self::Owner),
            _ => Err(Error::invalid("role", "must be owner, admin, analyst or viewer")),
        }
    }
}

/// A person who uses the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// Their id.
    pub id: OperatorId,
    /// What they sign in with, lower case.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// When they last used the console, to the minute.
    pub last_seen_at: Option<Timestamp>,
    /// Since when they may not sign in.
    pub disabled_at: Option<Timestamp>,
}

/// An operator's session in a browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// Its id.
    pub id: SignInId,
    /// From which browser.
    pub browser: Browser,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when, if it is not ended before.
    pub expires_at: Timestamp,
    /// It is the one that asks.
    pub current: bool,
}

/// What a browser says of itself when somebody signs in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Browser {
    /// Its address.
    pub ip: Option<String>,
    /// Its User-Agent.
    pub user_agent: Option<String>,
}

/// Who changes something: recorded in the ledger with every change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person in the console.
    Operator(OperatorId),
    /// An application, by its key.
    Key(crate::id::KeyId),
    /// An end user, by the question they answered.
    User(crate::id::QuestionId),
    /// Another system, by its inbound webhook.
    Source(crate::id::SourceId),
    /// An operator's rule, on an event that it hit.
    Rule(crate::id::RuleId),
    /// Whoever has a shell where Porchlight runs.
    Cli,
    /// Porchlight itself.
    System,
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Operator(id) => write!(f, "operator:{id}"),
            Self::Key(id) => write!(f, "key:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::Source(id) => write!(f, "source:{id}"),
            Self::Rule(id) => write!(f, "rule:{id}"),
            Self::Cli => f.write_str("cli"),
            Self::System => f.write_str("system"),
        }
    }
}

/// The shortest password taken, in characters (NIST SP 800-63B asks for at least 8; we ask for more, and for nothing else).
pub const MIN_PASSWORD: usize = 10;
/// The longest password taken, in bytes: hashing cost is bounded.
pub const MAX_PASSWORD: usize = 512;

/// Checks a new operator's e-mail and password.
pub fn checked_credentials(email: &str, password: &str) -> Result<String> {
    let email = checked_email("email", email)?.to_lowercase();
    check_password(password)?;
    Ok(email)
}

/// Checks that `email` is one address as mail programs write them (RFC 5321, without quotes and address literals).
pub fn checked_email(field: &str, email: &str) -> Result<String> {
    let email = email.trim();
    let fits = |(local, host): (&str, &str)| local.len() <= 64 && is_local_part(local) && is_host(host);
    if email.len() > 254 || !email.rsplit_once('@').is_some_and(fits) {
        return Err(Error::invalid(field, "must be an e-mail address"));
    }
    Ok(email.to_owned())
}

fn is_local_part(text: &str) -> bool {
    let atom = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(letter);
    text.split('.').all(|part| !part.is_empty() && part.chars().all(atom))
}

fn is_host(text: &str) -> bool {
    let label = |part: &str| {
        let inside = |letter: char| letter.is_alphanumeric() || letter == '-';
        (1..=63).contains(&part.len())
            && part.chars().all(inside)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    text == "localhost" || text.contains('.') && text.split('.').all(label)
}

/// Checks the length of a password, and nothing else.
pub fn check_password(password: &str) -> Result<()> {
    if password.chars().count() < MIN_PASSWORD {
        return Err(Error::invalid("password", format!("must have at least {MIN_PASSWORD} characters")));
    }
    if password.len() > MAX_PASSWORD {
        return Err(Error::invalid("password", format!("must have at most {MAX_PASSWORD} bytes")));
    }
    Ok(())
}

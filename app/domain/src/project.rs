//! A project: one tracked application, its keys and its settings.

#[cfg(feature = "store")]
pub mod store;

use serde::{Deserialize, Serialize};

use crate::id::{KeyId, ProjectId};
use crate::operator::checked_email;
use crate::risk::Level;
use crate::time::DAY;
use crate::{Error, Result, Timestamp};

/// The longest name of anything an operator names, in characters.
pub const MAX_NAME: usize = 100;
/// The most addresses that are told of alerts.
pub const MAX_OPERATOR_MAILS: usize = 10;
/// The most days that can be asked for: a century.
const MAX_KEEP_DAYS: u32 = 36_500;

/// A tracked application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name, unique; what its users see in mails unless the event names a `source`.
    pub name: String,
    /// What its operators chose.
    pub settings: Settings,
    /// Since when it exists.
    pub created_at: Timestamp,
}

/// What a project's operators chose; stored as JSON, so that a missing field has its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Ask the user "Was this you?" by mail when a login opens an alert. Off by default, as ThisData had it.
    pub ask_users: bool,
    /// From which level on an alert opens: red, or orange for more of them.
    pub alert_level: Level,
    /// An https logo for mails; the project's name alone where there is none.
    pub logo_url: Option<String>,
    /// Where a worried user finds help: an address or a link, shown in mails.
    pub support_contact: Option<String>,
    /// Where operators are told of alerts, of a user's "no" and of what went wrong with orders and endpoints; at most
    /// [`MAX_OPERATOR_MAILS`] addresses.
    pub operator_mails: Vec<String>,
    /// A "no" orders all of the user's sessions ended, not only the suspicious one.
    pub revoke_all_on_no: bool,
    /// How long an application has to confirm a revocation, in seconds.
    pub confirm_seconds: i64,
    /// Challenge at most so many of 10,000 logins; None: those of the alert level.
    pub challenge_per_10_000: Option<u32>,
    /// Ask at most so many users a day (UTC); None: whoever's login opens an alert.
    pub ask_a_day: Option<u32>,
    /// A session that was not seen for so many days counts as ended.
    pub session_idle_days: i64,
    /// Events of so many days are kept; None: all of them.
    pub keep_days: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ask_users: false,
            alert_level: Level::Red,
            logo_url: None,
            support_contact: None,
            operator_mails: Vec::new(),
            revoke_all_on_no: false,
            confirm_seconds: 300,
            challenge_per_10_000: None,
            ask_a_day: None,
            session_idle_days: 30,
            keep_days: None,
        }
    }
}

impl Settings {
    /// The share of logins that may be challenged, 0..1, where there is a budget.
    pub fn challenge_share(&self) -> Option<f64> {
        self.challenge_per_10_000.map(|count| f64::from(count) / 10_000.0)
    }

    /// How long a session lives without being seen, in microseconds.
    pub fn session_idle(&self) -> i64 {
        self.session_idle_days.saturating_mul(DAY)
    }

    /// Checks what an operator typed.
    pub fn checked(mut self) -> Result<Self> {
        if self.alert_level == Level::Green {
            return Err(Error::invalid("alert_level", "must be orange or red"));
        }
        checked_confirm_seconds(self.confirm_seconds)?;
        if self.challenge_per_10_000.is_some_and(|count| count > 10_000) {
            return Err(Error::invalid(
                "challenge_per_10_000",
                "must be at most 10000, which is every login",
            ));
        }
        if !(1..=3_650).contains(&self.session_idle_days) {
            return Err(Error::invalid("session_idle_days", "must be between 1 and 3650"));
        }
        // What was forgotten of a session that lives could not be ended.
        if self.keep_days.is_some_and(|days| i64::from(days) < self.session_idle_days || days > MAX_KEEP_DAYS)
        {
            let text = format!(
                "must be between {}, the days until a session is idle, and {MAX_KEEP_DAYS}",
                self.session_idle_days
            );
            return Err(Error::invalid("keep_days", text));
        }
        self.logo_url = self.logo_url.map(|url| url.trim().to_owned()).filter(|url| !url.is_empty());
        if let Some(url) = &self.logo_url
            && (!url.starts_with("https://") || url::Url::parse(url).is_err() || url.len() > 2_000)
        {
            return Err(Error::invalid("logo_url", "must be an https:// URL"));
        }
        self.operator_mails = checked_mails(self.operator_mails)?;
        self.support_contact =
            self.support_contact.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if self.support_contact.as_ref().is_some_and(|text| text.chars().count() > 200) {
            return Err(Error::invalid("support_contact", "must be at most 200 characters"));
        }
        Ok(self)
    }
}

/// Checks who is told of alerts: each address once.
fn checked_mails(typed: Vec<String>) -> Result<Vec<String>> {
    let mut mails: Vec<String> = Vec::new();
    for mail in typed {
        let mail = checked_email("operator_mails", &mail)?;
        if !mails.contains(&mail) {
            mails.push(mail);
        }
    }
    if mails.len() > MAX_OPERATOR_MAILS {
        return Err(Error::invalid(
            "operator_mails",
            format!("must be at most {MAX_OPERATOR_MAILS} addresses"),
        ));
    }
    Ok(mails)
}

/// Checks how long an application has to confirm an order.
pub fn checked_confirm_seconds(seconds: i64) -> Result<i64> {
    match seconds {
        10..=86_400 => Ok(seconds),
        _ => Err(Error::invalid("confirm_seconds", "must be between 10 and 86400")),
    }
}

/// Checks a name that an operator typed: not blank, bounded, no control characters.
pub fn checked_name(field: &str, name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid(field, "must not be blank"));
    }
    if name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid(field, format!("must be at most {MAX_NAME} characters on one line")));
    }
    Ok(name.to_owned())
}

/// An API key, without the key: that was shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// What it is for.
    pub name: String,
    /// Its first characters, to recognise it by.
    pub hint: String,
    /// Since when it exists.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

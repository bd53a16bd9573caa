//! What a rule does, and whether it already does it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The most that one rule, or all of a project's together, may add to or take from the log-odds, in hundredths.
pub const MAX_EVIDENCE: i32 = 1_000;
/// The longest tag, in characters.
pub const MAX_TAG: usize = 40;

/// How effects are written.
const KNOWN: &str =
    "block, challenge, allow, notify, revoke(session), revoke(all), evidence(+2.5) or tag(word)";

/// Which sessions a rule ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// The one in which the event was done.
    Session,
    /// All live ones of its user.
    All,
}

/// What a rule does with an event it hits. Text: `block`, `challenge`, `allow`, `notify`, `revoke(session)`,
/// `revoke(all)`, `evidence(+2.5)`, `tag(reviewed)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Effect {
    /// Probability 1, red, keep it out.
    Block,
    /// Ask for another factor; probability and level stay.
    Challenge,
    /// Green, whatever else is known.
    Allow,
    /// An alert for the operators; the decision stays, and the user is not asked.
    Notify,
    /// An order to end sessions, once for each. A login into one of them is blocked; of all else the decision stays.
    Revoke(Ends),
    /// Hundredths of natural log-odds, added to what the habits say: +70 doubles the odds of an attacker.
    Evidence(i32),
    /// A word that is kept with the event.
    Tag(String),
}

impl Effect {
    /// How careful it is among the three that decide; None for the others.
    pub fn severity(&self) -> Option<u8> {
        match self {
            Self::Block => Some(3),
            Self::Challenge => Some(2),
            Self::Allow => Some(1),
            Self::Notify | Self::Revoke(_) | Self::Evidence(_) | Self::Tag(_) => None,
        }
    }

    /// The hundredths of log-odds that it adds, if it does.
    pub fn evidence(&self) -> Option<i32> {
        if let Self::Evidence(hundredths) = self { Some(*hundredths) } else { None }
    }

    /// As ThisData's clients write it: `blacklist`, `whitelist`. They know no other.
    pub fn thisdata_name(&self) -> Option<&'static str> {
        match self {
            Self::Block => Some("blacklist"),
            Self::Allow => Some("whitelist"),
            _ => None,
        }
    }

    /// Reads what ThisData's clients write.
    pub fn from_thisdata(text: &str) -> Result<Self> {
        match text {
            "deny" | "blacklist" => Ok(Self::Block),
            "allow" | "whitelist" => Ok(Self::Allow),
            _ => Err(Error::invalid("type", "must be deny (blacklist) or allow (whitelist)")),
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block => f.write_str("block"),
            Self::Challenge => f.write_str("challenge"),
            Self::Allow => f.write_str("allow"),
            Self::Notify => f.write_str("notify"),
            Self::Revoke(Ends::Session) => f.write_str("revoke(session)"),
            Self::Revoke(Ends::All) => f.write_str("revoke(all)"),
            Self::Evidence(hundredths) => write!(f, "evidence({:+})", f64::from(*hundredths) / 100.0),
            Self::Tag(tag) => write!(f, "tag({tag})"),
        }
    }
}

impl FromStr for Effect {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let argument =
            |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')').map(str::trim);
        match text {
            "block" => return Ok(Self::Block),
            "challenge" => return Ok(Self::Challenge),
            "allow" => return Ok(Self::Allow),
            "notify" => return Ok(Self::Notify),
            _ => {}
        }
        match argument("revoke") {
            Some("session") => return Ok(Self::Revoke(Ends::Session)),
            Some("all") => return Ok(Self::Revoke(Ends::All)),
            _ => {}
        }
        if let Some(number) = argument("evidence") {
            return evidence(number);
        }
        if let Some(tag) = argument("tag") {
            return checked_tag(tag);
        }
        Err(Error::invalid("effect", format!("must be {KNOWN}")))
    }
}

fn evidence(number: &str) -> Result<Effect> {
    let most = f64::from(MAX_EVIDENCE) / 100.0;
    let value: f64 = number.parse().unwrap_or(f64::NAN);
    if !(-most..=most).contains(&value) || value == 0.0 {
        return Err(Error::invalid(
            "effect",
            format!("must add or take at most {most} of evidence, and not 0"),
        ));
    }
    Ok(Effect::Evidence((value * 100.0).round() as i32))
}

fn checked_tag(tag: &str) -> Result<Effect> {
    let fits = (1..=MAX_TAG).contains(&tag.chars().count());
    if !fits || !tag.chars().all(|char| char.is_alphanumeric() || "-_.:".contains(char)) {
        return Err(Error::invalid(
            "effect",
            format!("must name a tag of 1 to {MAX_TAG} letters, digits or - _ . :"),
        ));
    }
    Ok(Effect::Tag(tag.to_owned()))
}

impl From<Effect> for String {
    fn from(effect: Effect) -> Self {
        effect.to_string()
    }
}

impl TryFrom<String> for Effect {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl utoipa::PartialSchema for Effect {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some(KNOWN))
            .build()
            .into()
    }
}

impl utoipa::ToSchema for Effect {}

/// Whether a rule does what it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It is kept and does nothing.
    Off,
    /// It is evaluated and counted, and changes nothing.
    Shadow,
    /// It does what it says.
    #[default]
    Enforce,
}

impl Mode {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Shadow => "shadow",
            Self::Enforce => "enforce",
        }
    }
}

impl FromStr for Mode {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let known = [Self::Off, Self::Shadow, Self::Enforce].into_iter().find(|mode| mode.as_str() == text);
        known.ok_or_else(|| Error::invalid("mode", "must be off, shadow or enforce"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_is_read_as_it_is_written() {
        for text in ["block", "challenge", "allow", "notify", "revoke(session)", "revoke(all)"]
            .into_iter()
            .chain(["evidence(+2.5)", "evidence(-10)", "tag(a-b)"])
        {
            assert_eq!(text.parse::<Effect>().expect(text).to_string(), text);
        }
        assert_eq!(" evidence( 0.125 ) ".parse::<Effect>().expect("evidence"), Effect::Evidence(13));
    }

    #[test]
    fn what_is_no_effect_is_refused() {
        for text in
            ["", "deny", "revoke", "revoke()", "revoke(user)", "evidence", "evidence(0)", "evidence(11)"]
                .into_iter()
                .chain(["evidence(NaN)", "tag()", "tag(a b)"])
        {
            assert!(text.parse::<Effect>().is_err(), "{text}");
        }
        assert!(format!("tag({})", "x".repeat(MAX_TAG + 1)).parse::<Effect>().is_err());
    }
}

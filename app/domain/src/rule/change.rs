//! A rule as somebody writes or changes it, and what is wrong with it.

use serde::{Deserialize, Serialize};

use super::{
    Effect, MAX_CONDITION, MAX_DESCRIPTION, MAX_PRIORITY, MAX_VERBS, Mode, Rule, RuleTarget, filters,
};
use crate::id::RuleId;
use crate::project::MAX_NAME;
use crate::{Error, FieldError, Result, Timestamp};

/// The longest verb, in characters: as events have them.
const MAX_VERB: usize = 200;

/// A rule as somebody writes it. It has either a condition, or a target and filters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRule {
    /// Its name.
    pub name: String,
    /// Why it exists.
    #[serde(default)]
    pub description: String,
    /// What it does with what it hits.
    pub effect: Effect,
    /// When it hits, in CEL.
    #[serde(default)]
    pub condition: Option<String>,
    /// What the filters are compared with.
    #[serde(default)]
    pub target: Option<RuleTarget>,
    /// Addresses and ranges, or countries.
    #[serde(default)]
    pub filters: Vec<String>,
    /// Only events of this tenant.
    #[serde(default)]
    pub source: Option<String>,
    /// Only events with one of these verbs.
    #[serde(default)]
    pub verbs: Vec<String>,
    /// The highest decides: -1000 to 1000.
    #[serde(default)]
    pub priority: i64,
    /// From when on it does nothing any more.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Whether it does what it says.
    #[serde(default)]
    pub mode: Mode,
}

/// What of a rule changes; absent stays as it is. A condition replaces target and filters, a target the condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RulePatch {
    /// Another name.
    pub name: Option<String>,
    /// Another description.
    pub description: Option<String>,
    /// Another effect.
    pub effect: Option<Effect>,
    /// Another condition.
    pub condition: Option<String>,
    /// Another target.
    pub target: Option<RuleTarget>,
    /// Other filters, all of them.
    pub filters: Option<Vec<String>>,
    /// Another tenant; blank: all of them.
    pub source: Option<String>,
    /// Other verbs, all of them; empty: any.
    pub verbs: Option<Vec<String>>,
    /// Another priority.
    pub priority: Option<i64>,
    /// Another end, RFC 3339; blank: none.
    pub expires_at: Option<String>,
    /// Another mode.
    pub mode: Option<Mode>,
}

impl RulePatch {
    /// The rule as it will be, not checked yet.
    pub fn apply(self, rule: &Rule) -> Result<NewRule> {
        let was = NewRule::from(rule);
        let by_condition = self.condition.is_some();
        let by_list = !by_condition && (self.target.is_some() || self.filters.is_some());
        let expires_at =
            match self.expires_at.as_deref().map(str::trim) {
                None => was.expires_at,
                Some("") => None,
                Some(text) => Some(Timestamp::parse(text).ok_or_else(|| {
                    Error::invalid("expires_at", "must be a time like 2026-12-31T00:00:00Z")
                })?),
            };
        Ok(NewRule {
            name: self.name.unwrap_or(was.name),
            description: self.description.unwrap_or(was.description),
            effect: self.effect.unwrap_or(was.effect),
            condition: self.condition.or(was.condition).filter(|_| !by_list || self.target.is_none()),
            target: self.target.or(was.target.filter(|_| !by_condition)),
            filters: self.filters.unwrap_or(if by_condition { Vec::new() } else { was.filters }),
            source: self.source.or(was.source),
            verbs: self.verbs.unwrap_or(was.verbs),
            priority: self.priority.unwrap_or(was.priority),
            expires_at,
            mode: self.mode.unwrap_or(was.mode),
        })
    }
}

impl From<&Rule> for NewRule {
    fn from(rule: &Rule) -> Self {
        let Rule { name, description, effect, condition, target, filters, source, verbs, .. } = rule.clone();
        let Rule { priority, expires_at, mode, .. } = *rule;
        Self {
            name,
            description,
            effect,
            condition,
            target,
            filters,
            source,
            verbs,
            priority,
            expires_at,
            mode,
        }
    }
}

impl NewRule {
    /// Checks it and writes it the usual way: trimmed, countries in capitals, blank and
    /// repeated filters left out. Every complaint names its field, a filter's its place: `filters[2]`.
    pub fn checked(self) -> Result<Self> {
        self.checked_beside(None)
    }

    /// The same where a rule is changed: the condition that it has already is taken as it is.
    pub(super) fn checked_beside(self, known: Option<&str>) -> Result<Self> {
        let mut errors = Vec::new();
        let (name, description, source) = self.checked_words(&mut errors);
        if !(-MAX_PRIORITY..=MAX_PRIORITY).contains(&self.priority) {
            errors.push(FieldError::new("priority", format!("must be -{MAX_PRIORITY} to {MAX_PRIORITY}")));
        }
        let verbs = checked_verbs(&self.verbs, &mut errors);
        let condition = self.condition.map(|condition| condition.trim().to_owned());
        let filters = match (&condition, self.target) {
            (Some(condition), None) => {
                if !self.filters.is_empty() {
                    errors.push(FieldError::new("filters", "cannot stand beside a condition"));
                }
                check_condition(condition, known == Some(condition), &mut errors);
                Vec::new()
            }
            (None, Some(target)) => filters::checked(target, &self.filters, &mut errors),
            (Some(_), Some(_)) => {
                errors.push(FieldError::new("target", "cannot stand beside a condition"));
                Vec::new()
            }
            (None, None) => {
                errors.push(FieldError::new("condition", "must be given, or target and filters"));
                Vec::new()
            }
        };
        if errors.is_empty() {
            Ok(Self { name, description, source, verbs, condition, filters, ..self })
        } else {
            Err(Error::Invalid(errors))
        }
    }

    /// Its name, description and tenant.
    fn checked_words(&self, errors: &mut Vec<FieldError>) -> (String, String, Option<String>) {
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            errors.push(FieldError::new("name", "must not be blank"));
        } else if name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
            errors
                .push(FieldError::new("name", format!("must be at most {MAX_NAME} characters on one line")));
        }
        let mut short = |field: &str, text: &str| {
            if text.chars().count() > MAX_DESCRIPTION {
                errors.push(FieldError::new(field, format!("must be at most {MAX_DESCRIPTION} characters")));
            }
        };
        let description = self.description.trim().to_owned();
        short("description", &description);
        let source = self.source.as_deref().map(str::trim).filter(|source| !source.is_empty());
        source.into_iter().for_each(|source| short("source", source));
        (name, description, source.map(str::to_owned))
    }

    /// The rule this makes.
    pub fn into_rule(self, id: RuleId, managed: bool, created_at: Timestamp, updated_at: Timestamp) -> Rule {
        let Self { name, description, effect, condition, target, filters, source, verbs, .. } = self;
        let (priority, expires_at, mode) = (self.priority, self.expires_at, self.mode);
        Rule {
            id,
            name,
            description,
            effect,
            condition,
            target,
            filters,
            source,
            verbs,
            priority,
            expires_at,
            mode,
            managed,
            created_at,
            updated_at,
        }
    }
}

fn checked_verbs(verbs: &[String], errors: &mut Vec<FieldError>) -> Vec<String> {
    let mut checked: Vec<String> = Vec::new();
    for verb in verbs.iter().map(|verb| verb.trim()).filter(|verb| !verb.is_empty()) {
        if !checked.iter().any(|known| known == verb) {
            checked.push(verb.to_owned());
        }
    }
    if checked.len() > MAX_VERBS || checked.iter().any(|verb| verb.chars().count() > MAX_VERB) {
        let most = format!("must be at most {MAX_VERBS}, each at most {MAX_VERB} characters");
        errors.push(FieldError::new("verbs", most));
    }
    checked
}

#[cfg(feature = "rules")]
fn check_condition(condition: &str, known: bool, errors: &mut Vec<FieldError>) {
    use super::condition::Condition;
    let read = if known { Condition::new(condition) } else { Condition::written(condition) };
    if let Err(fault) = read {
        errors.push(FieldError::new("condition", fault.to_string()));
    }
    debug_assert!(condition.len() <= MAX_CONDITION || !errors.is_empty());
}

/// The browser leaves it to the server.
#[cfg(not(feature = "rules"))]
fn check_condition(condition: &str, _known: bool, errors: &mut Vec<FieldError>) {
    if condition.len() > MAX_CONDITION {
        errors.push(FieldError::new("condition", format!("must be at most {MAX_CONDITION} bytes")));
    }
}

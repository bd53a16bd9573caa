//! The form of a draft: a stretch of the log, other settings, one rule changed or a new one.

mod fields;

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use porchlight_domain::backtest::{Draft, RuleChange};
use porchlight_domain::id::ProjectId;
use porchlight_domain::rule::Rule;
#[cfg(feature = "ssr")]
use porchlight_domain::rule::RuleTarget;
#[cfg(feature = "ssr")]
use porchlight_domain::{Error, Timestamp, time::DAY};
use serde::{Deserialize, Serialize};

use fields::{rule_fields, settings_fields};

#[cfg(feature = "ssr")]
use crate::error::AppResult;
#[cfg(feature = "ssr")]
use crate::pages::rules::words;
#[cfg(feature = "ssr")]
use crate::pages::settings::{count, per_10_000};
use crate::ui::change::{Change, Form};
use crate::ui::form::{Field, typed_or};

/// A draft as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DraftForm {
    days: String,
    until: String,
    alert_level: String,
    challenge_percent: String,
    ask_a_day: String,
    rule: String,
    mode: String,
    condition: String,
    filters: String,
    effect: String,
    argument: String,
    name: String,
    source: String,
    verbs: String,
    priority: String,
    /// Rules that are gone.
    without: Vec<String>,
}

#[cfg(feature = "ssr")]
impl DraftForm {
    /// The draft it means; its stretch ends now unless it says when.
    pub(super) fn read(self, now: Timestamp) -> AppResult<Draft> {
        let days = self.days.trim().parse::<i64>().ok().filter(|days| (1..=1_096).contains(days));
        let days = days.ok_or_else(|| Error::invalid("days", "must be 1 to 1096"))?;
        let until = match self.until.trim() {
            "" => now,
            text => Timestamp::parse(text).filter(|until| *until <= now).ok_or_else(|| {
                Error::invalid("until", "must be a time that has been, like 2026-03-02 08:00")
            })?,
        };
        let mut draft = Draft::of(until.plus(-days * DAY), until);
        if !self.alert_level.is_empty() {
            draft.alert_level = Some(self.alert_level.parse()?);
        }
        draft.challenge_per_10_000 = per_10_000(&self.challenge_percent)?;
        draft.ask_a_day = count("ask_a_day", &self.ask_a_day)?;
        if !self.rule.is_empty() {
            let rule = self.rule.parse()?;
            draft.rules.push(match self.mode.as_str() {
                "remove" => RuleChange::Remove { rule },
                mode => RuleChange::Mode { rule, mode: mode.parse()? },
            });
        }
        for rule in &self.without {
            draft.rules.push(RuleChange::Remove { rule: rule.parse()? });
        }
        if !(self.condition.trim().is_empty() && self.filters.trim().is_empty()) {
            draft.rules.push(RuleChange::Write { rule: Box::new(self.rule()?) });
        }
        Ok(draft.checked()?)
    }

    /// The new rule. One that is only tried needs no name: it is called by what it does and where.
    fn rule(self) -> AppResult<porchlight_domain::rule::NewRule> {
        let effect: porchlight_domain::rule::Effect = match self.effect.as_str() {
            "evidence" | "tag" => format!("{}({})", self.effect, self.argument.trim()).parse()?,
            other => other.parse()?,
        };
        let condition = Some(self.condition.replace("\r\n", "\n")).filter(|text| !text.trim().is_empty());
        let filters = words(&self.filters);
        let when = condition.clone().unwrap_or_else(|| filters.join(", "));
        let name = match self.name.trim() {
            "" => titled(&effect.to_string(), &when),
            name => name.to_owned(),
        };
        let priority = match self.priority.trim() {
            "" => 0,
            text => text.parse().map_err(|_| Error::invalid("priority", "must be a whole number"))?,
        };
        Ok(porchlight_domain::rule::NewRule {
            name,
            description: String::new(),
            effect,
            condition,
            target: target(&filters),
            filters,
            source: Some(self.source),
            verbs: words(&self.verbs),
            priority,
            expires_at: None,
            mode: porchlight_domain::rule::Mode::Enforce,
        })
    }
}

/// What a list is of: two letters are a country, anything else an address or range.
#[cfg(feature = "ssr")]
fn target(filters: &[String]) -> Option<RuleTarget> {
    let country = |word: &String| word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let first = filters.first()?;
    Some(if country(first) { RuleTarget::Country } else { RuleTarget::Ip })
}

/// `block if place.country == "NZ"`, on one line, cut where a name has to end.
#[cfg(feature = "ssr")]
fn titled(effect: &str, condition: &str) -> String {
    const MOST: usize = 80;
    let whole = format!("{effect} if {}", condition.split_whitespace().collect::<Vec<_>>().join(" "));
    match whole.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &whole[..end]),
        None => whole,
    }
}

/// The rules that may be chosen: id, name, whether it is.
pub(super) type Options = Vec<(String, String, bool)>;

/// All rules; `rule` is the one that is to be tried, by its id.
pub(super) fn options(rules: &[Rule], rule: Option<&str>) -> Options {
    let options = rules.iter().map(|one| (one.id.to_string(), one.name.clone()));
    options.map(|(id, name)| (id.clone(), name, rule == Some(&id))).collect()
}

/// The form.
pub(super) fn form(project: ProjectId, rules: Options, start: Change) -> AnyView {
    view! {
        <Form change=start class="card pad narrow">
            <input type="hidden" name="project" value=project.to_string()/>
            <h2>"Try on the log"</h2>
            <p class="faint">"What would have been: the stored log is judged twice, as it is and with your draft, each event by what came before it alone. Nothing changes."</p>
            <div class="fields">
                <Field label="The last days" hint="What came before, up to 180 days, is learned from first.">
                    <input type="number" name="form[days]" min="1" max="1096" required value=typed_or("form[days]", "30")/>
                </Field>
                <Field label="Until" hint="UTC, like 2026-03-02 08:00. Empty: now.">
                    <input name="form[until]" value=typed_or("form[until]", "")/>
                </Field>
            </div>
            {rule_fields(rules)}
            {settings_fields()}
            <button class="button primary">"Try it"</button>
        </Form>
    }
    .into_any()
}

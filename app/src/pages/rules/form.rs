//! The form of a rule: a list of addresses or countries, or a condition.

use leptos::prelude::*;
use porchlight_domain::id::ProjectId;
use porchlight_domain::rule::{Effect, Ends, Mode, Rule, RuleTarget};
use serde::{Deserialize, Serialize};

use super::names::{Names, names};
use crate::layout::project_path;
use crate::ui::change::{Change, Form};
use crate::ui::form::{Field, Select, choice, typed_or};
use crate::ui::read::Read;

/// A rule as the form's fields say it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleForm {
    name: String,
    description: String,
    /// `block`, … `revoke(all)`, `evidence`, `tag`.
    effect: String,
    /// How much evidence, or which tag.
    argument: String,
    condition: Option<String>,
    target: Option<RuleTarget>,
    filters: String,
    source: String,
    verbs: String,
    priority: String,
    expires_at: String,
    mode: Mode,
}

#[cfg(feature = "ssr")]
impl RuleForm {
    /// The rule it says, to be checked.
    pub(super) fn read(self) -> porchlight_domain::Result<porchlight_domain::rule::NewRule> {
        use porchlight_domain::{Error, Timestamp};
        let effect = match self.effect.as_str() {
            "evidence" | "tag" => format!("{}({})", self.effect, self.argument.trim()),
            other => other.to_owned(),
        };
        let expires_at = match self.expires_at.trim() {
            "" => None,
            text => Some(
                Timestamp::parse(text)
                    .ok_or_else(|| Error::invalid("expires_at", "must be a time like 2026-12-31 00:00"))?,
            ),
        };
        let priority = match self.priority.trim() {
            "" => 0,
            text => text.parse().map_err(|_| Error::invalid("priority", "must be a whole number"))?,
        };
        Ok(porchlight_domain::rule::NewRule {
            name: self.name,
            description: self.description,
            effect: effect.parse()?,
            // Browsers send lines' ends as CR LF; places are counted in what was typed.
            condition: self.condition.map(|condition| condition.replace("\r\n", "\n")),
            target: self.target,
            filters: words(&self.filters),
            source: Some(self.source),
            verbs: words(&self.verbs),
            priority,
            expires_at,
            mode: self.mode,
        })
    }
}

/// Words as typed: parted by commas, blanks or lines.
#[cfg(feature = "ssr")]
pub(in crate::pages) fn words(text: &str) -> Vec<String> {
    let words = text.split([',', '\n', ' ', '\r']).map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// The form for a new rule, or for a change of one; beside one with a condition stands what that may ask.
pub(super) fn form(
    project: ProjectId,
    save: Change,
    rule: Option<Rule>,
    read: Option<Read<Names>>,
) -> AnyView {
    let conditions = read.is_some();
    let page = project_path(project, "rules");
    let (title, act, other) = match (&rule, conditions) {
        (Some(rule), _) => (format!("Edit “{}”", rule.name), "Save rule", Some((page, "Cancel"))),
        (None, false) => (
            "New rule".to_owned(),
            "Create rule",
            Some((format!("{page}?write=condition"), "Write a condition instead")),
        ),
        (None, true) => (
            "New rule with a condition".to_owned(),
            "Create rule",
            Some((page, "List addresses or countries instead")),
        ),
    };
    let other = other.map(|(href, label)| view! { <a class="button quiet" href=href>{label}</a> });
    let id = rule.as_ref().map(|rule| view! { <input type="hidden" name="id" value=rule.id.to_string()/> });
    let managed = rule.as_ref().is_some_and(|rule| rule.managed).then(|| view! {
        <p class="notice">"This rule comes from a file. The next "<code>"porchlight rules apply"</code>" overwrites what you change here."</p>
    });
    let when = if conditions { by_condition(rule.as_ref()) } else { by_list(rule.as_ref()) };
    let (effect, scope) = (effect(rule.as_ref()), scope(rule.as_ref()));
    let (name, description) = rule.map(|rule| (rule.name, rule.description)).unwrap_or_default();
    let card = view! {
        <section class="card pad narrow">
            <div class="actions"><h2>{title}</h2>{other}</div>
            {managed}
            <Form change=save>
                <input type="hidden" name="project" value=project.to_string()/>
                {id}
                <Field name="name" label="Name" hint="Shown with every event it decides.">
                    <input name="form[name]" required maxlength="100" placeholder="Head office" value=typed_or("form[name]", name)/>
                </Field>
                {when}
                {effect}
                {scope}
                <Field name="description" label="Why it exists">
                    <input name="form[description]" maxlength="1000" value=typed_or("form[description]", description)/>
                </Field>
                <button class="button primary">{act}</button>
            </Form>
        </section>
    };
    match read {
        Some(read) => {
            view! { <div class="columns even"><div>{card}</div><div>{names(read)}</div></div> }.into_any()
        }
        None => card.into_any(),
    }
}

fn by_condition(rule: Option<&Rule>) -> AnyView {
    let condition = rule.and_then(|rule| rule.condition.clone()).unwrap_or_default();
    view! {
        <Field name="condition" label="Condition" hint="Holds or does not, for each event: network.tor && !device.known. What it asks stands in the table.">
            <textarea class="condition" name="form[condition]" required rows="6" maxlength="4096" spellcheck="false" autocapitalize="off">{typed_or("form[condition]", condition)}</textarea>
        </Field>
    }
    .into_any()
}

fn by_list(rule: Option<&Rule>) -> AnyView {
    let filters = rule.map(|rule| rule.filters.join("\n")).unwrap_or_default();
    let country = rule.is_some_and(|rule| rule.target == Some(RuleTarget::Country));
    view! {
        <Field name="target" label="By">
            <Select name="form[target]">
                {choice("location.ip", "address or range", !country)}
                {choice("location.address.country_iso_code", "country", country)}
            </Select>
        </Field>
        <Field name="filters" label="Addresses, ranges or countries" hint="One a line or separated by commas: 192.0.2.7, 198.51.100.0/24, 2001:db8::/32 – or two-letter countries: NZ, AU.">
            <textarea name="form[filters]" required rows="3" spellcheck="false">{typed_or("form[filters]", filters)}</textarea>
        </Field>
    }
    .into_any()
}

fn effect(rule: Option<&Rule>) -> AnyView {
    let (chosen, argument) = match rule.map(|rule| &rule.effect) {
        None | Some(Effect::Block) => ("block", String::new()),
        Some(Effect::Challenge) => ("challenge", String::new()),
        Some(Effect::Allow) => ("allow", String::new()),
        Some(Effect::Notify) => ("notify", String::new()),
        Some(Effect::Revoke(Ends::Session)) => ("revoke(session)", String::new()),
        Some(Effect::Revoke(Ends::All)) => ("revoke(all)", String::new()),
        Some(Effect::Evidence(hundredths)) => ("evidence", format!("{:+}", f64::from(*hundredths) / 100.0)),
        Some(Effect::Tag(tag)) => ("tag", tag.clone()),
    };
    // A new rule is watched before it acts: nobody is kept out by a slip in it.
    let mode = rule.map_or(Mode::Shadow, |rule| rule.mode);
    let option = move |value, label| choice(value, label, value == chosen);
    view! {
        <div class="fields">
            <Field name="effect" label="It">
                <Select name="form[effect]">
                    {option("block", "denies: red, block")}
                    {option("challenge", "challenges: asks for a second factor")}
                    {option("allow", "allows: green")}
                    {option("notify", "notifies: opens an alert")}
                    {option("revoke(session)", "ends the session: orders it revoked")}
                    {option("revoke(all)", "ends all sessions of the user")}
                    {option("evidence", "counts as evidence")}
                    {option("tag", "tags the event")}
                </Select>
            </Field>
            <Field name="argument" label="How much, or which tag" hint="For evidence -10 to +10, in log-odds: +2.3 makes an attacker ten times as likely.">
                <input name="form[argument]" maxlength="40" value=typed_or("form[argument]", argument)/>
            </Field>
            <Field name="mode" label="Mode" hint="In shadow it is counted and changes nothing: see for some days whom it hits, then let it enforce. A slip in a rule that enforces keeps your own users out.">
                <Select name="form[mode]">
                    {choice("shadow", "shadow", mode == Mode::Shadow)}
                    {choice("enforce", "enforce", mode == Mode::Enforce)}
                    {choice("off", "off", mode == Mode::Off)}
                </Select>
            </Field>
        </div>
    }
    .into_any()
}

fn scope(rule: Option<&Rule>) -> AnyView {
    let source = rule.and_then(|rule| rule.source.clone()).unwrap_or_default();
    let verbs = rule.map(|rule| rule.verbs.join(", ")).unwrap_or_default();
    let priority = rule.map_or_else(|| "0".to_owned(), |rule| rule.priority.to_string());
    let until = rule.and_then(|rule| rule.expires_at).map(|end| end.to_string()).unwrap_or_default();
    view! {
        <div class="fields">
            <Field name="source" label="Only events of the source" hint="For applications that serve several tenants. Empty: all.">
                <input name="form[source]" maxlength="1000" value=typed_or("form[source]", source)/>
            </Field>
            <Field name="verbs" label="Only these verbs" hint="log-in, access … Empty: all.">
                <input name="form[verbs]" value=typed_or("form[verbs]", verbs)/>
            </Field>
            <Field name="priority" label="Priority" hint="Of those that block, challenge or allow the highest decides.">
                <input type="number" name="form[priority]" min="-1000" max="1000" value=typed_or("form[priority]", priority)/>
            </Field>
            <Field name="expires_at" label="Until" hint="UTC, like 2026-12-31 00:00. Empty: for good.">
                <input name="form[expires_at]" value=typed_or("form[expires_at]", until)/>
            </Field>
        </div>
    }
    .into_any()
}

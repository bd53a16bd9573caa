//! The fields of a draft.

use leptos::prelude::*;

use super::Options;
use crate::ui::form::{Field, Select, choice, ticked, typed, typed_or};

/// A rule that is there changed or left out, and a new one.
pub(super) fn rule_fields(rules: Options) -> AnyView {
    let existing = (!rules.is_empty()).then(|| existing_rule(rules));
    view! { {existing}{new_rule()} }.into_any()
}

fn existing_rule(rules: Options) -> AnyView {
    let chosen = typed("form[rule]");
    let without = rules.iter().map(|(id, name, _)| {
        let gone = ticked("form[without][]", id, false);
        view! {
            <label class="check">
                <input type="checkbox" name="form[without][]" value=id.clone() checked=gone/>
                <span class="check-label">{name.clone()}</span>
            </label>
        }
    });
    let without = without.collect_view();
    let options = rules.into_iter().map(move |(id, name, asked)| {
        let selected = chosen.as_ref().map_or(asked, |chosen| *chosen == id);
        view! { <option value=id selected=selected>{name}</option> }
    });
    let options = options.collect_view();
    view! {
        <h2>"A rule that is there"</h2>
        <Field label="Rule">
            <select name="form[rule]"><option value="">"None"</option>{options}</select>
        </Field>
        <Field label="Instead">
            <Select name="form[mode]">
                {choice("remove", "it is gone", true)}
                {choice("enforce", "it does what it says", false)}
                {choice("shadow", "it is only counted", false)}
            </Select>
        </Field>
        <fieldset>
            <legend>"Without these as well"</legend>
            {without}
        </fieldset>
    }
    .into_any()
}

fn new_rule() -> AnyView {
    view! {
        <h2>"A new rule"</h2>
        <Field label="Condition" hint="As on the page Rules; empty: none.">
            <textarea class="condition" name="form[condition]" rows="3" spellcheck="false">{typed_or("form[condition]", "")}</textarea>
        </Field>
        <Field label="Or addresses, ranges, countries" hint="Separated by commas: 192.0.2.7, 198.51.100.0/24 – or NZ, AU. Empty: by the condition.">
            <textarea name="form[filters]" rows="2" spellcheck="false">{typed_or("form[filters]", "")}</textarea>
        </Field>
        <Field label="Does">
            <Select name="form[effect]">
                {choice("challenge", "challenge: asks for a second factor", true)}
                {choice("block", "deny: always red, and blocked", false)}
                {choice("allow", "allow: always green", false)}
                {choice("notify", "notify: opens an alert", false)}
                {choice("revoke(session)", "end: its session", false)}
                {choice("revoke(all)", "end: all sessions of the user", false)}
                {choice("evidence", "evidence: counts for or against the user", false)}
                {choice("tag", "tag: names the event", false)}
            </Select>
        </Field>
        <Field label="How much, or which tag" hint="For evidence -10 to +10, in log-odds: +2.3 makes an attacker ten times as likely.">
            <input name="form[argument]" maxlength="40" value=typed_or("form[argument]", "")/>
        </Field>
        <div class="fields">
            <Field label="Name" hint="That of a rule which is there: this one in its place. Empty: none.">
                <input name="form[name]" maxlength="100" value=typed_or("form[name]", "")/>
            </Field>
            <Field label="Priority" hint="Of those that block, challenge or allow the highest decides.">
                <input type="number" name="form[priority]" min="-1000" max="1000" value=typed_or("form[priority]", "0")/>
            </Field>
            <Field label="Only events of the source" hint="Empty: all.">
                <input name="form[source]" maxlength="1000" value=typed_or("form[source]", "")/>
            </Field>
            <Field label="Only these verbs" hint="log-in, access … Empty: all.">
                <input name="form[verbs]" value=typed_or("form[verbs]", "")/>
            </Field>
        </div>
    }
    .into_any()
}

pub(super) fn settings_fields() -> AnyView {
    view! {
        <h2>"Other settings"</h2>
        <Field label="An alert opens on">
            <Select name="form[alert_level]">
                {choice("", "As it is", true)}
                {choice("red", "Red: very unlike the user", false)}
                {choice("orange", "Orange and red: unusual", false)}
            </Select>
        </Field>
        <Field label="Challenge at most, in % of logins" hint="Empty: as it is. It holds in the long run: of a few days a little more may be.">
            <input name="form[challenge_percent]" inputmode="decimal" placeholder="0.5" value=typed_or("form[challenge_percent]", "")/>
        </Field>
        <Field label="Ask at most, users a day" hint="Empty: as it is.">
            <input type="number" name="form[ask_a_day]" min="0" max="1000000" value=typed_or("form[ask_a_day]", "")/>
        </Field>
    }
    .into_any()
}

//! Whom the project challenges and asks, and what its budgets come to now.

use leptos::prelude::*;
use porchlight_domain::project::Settings;
use porchlight_domain::risk::budget::Now;

use crate::layout::MailHint;
use crate::ui::form::{Check, Field, typed};

/// What the budget of challenges comes to.
pub(super) fn challenged(now: &Now) -> Option<String> {
    let (odds, rarity) = now.challenged_from.as_ref().zip(now.rarity.as_ref())?;
    Some(format!("Now a login is challenged from odds of {odds} on that it is not the user: {rarity}."))
}

fn users(count: u32) -> String {
    if count == 1 { "1 user".to_owned() } else { format!("{count} users") }
}

/// Whether, how often and how users are asked.
pub(super) fn asking(settings: Settings, asked: u32) -> AnyView {
    let asked = format!("Asked today (UTC): {}.", users(asked));
    view! {
        <h2>"“Was this you?”"</h2>
        <Check
            name="ask_users"
            checked=settings.ask_users
            label="Ask the user by mail when a login opens an alert"
            hint="Their “no” orders the session ended, and what resembles it later; their “yes” closes the alert."
        />
        <MailHint/>
        <Field name="ask_a_day" label="Ask at most, users a day" hint="As the allowance is used up, only the least likely logins are asked about; half of it is kept back and released over the day, so that a flood leaves some. Empty: every login that opens an alert.">
            <input type="number" name="ask_a_day" min="0" max="1000000" value=typed("ask_a_day").or(settings.ask_a_day.map(|count| count.to_string()))/>
        </Field>
        <p class="faint">{asked}</p>
        <Field name="logo_url" label="Logo in mails" hint="An https address of an image; without one the name stands alone.">
            <input type="url" name="logo_url" pattern="https://.*" placeholder="https://…" value=typed("logo_url").or(settings.logo_url.clone())/>
        </Field>
        <Field name="support_contact" label="Where a worried user finds help" hint="An address or a link, shown in mails and on the answer page.">
            <input name="support_contact" maxlength="200" placeholder="support@example.com" value=typed("support_contact").or(settings.support_contact.clone())/>
        </Field>
    }
    .into_any()
}

//! The mail "Was this you?": what it tells, and how it reads. Pure; what strangers wrote is made inert here.

use super::Body;
use super::html::{escape, one_line};
use crate::Timestamp;
use crate::agent::Agent;
use crate::event::EventSource;
use crate::place::{Credit, Place};
use crate::project::Project;

/// The longest name a mail shows, in characters.
const LONGEST_NAME: usize = 60;
/// The longest other text a mail shows, in characters.
const LONGEST: usize = 200;

/// What the user is told of the sign-in: on the mail, and on the page behind its links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The service as its users know it: the tenant's name, else the project's.
    pub service: String,
    /// The service's logo, https.
    pub logo_url: Option<String>,
    /// Where a worried user finds help.
    pub support: Option<String>,
    /// The user's name, if it can be shown safely.
    pub name: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// Approximately where.
    pub place: Option<String>,
    /// Whom the licence of the place's data asks to name beside it.
    pub credit: Option<Credit>,
    /// Browser and system.
    pub device: Option<String>,
    /// From which address.
    pub ip: Option<String>,
}

/// What an event knows of a sign-in.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    /// At which tenant.
    pub source: Option<&'a EventSource>,
    /// The user's name.
    pub name: Option<&'a str>,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: Option<&'a Place>,
    /// On what.
    pub agent: &'a Agent,
    /// From which address.
    pub ip: Option<&'a str>,
}

impl Facts {
    /// What is told of a sign-in to `project`.
    pub fn new(project: &Project, sign_in: SignIn<'_>) -> Self {
        let tenant =
            sign_in.source.and_then(|source| source.name.as_deref()).filter(|name| !name.trim().is_empty());
        let logo = sign_in
            .source
            .and_then(|source| source.logo_url.as_deref())
            .or(project.settings.logo_url.as_deref());
        let place = sign_in.place.and_then(|place| Some((place.label()?, place.credit)));
        Self {
            service: one_line(tenant.unwrap_or(&project.name), LONGEST_NAME),
            logo_url: logo.filter(|url| is_https(url)).map(str::to_owned),
            support: project.settings.support_contact.as_deref().map(|text| one_line(text, LONGEST)),
            name: sign_in.name.and_then(harmless_name),
            at: sign_in.at,
            credit: place.as_ref().and_then(|(_, credit)| *credit),
            place: place.map(|(text, _)| one_line(&text, LONGEST)),
            device: sign_in.agent.label().map(|text| one_line(&text, LONGEST)),
            ip: sign_in.ip.map(|text| one_line(text, LONGEST)),
        }
    }

    /// The rows of the box: what is unknown says so.
    pub fn rows(&self) -> [(&'static str, String); 4] {
        let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
        [
            ("When", format!("{} UTC", self.at.human())),
            (
                "Where",
                self.place
                    .as_ref()
                    .map_or_else(|| "unknown".to_owned(), |place| format!("{place} (approximately)")),
            ),
            ("Device", known(&self.device)),
            ("Address", known(&self.ip)),
        ]
    }
}

fn is_https(url: &str) -> bool {
    url.len() <= 2_000
        && url::Url::parse(url).is_ok_and(|url| url.scheme() == "https" && url.host().is_some())
}

/// A name as a greeting, unless mail programs could make a link of it: whoever opens an account with somebody else's
/// address chooses the name that we would send there.
fn harmless_name(name: &str) -> Option<String> {
    let name = one_line(name, LONGEST_NAME);
    let dotted = name.split('.').skip(1).any(|rest| !rest.is_empty() && !rest.starts_with(' '));
    (!name.is_empty() && !dotted && !name.contains(['/', ':', '@', '<', '>', '\\'])).then_some(name)
}

/// A mail, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// HTML and plain text.
    pub body: Body,
}

/// Writes the mail to the address `email`, which it names: people have more than one account. `link` is the question's
/// page, `{public_url}/q/{token}`; the two buttons add the answer to it.
pub fn render(facts: &Facts, email: &str, link: &str, expires_at: Timestamp) -> Rendered {
    let subject = format!("Was this you? New sign-in to {}", facts.service);
    let (no, yes) = (format!("{link}?a=no"), format!("{link}?a=yes"));
    let expires = format!("{} UTC", expires_at.human());
    let account = one_line(email, LONGEST);
    let html = html(facts, &escape(&subject), &escape(&account), [&escape(&no), &escape(&yes)], &expires);
    let text = text(facts, &account, [&no, &yes], &expires);
    Rendered { subject, body: Body { html, text } }
}

fn html(facts: &Facts, subject: &str, account: &str, [no, yes]: [&str; 2], expires: &str) -> String {
    let service = escape(&facts.service);
    let logo = facts.logo_url.as_deref().map_or_else(String::new, |url| {
        let style = "display:block;max-height:40px;max-width:200px;margin:0 0 24px";
        format!("<img src=\"{}\" alt=\"{service}\" style=\"{style}\">", escape(url))
    });
    let row = |(name, value): (&str, String)| {
        let name_style =
            "padding:6px 16px 6px 0;color:#5b6470;white-space:nowrap;text-align:left;font-weight:400";
        format!(
            "<tr><th scope=\"row\" style=\"{name_style}\">{name}</th><td style=\"padding:6px 0\">{}</td></tr>",
            escape(&value)
        )
    };
    let support = facts.support.as_deref().map_or_else(String::new, |contact| {
        format!(
            "<p style=\"margin:0 0 12px\">Questions or trouble? {service} helps you: {}</p>",
            escape(contact)
        )
    });
    format!(
        include_str!("mail.html"),
        subject = subject,
        logo = logo,
        greeting = escape(&greeting(facts)),
        service = service,
        account = account,
        rows = facts.rows().map(row).concat(),
        no = no,
        yes = yes,
        expires = expires,
        support = support,
        credit = facts.credit.map_or_else(String::new, credit_in_html),
    )
}

fn credit_in_html(credit: Credit) -> String {
    format!(
        "\n<p style=\"margin:8px 0 0;font-size:13px\"><a href=\"{}\" style=\"color:#5b6470\">{}</a></p>",
        credit.url(),
        credit.text()
    )
}

fn text(facts: &Facts, account: &str, [no, yes]: [&str; 2], expires: &str) -> String {
    let support = facts.support.as_deref().map_or_else(String::new, |contact| {
        format!("\nQuestions or trouble? {} helps you: {contact}\n", facts.service)
    });
    format!(
        include_str!("mail.txt"),
        greeting = greeting(facts),
        service = facts.service,
        account = account,
        rows = facts.rows().map(|(name, value)| format!("  {:<9}{value}\n", format!("{name}:"))).concat(),
        no = no,
        yes = yes,
        expires = expires,
        support = support,
        credit = facts.credit.map_or_else(String::new, |credit| format!(
            "\n{}: {}\n",
            credit.text(),
            credit.url()
        )),
    )
}

fn greeting(facts: &Facts) -> String {
    facts.name.as_deref().map_or_else(|| "Hello,".to_owned(), |name| format!("Hello {name},"))
}

#[cfg(test)]
mod tests;

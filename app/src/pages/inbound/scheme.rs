//! How a source signs, as the fields of a form, and in words.

use leptos::prelude::*;
use porchlight_domain::inbound::hmac::{Algorithm, Encoding, HmacScheme, Place};
use porchlight_domain::inbound::{Scheme, Source};
use serde::{Deserialize, Serialize};

use crate::ui::form::{Field, Select, choice, typed_or};

/// Where a value is, as it is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Where {
    /// In no place.
    #[default]
    Nowhere,
    /// In a header.
    Header,
    /// A part of the signature's header.
    Signature,
    /// In the body.
    Body,
}

/// The generic HMAC scheme, as the form's fields say it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HmacForm {
    header: String,
    algorithm: Option<Algorithm>,
    encoding: Option<Encoding>,
    prefix: String,
    signed: String,
    timestamp_in: Where,
    timestamp: String,
    tolerance_seconds: String,
    id_in: Where,
    id: String,
}

#[cfg(feature = "ssr")]
impl HmacForm {
    /// The settings that it says, to be checked.
    pub(in crate::pages) fn read(self) -> porchlight_domain::Result<HmacScheme> {
        let place = |place: Where, name: String| match place {
            Where::Nowhere => None,
            Where::Header => Some(Place::Header(name.trim().to_owned())),
            Where::Signature => Some(Place::Signature(name.trim().to_owned())),
            Where::Body => Some(Place::Body(name.trim().to_owned())),
        };
        let plain = HmacScheme::plain(
            self.header.trim(),
            self.algorithm.unwrap_or(Algorithm::Sha256),
            self.encoding.unwrap_or(Encoding::Hex),
        );
        let wrong =
            |_| porchlight_domain::Error::invalid("tolerance_seconds", "must be a whole number of seconds");
        let tolerance_seconds = match self.tolerance_seconds.trim() {
            "" => plain.tolerance_seconds,
            text => text.parse().map_err(wrong)?,
        };
        let signed = Some(self.signed).filter(|signed| !signed.is_empty());
        Ok(HmacScheme {
            prefix: self.prefix.trim().to_owned(),
            signed: signed.unwrap_or(plain.signed),
            timestamp: place(self.timestamp_in, self.timestamp),
            tolerance_seconds,
            id: place(self.id_in, self.id),
            ..plain
        })
    }
}

/// Names the fields as the form does: it has one scheme only.
#[cfg(feature = "ssr")]
pub(in crate::pages) fn as_in_the_form(error: porchlight_domain::Error) -> porchlight_domain::Error {
    use porchlight_domain::{Error, FieldError};
    let Error::Invalid(fields) = error else { return error };
    let short = |field: FieldError| match field.field.strip_prefix("hmac.") {
        Some(name) => FieldError::new(name.to_owned(), field.message),
        None => field,
    };
    Error::Invalid(fields.into_iter().map(short).collect())
}

/// The fields of the generic scheme, filled in as `now` says.
pub(in crate::pages) fn fields(now: Option<HmacScheme>) -> AnyView {
    let now = now.unwrap_or_else(|| HmacScheme::plain("", Algorithm::Sha256, Encoding::Hex));
    let is_hex = now.encoding == Encoding::Hex;
    let algorithms =
        Algorithm::ALL.map(|(algorithm, value, label)| (value, label, algorithm == now.algorithm));
    view! {
        <div class="fields">
            <Field name="header" label="Header" hint="It holds the signature.">
                <input name="hmac[header]" maxlength="100" spellcheck="false" placeholder="x-signature-256" value=typed_or("hmac[header]", now.header)/>
            </Field>
            <Field name="prefix" label="Before the signature" hint="Blank: nothing.">
                <input name="hmac[prefix]" maxlength="100" spellcheck="false" placeholder="sha256=" value=typed_or("hmac[prefix]", now.prefix)/>
            </Field>
            <Field label="Algorithm">
                <Select name="hmac[algorithm]">
                    {algorithms.into_iter().map(|(value, label, chosen)| choice(value, label, chosen)).collect_view()}
                </Select>
            </Field>
            <Field label="Written in">
                <Select name="hmac[encoding]">
                    {choice("hex", "hexadecimal", is_hex)}
                    {choice("base64", "base64", !is_hex)}
                </Select>
            </Field>
        </div>
        <Field name="signed" label="What is signed" hint="{body}, and around it {timestamp}, {id} and text, exactly as it is signed: {timestamp}.{body}">
            <input name="hmac[signed]" maxlength="200" spellcheck="false" value=typed_or("hmac[signed]", now.signed)/>
        </Field>
        <div class="fields">
            {place(["timestamp", "hmac[timestamp_in]", "hmac[timestamp]"], ["The time of sending", "The time’s name there"], "A webhook that is too old is refused by it. It must be signed.", now.timestamp)}
            <Field name="tolerance_seconds" label="It may be off by, in seconds">
                <input type="number" name="hmac[tolerance_seconds]" min="60" max="86400" value=typed_or("hmac[tolerance_seconds]", now.tolerance_seconds.to_string())/>
            </Field>
        </div>
        <div class="fields">
            {place(["id", "hmac[id_in]", "hmac[id]"], ["The message’s id", "The id’s name there"], "None: what was signed before counts as repeated.", now.id)}
        </div>
    }
    .into_any()
}

/// Two fields: where a value is, and under which name.
fn place(
    [field, within, name]: [&'static str; 3],
    [label, called_there]: [&'static str; 2],
    hint: &'static str,
    now: Option<Place>,
) -> AnyView {
    let (at, called) = match now {
        None => (Where::Nowhere, String::new()),
        Some(Place::Header(called)) => (Where::Header, called),
        Some(Place::Signature(called)) => (Where::Signature, called),
        Some(Place::Body(called)) => (Where::Body, called),
    };
    view! {
        <Field label=label hint=hint>
            <Select name=within>
                {choice("nowhere", "is not told", at == Where::Nowhere)}
                {choice("header", "in a header", at == Where::Header)}
                {choice("signature", "a part of the signature’s header", at == Where::Signature)}
                {choice("body", "in the JSON body", at == Where::Body)}
            </Select>
        </Field>
        <Field name=field label=called_there hint="x-timestamp, t, or /data/id in the body">
            <input name=name maxlength="100" spellcheck="false" value=typed_or(name, called)/>
        </Field>
    }
    .into_any()
}

/// What a scheme is called.
pub(in crate::pages) fn scheme_name(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Standard => "Standard Webhooks",
        Scheme::ThisData => "ThisData",
        Scheme::Hmac => "HMAC",
    }
}

/// How a source signs, in a line of code: `x-hub-signature-256: sha256=hex(HMAC-SHA-256({body}))`.
pub(in crate::pages) fn formula(source: &Source) -> String {
    let Some(hmac) = &source.hmac else {
        return match source.scheme {
            Scheme::Standard => {
                "webhook-signature: v1,base64(HMAC-SHA-256({id}.{timestamp}.{body}))".to_owned()
            }
            _ => "X-Signature: hex(HMAC-SHA-512({body}))".to_owned(),
        };
    };
    let algorithm = Algorithm::ALL.iter().find(|(algorithm, ..)| *algorithm == hmac.algorithm);
    let algorithm = algorithm.map_or("HMAC", |(_, _, name)| *name);
    let encoding = if hmac.encoding == Encoding::Hex { "hex" } else { "base64" };
    format!("{}: {}{encoding}({algorithm}({}))", hmac.header, hmac.prefix, hmac.signed)
}

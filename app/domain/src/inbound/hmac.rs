//! The generic HMAC scheme: how a source signs, as settings. What is signed is a template, and only what is signed counts.

mod known;
#[cfg(feature = "store")]
mod verify;

use serde::{Deserialize, Serialize};

pub use known::Known;
#[cfg(feature = "store")]
pub use verify::{Proven, verify};

use crate::{Error, FieldError, Result};

/// The longest template, in bytes.
const MAX_TEMPLATE: usize = 200;
/// The longest name of a header, of a part of the signature, or pointer into the body.
const MAX_NAME: usize = 100;
/// How far a signed time may be off, in seconds: a minute to a day.
const TOLERANCES: std::ops::RangeInclusive<i64> = 60..=86_400;

/// The hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// HMAC-SHA-1: for systems that know no other.
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

/// How the signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Hexadecimal, in either case.
    Hex,
    /// Base64 of RFC 4648 §4.
    Base64,
}

/// Where a value of the request is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "in", content = "name", rename_all = "lowercase")]
pub enum Place {
    /// A header of this name.
    Header(String),
    /// The part `name=value` of the signature's header, whose parts are separated by commas.
    Signature(String),
    /// The JSON body, by pointer (RFC 6901): `/data/id`.
    Body(String),
}

impl Place {
    /// The header's name, if it is one.
    pub fn header(&self) -> Option<&str> {
        if let Self::Header(name) = self { Some(name) } else { None }
    }
}

/// How a source signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HmacScheme {
    /// The header that holds the signature, or several separated by commas.
    #[schema(example = "x-hub-signature-256")]
    pub header: String,
    /// The hash function.
    pub algorithm: Algorithm,
    /// How the signature is written.
    pub encoding: Encoding,
    /// What stands before it: `sha256=`, `v1=`.
    #[serde(default)]
    pub prefix: String,
    /// What is signed: `{body}`, as in `{timestamp}.{body}`; `{id}` too.
    #[serde(default = "body_alone")]
    pub signed: String,
    /// Where the time of sending is: Unix seconds or milliseconds, or RFC 3339.
    #[serde(default)]
    pub timestamp: Option<Place>,
    /// How far that time may be off, in seconds.
    #[serde(default = "usual_tolerance")]
    pub tolerance_seconds: i64,
    /// Where the message's id is. Without one, what was signed before is a replay.
    #[serde(default)]
    pub id: Option<Place>,
}

fn body_alone() -> String {
    "{body}".to_owned()
}

fn usual_tolerance() -> i64 {
    300
}

impl Algorithm {
    /// All there are, and what each is called.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Sha256, "sha256", "HMAC-SHA-256"),
        (Self::Sha512, "sha512", "HMAC-SHA-512"),
        (Self::Sha1, "sha1", "HMAC-SHA-1"),
    ];
}

impl HmacScheme {
    /// The headers that it looks at: the signature's, and those of the time and the id.
    pub fn headers(&self) -> Vec<&str> {
        let places = [&self.timestamp, &self.id].into_iter().flatten();
        std::iter::once(self.header.as_str()).chain(places.filter_map(Place::header)).collect()
    }

    /// The body alone is signed, and nothing stands before the signature.
    pub fn plain(header: &str, algorithm: Algorithm, encoding: Encoding) -> Self {
        Self {
            header: header.to_owned(),
            algorithm,
            encoding,
            prefix: String::new(),
            signed: body_alone(),
            timestamp: None,
            tolerance_seconds: usual_tolerance(),
            id: None,
        }
    }

    /// Settings that can be kept to: names that can be, a template that signs the body, and a time and an id that are
    /// signed as well: what is not could be replaced by whoever sends a request again. Names of headers become lower case.
    pub fn checked(mut self) -> Result<Self> {
        let mut errors = Vec::new();
        let mut refuse =
            |field: &str, why: &str| errors.push(FieldError::new(format!("hmac.{field}"), why.to_owned()));
        self.header.make_ascii_lowercase();
        if !is_header(&self.header) {
            refuse("header", "must be the name of a header");
        }
        if self.prefix.len() > MAX_NAME
            || !self.prefix.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',')
        {
            refuse("prefix", "must be at most 100 visible ASCII characters without commas");
        }
        match parts(&self.signed) {
            Some(parts) if parts.contains(&Part::Body) && !is_ambiguous(&parts) => {}
            _ => refuse(
                "signed",
                "must hold {body}, at most {timestamp} and {id} beside it, and other text as it is signed, some of it between any two of these",
            ),
        }
        for (field, hole, place) in
            [("timestamp", "{timestamp}", &mut self.timestamp), ("id", "{id}", &mut self.id)]
        {
            let is_signed = matches!(place, Some(Place::Body(_))) || self.signed.contains(hole);
            match place.as_mut().map(Place::normalise) {
                None if is_signed => refuse(field, "must say where it is: it is in what is signed"),
                Some(_) if !is_signed => {
                    refuse(field, "must be signed, or in the body: else it could be replaced");
                }
                Some(false) => refuse(field, "must name a header, a part or a pointer like /data/id"),
                Some(true) | None => {}
            }
        }
        if !TOLERANCES.contains(&self.tolerance_seconds) {
            refuse("tolerance_seconds", "must be from 60 to 86,400");
        }
        if errors.is_empty() { Ok(self) } else { Err(Error::Invalid(errors)) }
    }
}

impl Place {
    /// False when there can be no such place.
    fn normalise(&mut self) -> bool {
        match self {
            Self::Header(name) => {
                name.make_ascii_lowercase();
                is_header(name)
            }
            Self::Signature(name) => is_header(name),
            Self::Body(pointer) => {
                pointer.len() <= MAX_NAME && pointer.starts_with('/') && !pointer.contains('\0')
            }
        }
    }
}

/// A token of RFC 9110 §5.6.2.
fn is_header(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_token)
}

/// A part of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Timestamp,
    Id,
    Body,
}

/// True when two values stand side by side: the same bytes could then be read as two others, the end of one being the
/// beginning of the next.
fn is_ambiguous(parts: &[Part<'_>]) -> bool {
    let is_hole = |part: &Part<'_>| !matches!(part, Part::Text(_));
    parts.windows(2).any(|pair| pair.iter().all(is_hole))
}

/// A template's parts; None when it has a brace that belongs to none, a body twice, or is too long.
fn parts(template: &str) -> Option<Vec<Part<'_>>> {
    let (mut parts, mut rest) = (Vec::new(), template);
    while !rest.is_empty() {
        let open = rest.find('{').unwrap_or(rest.len());
        let (text, hole) = rest.split_at(open);
        if text.contains(['}', '\0']) {
            return None;
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        let Some(hole) = hole.strip_prefix('{') else { break };
        let (name, after) = hole.split_once('}')?;
        parts.push(match name {
            "timestamp" => Part::Timestamp,
            "id" => Part::Id,
            "body" => Part::Body,
            _ => return None,
        });
        rest = after;
    }
    let bodies = parts.iter().filter(|part| **part == Part::Body).count();
    (template.len() <= MAX_TEMPLATE && bodies <= 1).then_some(parts)
}

#[cfg(test)]
mod tests;

//! Reads the fields of one JSON object and collects what is wrong with them.

use serde_json::{Map, Value};

use crate::FieldError;
use crate::mix::fnv;

/// One object being read. Blank text is absent; NUL, which PostgreSQL's text cannot hold, becomes U+FFFD.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    strict: bool,
    path: String,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(object: &'a Map<String, Value>, strict: bool, path: &str) -> Self {
        Self { object, strict, path: path.to_owned(), errors: Vec::new() }
    }

    /// True when the field is there and its sender ours to correct: then it must not be blank.
    pub(super) fn insists(&self, field: &str) -> bool {
        self.strict && self.value(field).is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.object.is_empty()
    }

    pub(super) fn fault(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(format!("{}{field}", self.path), message));
    }

    pub(super) fn finish(self) -> Vec<FieldError> {
        self.errors
    }

    /// Takes over the faults of an object inside this one.
    pub(super) fn adopt(&mut self, child: Self) {
        self.errors.extend(child.errors);
    }

    pub(super) fn value(&self, field: &str) -> Option<&'a Value> {
        self.object.get(field).filter(|value| !value.is_null())
    }

    /// Text of any length: for what an attacker controls.
    pub(super) fn unbounded(&mut self, field: &str) -> Option<String> {
        match self.value(field)? {
            Value::String(text) => clean(text),
            _ if self.strict => {
                self.fault(field, "must be text");
                None
            }
            _ => None,
        }
    }

    /// Text of at most `most` characters.
    pub(super) fn text(&mut self, field: &str, most: usize) -> Option<String> {
        let text = self.unbounded(field)?;
        if text.chars().count() > most {
            self.fault(field, format!("must be at most {most} characters"));
            return None;
        }
        Some(text)
    }

    /// Whatever `read` makes of a field that must be there; what was found wrong with it already is not told twice.
    pub(super) fn required(&mut self, field: &str, read: impl FnOnce(&mut Self) -> Option<String>) -> String {
        let before = self.errors.len();
        let text = read(self).unwrap_or_default();
        if text.is_empty() && self.errors.len() == before {
            self.fault(field, "must not be blank");
        }
        text
    }

    /// An id: text, or a number as some clients send it.
    pub(super) fn id(&mut self, field: &str) -> Option<String> {
        match self.value(field)? {
            Value::Number(number) => Some(number.to_string()),
            _ => self.text(field, super::MAX_ID),
        }
    }

    /// An id that an attacker chooses: of any length. A long one is kept as its beginning and a number made of the whole, so
    /// that it is the same one each time.
    pub(super) fn claimed(&mut self, field: &str) -> Option<String> {
        let id = self.unbounded(field)?;
        if id.chars().count() <= super::MAX_ID {
            return Some(id);
        }
        let beginning: String = id.chars().take(super::MAX_ID / 2).collect();
        Some(format!("{beginning}… [cut from {} bytes, {:016x}]", id.len(), fnv(id.bytes())))
    }

    /// A flag; some clients send it as text or number.
    pub(super) fn flag(&mut self, field: &str) -> Option<bool> {
        match self.value(field)? {
            Value::Bool(flag) => Some(*flag),
            _ if self.strict => {
                self.fault(field, "must be true or false");
                None
            }
            value => flag(value),
        }
    }

    /// An object inside this one, which may hold the fields `known`.
    pub(super) fn child(&mut self, field: &str, known: &[&str]) -> Option<Self> {
        match self.value(field)? {
            Value::Object(object) => {
                let mut child = Fields::new(object, self.strict, &format!("{}{field}.", self.path));
                child.refuse_unknown(known);
                Some(child)
            }
            _ if self.strict => {
                self.fault(field, "must be an object");
                None
            }
            _ => None,
        }
    }

    /// An object of any fields.
    pub(super) fn object(&mut self, field: &str) {
        if self.strict && self.value(field).is_some_and(|value| !value.is_object()) {
            self.fault(field, "must be an object");
        }
    }

    /// A misspelt field is a fault where the sender is ours to correct.
    pub(super) fn refuse_unknown(&mut self, known: &[&str]) {
        if self.strict {
            let unknown: Vec<_> =
                self.object.keys().filter(|key| !known.contains(&key.as_str())).take(10).cloned().collect();
            for key in unknown {
                self.fault(&key, "is not a field of an event");
            }
        }
    }
}

/// What clients send for nobody beside null: a blank, and PHP's empty array.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim().is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => false,
    }
}

fn clean(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.replace('\0', "\u{fffd}"))
}

/// Text for people, without what would forge lines of a mail or show it in another order than it has. Ids keep such: they
/// are asked for as they are.
pub(super) fn plain(text: String) -> String {
    if text.contains(misleads) { text.replace(misleads, "\u{fffd}") } else { text }
}

/// Controls, and the embeddings, overrides and isolates of bidirectional text (Unicode TR 36, §2.3).
fn misleads(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A flag as applications send it.
pub(crate) fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => Some(text == "true" || text == "1"),
        Value::Number(number) => Some(number.as_f64() != Some(0.0)),
        _ => None,
    }
}

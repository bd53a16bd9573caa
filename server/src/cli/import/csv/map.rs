//! What the columns of a table are: a TOML or JSON file.
//!
//! ```toml
//! delimiter = ";"                       # a comma when absent
//! time = "[day].[month].[year] [hour]:[minute]"   # rfc3339 (when absent), unix, unix_ms, or a format as of the crate `time`
//!
//! [columns]                             # our field = the table's column
//! occurred_at = "Zeit"
//! "user.id" = "Benutzer"
//! ip = "Adresse"
//! verb = "Ergebnis"
//!
//! [constants]                           # our field = the same for every row
//! "source.name" = "Shop"
//!
//! [values.verb]                         # what a column's values mean
//! ok = "log-in"
//! falsch = "log-in-denied"
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use porchlight_domain::Timestamp;
use serde::Deserialize;
use time::PrimitiveDateTime;
use time::format_description::{self, BorrowedFormatItem};

macro_rules! fields {
    ($($name:ident = $path:literal,)*) => {
        /// A field that a column may be.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Field { $($name,)* }

        impl Field {
            /// All of them.
            pub(super) const ALL: &[Self] = &[$(Self::$name,)*];

            /// As the map names it: the place in the native event, or what the file knows of the address.
            pub(super) fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)* }
            }
        }
    };
}

fields! {
    Id = "id",
    Verb = "verb",
    OccurredAt = "occurred_at",
    Ip = "ip",
    UserAgent = "user_agent",
    UserId = "user.id",
    UserName = "user.name",
    UserEmail = "user.email",
    UserMobile = "user.mobile",
    SessionId = "session.id",
    DeviceId = "device.id",
    SourceName = "source.name",
    Country = "country",
    Region = "region",
    City = "city",
    Asn = "asn",
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    delimiter: Option<char>,
    time: Option<String>,
    columns: BTreeMap<String, String>,
    #[serde(default)]
    constants: BTreeMap<String, String>,
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
}

/// How times are written.
#[derive(Debug)]
enum Times {
    Usual,
    Unix(i64),
    Format(Vec<BorrowedFormatItem<'static>>),
}

/// A map, checked.
#[derive(Debug)]
pub(super) struct Map {
    file: File,
    times: Times,
    offset: time::UtcOffset,
}

impl Map {
    /// Reads a map's file: JSON when its name ends so, else TOML.
    pub(super) fn open(path: &Path, offset: time::UtcOffset) -> Result<Self, String> {
        let told = |why: String| format!("{}: {why}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
        let is_json = path.extension().is_some_and(|extension| extension == "json");
        Self::parse(&text, is_json, offset).map_err(told)
    }

    pub(super) fn parse(text: &str, is_json: bool, offset: time::UtcOffset) -> Result<Self, String> {
        let file: File = if is_json {
            serde_json::from_str(text).map_err(|error| error.to_string())?
        } else {
            toml::from_str(text).map_err(|error| error.to_string())?
        };
        for name in file.columns.keys().chain(file.constants.keys()).chain(file.values.keys()) {
            if !Field::ALL.iter().any(|field| field.path() == name) {
                let all: Vec<_> = Field::ALL.iter().map(|field| field.path()).collect();
                return Err(format!("there is no field {name}; there are {}", all.join(", ")));
            }
        }
        for needed in [Field::OccurredAt, Field::Verb] {
            let path = needed.path();
            if !file.columns.contains_key(path) && !file.constants.contains_key(path) {
                return Err(format!("{path} must be a column or a constant"));
            }
        }
        let times = match file.time.as_deref() {
            None | Some("rfc3339") => Times::Usual,
            Some("unix") => Times::Unix(1_000_000),
            Some("unix_ms") => Times::Unix(1_000),
            Some(format) => {
                let items =
                    format_description::parse_borrowed::<2>(Box::leak(format.to_owned().into_boxed_str()));
                Times::Format(items.map_err(|error| format!("time: {error}"))?)
            }
        };
        Ok(Self { file, times, offset })
    }

    pub(super) fn delimiter(&self) -> char {
        self.file.delimiter.unwrap_or(',')
    }

    /// A complaint about a header, with what the map says of it.
    pub(super) fn told(&self, why: String) -> String {
        format!("{why} (columns are parted by {:?}, as the map says)", self.delimiter())
    }

    /// The columns it names.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.file.columns.values().map(String::as_str)
    }

    /// A field's value in a row, whose columns `get` reads.
    pub(super) fn value<'a>(
        &self,
        field: Field,
        get: impl FnOnce(&str) -> Option<&'a str>,
    ) -> Result<Option<String>, String> {
        let path = field.path();
        let column = self.file.columns.get(path).and_then(|column| get(column));
        let Some(text) = column.or_else(|| self.file.constants.get(path).map(String::as_str)) else {
            return Ok(None);
        };
        let text = match self.file.values.get(path) {
            Some(values) => {
                values.get(text).ok_or_else(|| format!("{path}: the map does not say what {text} means"))?
            }
            None => text,
        };
        if field == Field::OccurredAt {
            return self.time(text).map(Some);
        }
        Ok(Some(text.to_owned()))
    }

    fn time(&self, text: &str) -> Result<String, String> {
        let fault = || format!("occurred_at: {text} is not a time of the map's format");
        let at = match &self.times {
            Times::Usual => {
                let at = Timestamp::parse(text).ok_or_else(fault)?;
                // Without an offset it was taken as UTC.
                let named = text.contains(['Z', 'z', '+']) || text.rfind('-').is_some_and(|place| place > 10);
                if named { at } else { at.plus(-self.shift()) }
            }
            Times::Unix(scale) => {
                let number: f64 = text.parse().map_err(|_| fault())?;
                let micros = number * *scale as f64;
                if micros.abs() >= 9e18 || micros.is_nan() {
                    return Err(fault());
                }
                Timestamp(micros.round() as i64)
            }
            Times::Format(items) => {
                let plain = PrimitiveDateTime::parse(text, items).map_err(|_| fault())?;
                let nanos = plain.assume_offset(self.offset).unix_timestamp_nanos();
                Timestamp(i64::try_from(nanos / 1_000).map_err(|_| fault())?)
            }
        };
        Ok(at.to_string())
    }

    fn shift(&self) -> i64 {
        i64::from(self.offset.whole_seconds()) * 1_000_000
    }
}

//! Which rules, or which data, something was judged with: a number made of the whole, short enough for each event.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::mix::fnv;

/// Eight hexadecimal digits: `1f0c9a3e`. The same for what is the same, on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version(u32);

impl Version {
    /// Of this text.
    pub fn of(text: &str) -> Self {
        Self::of_bytes(text.bytes())
    }

    /// Of these bytes.
    pub fn of_bytes(bytes: impl Iterator<Item = u8>) -> Self {
        let hash = fnv(bytes);
        Self((hash ^ (hash >> 32)) as u32)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u32::from_str_radix(&text, 16).map(Self).map_err(de::Error::custom)
    }
}

impl utoipa::PartialSchema for Version {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        String::schema()
    }
}

impl utoipa::ToSchema for Version {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_reads_as_it_is_written_and_changes_with_the_text() {
        let version = Version::of("rules");
        let json = serde_json::to_string(&version).expect("JSON");
        assert_eq!(json.len(), 10, "{json}");
        assert_eq!(serde_json::from_str::<Version>(&json).expect("read"), version);
        assert_ne!(version, Version::of("rules "));
        assert!(serde_json::from_str::<Version>("\"nonsense\"").is_err());
    }
}

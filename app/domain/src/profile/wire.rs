//! A profile as bytes: a version, then postcard. Whatever the bytes are, reading them is safe and what is read is bounded.

use data_encoding::BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::learn::{
    ADDRESSES, CLIENTS, COUNTRIES, COVERS, DEVICES, NETWORKS, PENDING, POSITIONS, PREFIXES, REPORTED,
};
use super::{MAX_BYTES, Profile};
use crate::{Error, Result};

/// The first byte of every encoding.
const VERSION: u8 = 2;
/// … of those that an older version wrote: without the logins that named no session.
const OLDER: u8 = 1;
const NONE: [u8; 1] = [0];

impl Profile {
    /// The profile as bytes, at most [`MAX_BYTES`](super::MAX_BYTES) of them; a newer version's as that wrote it.
    pub fn encode(&self) -> Vec<u8> {
        if self.is_newer() {
            return self.newer.clone();
        }
        let mut room = [VERSION; MAX_BYTES];
        let (_, body) = room.split_at_mut(1);
        if let Ok(body) = postcard::to_slice(self, body) {
            // Many of these are kept in memory: not with room to grow.
            let length = body.len() + 1;
            return room.get(..length).unwrap_or_default().to_vec();
        }
        // Of a user who shows something new each time: habits come before what was done an hour ago.
        if !self.unnamed.is_empty() {
            return Self { unnamed: Vec::new(), ..self.clone() }.encode();
        }
        // Writing numbers and lists of known length into memory cannot fail.
        postcard::to_extend(self, Vec::from([VERSION])).unwrap_or_else(|_| vec![VERSION])
    }

    /// Reads what [`Profile::encode`] wrote. An error for anything else; never a panic, never a profile out of bounds. Of
    /// what a newer version wrote, as after a return to this one, nothing is known, and nothing is lost.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let read = match bytes.split_first().ok_or_else(unreadable)? {
            (newer, _) if *newer > VERSION => Ok(Self { newer: bytes.to_vec(), ..Self::default() }),
            (&VERSION, body) => postcard::from_bytes(body),
            (&OLDER, body) => postcard::from_bytes(&[body, &NONE].concat()),
            _ => return Err(unreadable()),
        };
        let mut profile: Self = read.map_err(|_| unreadable())?;
        profile.bound();
        Ok(profile)
    }

    /// True of one that a newer version wrote.
    pub(crate) fn is_newer(&self) -> bool {
        !self.newer.is_empty()
    }

    fn bound(&mut self) {
        for (habit, limit) in [
            (&mut self.countries, COUNTRIES),
            (&mut self.networks, NETWORKS),
            (&mut self.prefixes, PREFIXES),
            (&mut self.addresses, ADDRESSES),
            (&mut self.clients, CLIENTS),
            (&mut self.devices, DEVICES),
            (&mut self.covers, COVERS),
        ] {
            habit.bound(limit);
        }
        self.hours.truncate(24);
        self.positions.truncate(POSITIONS);
        self.bound_failures();
        self.pending.truncate(PENDING);
        self.reported.truncate(REPORTED);
        self.bound_unnamed();
    }
}

fn unreadable() -> Error {
    Error::Internal("a profile is not readable".into())
}

impl Serialize for Profile {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.serialize_str(&BASE64.encode(&self.encode()));
        }
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return Self::deserialize(deserializer);
        }
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64.decode(text.as_bytes()).map_err(de::Error::custom)?;
        Self::decode(&bytes).map_err(de::Error::custom)
    }
}

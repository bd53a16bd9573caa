//! A profile as bytes: a version, postcard, then when each value became known. Whatever the bytes are, reading them is safe
//! and what is read is bounded.

use data_encoding::BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::habit::Habit;
use super::learn::{
    ADDRESSES, CLIENTS, COUNTRIES, COVERS, DEVICES, NETWORKS, PENDING, POSITIONS, PREFIXES, REPORTED,
};
use super::{MAX_BYTES, Profile};
use crate::{Error, Result};

/// The first byte of every encoding.
const VERSION: u8 = 3;
/// … of those that older versions wrote: without dates and visits, and without the logins that named no session.
const OLDER: u8 = 2;
const OLDEST: u8 = 1;
const NONE: [u8; 2] = [0; 2];

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
            let length = self.write_dates(&mut room, length);
            return room.get(..length).unwrap_or_default().to_vec();
        }
        // Of a user who shows something new each time: habits come before what was done an hour ago.
        if !self.unnamed.is_empty() {
            return Self { unnamed: Vec::new(), ..self.clone() }.encode();
        }
        if !self.visits.is_empty() {
            return Self { visits: Vec::new(), ..self.clone() }.encode();
        }
        // Writing numbers and lists of known length into memory cannot fail.
        postcard::to_extend(self, Vec::from([VERSION])).unwrap_or_else(|_| vec![VERSION])
    }

    /// Reads what [`Profile::encode`] wrote. An error for anything else; never a panic, never a profile out of bounds. Of
    /// what a newer version wrote, as after a return to this one, nothing is known, and nothing is lost.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let padded;
        let body = match bytes.split_first().ok_or_else(unreadable)? {
            (newer, _) if *newer > VERSION => {
                return Ok(Self { newer: bytes.to_vec(), ..Self::default() });
            }
            (&VERSION, body) => body,
            (&(OLDER | OLDEST), body) => {
                let lacks = usize::from(VERSION - bytes[0]);
                padded = [body, &NONE[..lacks]].concat();
                &padded
            }
            _ => return Err(unreadable()),
        };
        let (mut profile, mut dates) = postcard::take_from_bytes::<Self>(body).map_err(|_| unreadable())?;
        for (habit, _) in profile.habits() {
            habit.read_dates(|| {
                let (date, rest) = postcard::take_from_bytes(dates).ok()?;
                dates = rest;
                Some(date)
            });
        }
        profile.bound();
        Ok(profile)
    }

    /// True of one that a newer version wrote.
    pub(crate) fn is_newer(&self) -> bool {
        !self.newer.is_empty()
    }

    /// Writes the dates behind the rest, as many as there is room for, and tells where they end.
    fn write_dates(&self, room: &mut [u8], mut length: usize) -> usize {
        let habits = [
            &self.devices,
            &self.clients,
            &self.prefixes,
            &self.networks,
            &self.countries,
            &self.covers,
            &self.addresses,
        ];
        for date in habits.into_iter().flat_map(Habit::dates) {
            match room.get_mut(length..).map(|rest| postcard::to_slice(&date, rest)) {
                Some(Ok(written)) => length += written.len(),
                _ => break,
            }
        }
        length
    }

    /// With how many values each keeps, in the order of their dates: what matters most when a user says "no" comes first.
    fn habits(&mut self) -> [(&mut Habit, usize); 7] {
        [
            (&mut self.devices, DEVICES),
            (&mut self.clients, CLIENTS),
            (&mut self.prefixes, PREFIXES),
            (&mut self.networks, NETWORKS),
            (&mut self.countries, COUNTRIES),
            (&mut self.covers, COVERS),
            (&mut self.addresses, ADDRESSES),
        ]
    }

    fn bound(&mut self) {
        self.habits().into_iter().for_each(|(habit, limit)| habit.bound(limit));
        self.hours.truncate(24);
        self.positions.truncate(POSITIONS);
        self.bound_failures();
        self.pending.truncate(PENDING);
        self.reported.truncate(REPORTED);
        self.bound_unnamed();
        self.bound_visits();
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

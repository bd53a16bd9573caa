//! A population as bytes: a version, then postcard.

use serde::{Deserialize, Deserializer};

use super::counts::Counts;
use super::novelty::Novelty;
use super::weather::Weather;
use super::{Population, attacks};
use crate::{Error, Result};

/// The first byte of every encoding.
const VERSION: u8 = 3;

impl Population {
    /// As bytes: some 8 for each value that is kept.
    pub fn encode(&self) -> Vec<u8> {
        // Writing numbers and lists of known length into memory cannot fail.
        postcard::to_extend(self, Vec::from([VERSION])).unwrap_or_else(|_| vec![VERSION])
    }

    /// Reads what [`Population::encode`] wrote. An error for anything else; never a panic, never out of bounds.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let unreadable = || Error::Internal("a population is not readable".into());
        let body = bytes.strip_prefix(&[VERSION]).ok_or_else(unreadable)?;
        let mut population: Self = postcard::from_bytes(body).map_err(|_| unreadable())?;
        population.weather.bound();
        Ok(population)
    }
}

/// A population as an older version wrote it: without who reported what.
pub(crate) struct Older(pub(crate) Population);

impl<'de> Deserialize<'de> for Older {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let (
            [countries, networks, prefixes, addresses, clients, versions, covers],
            novelty,
            weather,
            attacks,
        ): ([Counts; 7], Novelty, Weather, attacks::Older) = Deserialize::deserialize(deserializer)?;
        Ok(Self(Population {
            countries,
            networks,
            prefixes,
            addresses,
            clients,
            versions,
            covers,
            novelty,
            weather,
            attacks: attacks.into(),
        }))
    }
}

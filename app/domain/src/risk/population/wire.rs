//! A population as bytes: a version, then postcard.

use super::Population;
use crate::{Error, Result};

/// The first byte of every encoding.
const VERSION: u8 = 2;

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

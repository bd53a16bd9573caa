//! What a crowd is kept as over a restart: what it would lose most by forgetting, within bounds.

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::factor::Factors;
use super::incident::Incidents;
use super::source::Source;
use super::spread::Spread;
use super::{Crowd, Table};
use crate::Timestamp;

/// Sources and accounts that are kept, those worth most: with all that belongs to them below 1 MB.
const MOST: usize = 4_096;
/// The first byte.
const VERSION: u8 = 4;

#[derive(Serialize, Deserialize)]
struct Snapshot {
    project: Source,
    sources: Vec<(u64, Source)>,
    accounts: Vec<(u64, Account)>,
    incidents: Incidents,
    factors: Vec<(u64, Factors)>,
    tries: (Spread, Spread),
    sent: [Spread; 3],
}

impl Crowd {
    /// As bytes, with what is worth most now.
    pub fn encode(&self, now: Timestamp) -> Vec<u8> {
        let at = now.seconds();
        let snapshot = Snapshot {
            project: self.project.clone(),
            sources: self.sources.best(MOST, at),
            accounts: self.accounts.best(MOST, at),
            incidents: self.incidents.clone(),
            factors: self.factors.best(MOST / 8, at),
            tries: self.tries,
            sent: self.sent,
        };
        // Writing numbers and lists of known length into memory cannot fail.
        postcard::to_extend(&snapshot, Vec::from([VERSION])).unwrap_or_else(|_| vec![VERSION])
    }

    /// Reads what [`Crowd::encode`] wrote; None for anything else, also for what another version wrote: it is learned again.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let snapshot: Snapshot = postcard::from_bytes(bytes.strip_prefix(&[VERSION])?).ok()?;
        let mut crowd = Self { project: snapshot.project, ..Self::default() };
        crowd.incidents = snapshot.incidents.bounded();
        (crowd.tries, crowd.sent) = (snapshot.tries, snapshot.sent);
        restore(&mut crowd.factors, snapshot.factors);
        restore(&mut crowd.sources, snapshot.sources);
        restore(&mut crowd.accounts, snapshot.accounts);
        Some(crowd)
    }
}

fn restore<V: super::table::Worth>(table: &mut Table<V>, kept: Vec<(u64, V)>) {
    kept.into_iter().for_each(|(key, value)| table.put(key, value));
}

//! What this process remembers of inbound webhooks, so that a flood of forged ones costs a hash each and no database: the
//! sources for a second, how many came of which status, and how many of the refused were written down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Timestamp;
use crate::id::{ProjectId, SourceId};
use crate::inbound::{Source, Status};
use crate::signature::Secret;
use crate::time::{HOUR, MINUTE, SECOND};

/// How long a source is believed to be as it was read: so long another process' change goes unnoticed.
const FRESH: i64 = SECOND;
/// More are not remembered.
const MAX_KNOWN: usize = 1_000;
/// So many refused ones of a source are written down in a minute …
pub(super) const REFUSED_A_MINUTE: u64 = 120;
/// … and of those beyond, one in so many.
pub(super) const SAMPLE: u64 = 1_000;

/// A source as receiving needs it.
#[derive(Debug)]
pub(super) struct Known {
    pub project: ProjectId,
    pub source: Source,
    /// Its secrets, each until when.
    pub secrets: Vec<(Secret, Option<Timestamp>)>,
    pub read_at: Timestamp,
}

/// How many came in an hour, of a status.
pub(super) type Counts = HashMap<(SourceId, i64, Status), i64>;

/// See the module.
#[derive(Debug, Default)]
pub struct Desk {
    known: Mutex<HashMap<String, Arc<Known>>>,
    counts: Mutex<Counts>,
    refused: Mutex<HashMap<SourceId, (i64, u64)>>,
}

impl Desk {
    /// The source of this slug, if it was read just now.
    pub(super) fn known(&self, slug: &str, now: Timestamp) -> Option<Arc<Known>> {
        let known = lock(&self.known).get(slug).cloned()?;
        (0..FRESH).contains(&now.since(known.read_at)).then_some(known)
    }

    pub(super) fn remember(&self, slug: &str, read: Arc<Known>) {
        let mut known = lock(&self.known);
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(slug.to_owned(), read);
    }

    /// After a change: it is read anew.
    pub(super) fn forget(&self, slug: &str) {
        lock(&self.known).remove(slug);
    }

    pub(super) fn count(&self, source: SourceId, status: Status, now: Timestamp) {
        *lock(&self.counts).entry((source, now.0.div_euclid(HOUR), status)).or_default() += 1;
    }

    /// What was counted since the last time.
    pub(super) fn take_counts(&self) -> Counts {
        std::mem::take(&mut lock(&self.counts))
    }

    /// What could not be written after all.
    pub(super) fn put_back(&self, counts: Counts) {
        let mut kept = lock(&self.counts);
        for (key, count) in counts {
            *kept.entry(key).or_default() += count;
        }
    }

    /// True when this refused one is to be written down.
    pub(super) fn is_sampled(&self, source: SourceId, now: Timestamp) -> bool {
        let minute = now.0.div_euclid(MINUTE);
        let mut refused = lock(&self.refused);
        if refused.len() >= MAX_KNOWN && !refused.contains_key(&source) {
            refused.clear();
        }
        let (of, count) = refused.entry(source).or_insert((minute, 0));
        if *of != minute {
            (*of, *count) = (minute, 0);
        }
        *count += 1;
        *count <= REFUSED_A_MINUTE || (*count).is_multiple_of(SAMPLE)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! The profiles used last, as bytes, so that they need not be read again: right whoever else writes, because each is known
//! by its version and the store is asked for those of another version alone.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use crate::id::UserKey;

/// How many profiles are kept: at some 500 bytes each, 50 MB when full.
const KEPT: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();

/// A profile's version and its encoding.
type Kept = (i64, Arc<[u8]>);

/// The profiles used last.
#[derive(Debug)]
pub struct Cache(Mutex<LruCache<UserKey, Kept>>);

impl Default for Cache {
    fn default() -> Self {
        // Grows with its use: an idle process keeps nothing.
        Self(Mutex::new(LruCache::unbounded()))
    }
}

impl Cache {
    /// What is kept of a user.
    pub(crate) fn get(&self, user: UserKey) -> Option<Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&user).cloned()
    }

    /// Keeps what has been committed; never before it is.
    pub(crate) fn put(&self, user: UserKey, version: i64, state: Vec<u8>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A writer that was overtaken must not put the older one back.
        if kept.peek(&user).is_none_or(|(known, _)| *known < version) {
            kept.put(user, (version, state.into()));
        }
        while kept.len() > KEPT.get() {
            kept.pop_lru();
        }
    }
}

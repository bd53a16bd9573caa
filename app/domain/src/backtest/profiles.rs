//! The profiles of a replay: those used lately as they are, the others as bytes, so that memory stays bounded.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

use crate::mix::Mixing;
use crate::profile::Profile;

/// How many profiles of each of two generations are held as they are: some 2 KB each.
const HOT: usize = 16_384;

/// What is known of each user, by our key.
#[derive(Clone, Debug, Default)]
pub(super) struct Profiles {
    hot: HashMap<i64, Profile, Mixing>,
    warm: HashMap<i64, Profile, Mixing>,
    cold: HashMap<i64, Box<[u8]>, Mixing>,
}

impl Profiles {
    /// A user's profile, to be read and taught; a new one for a new user.
    pub(super) fn of(&mut self, user: i64) -> &mut Profile {
        if self.hot.len() > HOT {
            let warm = std::mem::replace(&mut self.warm, std::mem::take(&mut self.hot));
            self.cold.extend(warm.into_iter().map(|(user, profile)| (user, profile.encode().into())));
        }
        self.hot.entry(user).or_insert_with(|| {
            let kept = self.warm.remove(&user).or_else(|| {
                // What was encoded here can be decoded.
                self.cold.remove(&user).and_then(|bytes| Profile::decode(&bytes).ok())
            });
            kept.unwrap_or_default()
        })
    }

    /// True when there is one.
    pub(super) fn has(&self, user: i64) -> bool {
        self.hot.contains_key(&user) || self.warm.contains_key(&user) || self.cold.contains_key(&user)
    }

    /// All of them, encoded.
    pub(super) fn into_encoded(self) -> impl Iterator<Item = (i64, Box<[u8]>)> {
        let lately = self.hot.into_iter().chain(self.warm);
        lately.map(|(user, profile)| (user, profile.encode().into())).chain(self.cold)
    }
}

/// Something kept for a while: what is not used while so many others are is forgotten.
#[derive(Clone, Debug)]
pub(super) struct Recent<K, V, S = RandomState> {
    young: HashMap<K, V, S>,
    old: HashMap<K, V, S>,
    most: usize,
}

impl<K: Eq + Hash, V, S: BuildHasher + Default> Recent<K, V, S> {
    /// Keeps between `most` and twice as many.
    pub(super) fn new(most: usize) -> Self {
        Self { young: HashMap::default(), old: HashMap::default(), most }
    }

    /// What is kept.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// What is kept, to be changed.
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.young.get_mut(key).or_else(|| self.old.get_mut(key))
    }

    /// All that is kept, to be changed.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.young.values_mut().chain(self.old.values_mut())
    }

    /// Takes what is kept.
    pub(super) fn take(&mut self, key: &K) -> Option<V> {
        self.young.remove(key).or_else(|| self.old.remove(key))
    }

    /// Keeps.
    pub(super) fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.most {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_is_forgotten() {
        let mut recent: Recent<i32, i32> = Recent::new(2);
        for key in 0..6 {
            recent.put(key, key);
            if let Some(zero) = recent.take(&0) {
                recent.put(0, zero);
            }
        }
        assert_eq!(recent.take(&0), Some(0));
        assert_eq!(recent.take(&1), None, "the second of six was not used again");
        assert!(recent.young.len() + recent.old.len() <= 4);
    }
}

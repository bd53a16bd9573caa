//! Ids that come again within a file: a dry run stores nothing that could tell.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use porchlight_domain::event::NewEvent;

use super::counts::Counts;
use super::order::has_own_id;

/// So many ids are remembered; of a longer file those that came first.
const MOST: usize = 4_000_000;

/// What each id that the application gave came with first: its line, and its body's hash.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    seen: HashMap<u64, (u64, u64)>,
    hasher: RandomState,
}

impl Repeats {
    /// Counts an event whose id came before: stored already if it is the same, bad if it is another one.
    pub(super) fn is_new(&mut self, event: &NewEvent, line: u64, counts: &mut Counts) -> bool {
        let Some(id) = event.client_id.as_ref().filter(|_| has_own_id(event)) else { return true };
        let (key, body) = (self.hasher.hash_one(id), self.hasher.hash_one(&event.raw));
        match self.seen.get(&key) {
            Some((_, first)) if *first == body => counts.repeated += 1,
            Some((first, _)) => {
                counts.bad(line, &format!("has the id {id} and another body than line {first}"));
            }
            None => {
                if self.seen.len() < MOST {
                    self.seen.insert(key, (line, body));
                }
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_comes_again_is_known_and_with_another_body_bad() {
        let (mut repeats, mut counts) = (Repeats::default(), Counts::default());
        let event = |id: Option<&str>, raw: &str| NewEvent {
            client_id: id.map(str::to_owned),
            raw: raw.into(),
            ..NewEvent::default()
        };
        let new = [
            (Some("e1"), "a"),
            (Some("e2"), "a"),
            (Some("e1"), "a"),
            (Some("e1"), "b"),
            (None, "a"),
            (None, "a"),
        ]
        .map(|(id, raw)| repeats.is_new(&event(id, raw), 1, &mut counts));
        assert_eq!(new, [true, true, false, false, true, true]);
        assert_eq!((counts.repeated, counts.bad), (1, 1));
    }
}

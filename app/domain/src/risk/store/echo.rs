//! What was judged and taught, and then could not be written: the transaction failed. Whoever sent it sends it again, and it
//! must neither be counted twice nor lose the alert that it opened.
//!
//! Counts stay as they are: the attempts did happen. Only who sends the same again within an hour teaches nothing new.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::Timestamp;
use crate::event::Observation;
use crate::mix::Mixing;
use crate::time::HOUR;

/// So many are remembered; of more, the further ones count twice.
const MOST: usize = 20_000;
/// For so long.
const KEPT: i64 = HOUR;

/// Events that were taught and are not in the log.
#[derive(Debug, Default)]
pub(super) struct Echoes {
    kept: HashMap<u64, Echo, Mixing>,
    numbers: RandomState,
}

/// Events that are the same.
#[derive(Debug)]
struct Echo {
    times: u32,
    until: Timestamp,
    /// The incident that one of them opened.
    opened: Option<u64>,
}

impl Echoes {
    /// Remembers one, and the incident that it opened.
    pub(super) fn keep(&mut self, seen: &Observation, opened: Option<u64>) {
        if self.kept.len() >= MOST {
            self.kept.retain(|_, echo| echo.until >= seen.received_at);
        }
        let (key, until) = (self.number(seen), seen.received_at.plus(KEPT));
        if self.kept.len() < MOST || self.kept.contains_key(&key) {
            let echo = self.kept.entry(key).or_insert(Echo { times: 0, until, opened: None });
            (echo.times, echo.until) = (echo.times.saturating_add(1), until);
            echo.opened = echo.opened.or(opened);
        }
    }

    /// Takes one that comes again: None where it is new, else the incident that it opened.
    pub(super) fn take(&mut self, seen: &Observation) -> Option<Option<u64>> {
        if self.kept.is_empty() {
            return None;
        }
        let key = self.number(seen);
        let echo = self.kept.get_mut(&key)?;
        let (opened, is_late) = (echo.opened.take(), echo.until < seen.received_at);
        echo.times -= 1;
        if echo.times == 0 || is_late {
            self.kept.remove(&key);
        }
        (!is_late).then_some(opened)
    }

    /// The same for what a sender sends again, and hard to guess for anything else.
    fn number(&self, seen: &Observation) -> u64 {
        let event = &seen.event;
        let user = event.user.as_ref().map(|user| &user.id);
        let address = event.address.as_ref().map(|address| address.ip);
        self.numbers.hash_one((&event.client_id, &event.verb, user, address, &event.session_id, &event.raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::NewEvent;

    fn seen(raw: &str, at: i64) -> Observation {
        let event = NewEvent { raw: raw.into(), ..NewEvent::default() };
        Observation { event, received_at: Timestamp(at), ..Observation::default() }
    }

    #[test]
    fn what_comes_again_is_taken_as_often_as_it_was_kept() {
        let mut echoes = Echoes::default();
        assert_eq!(echoes.take(&seen("a", 0)), None);
        echoes.keep(&seen("a", 0), None);
        echoes.keep(&seen("a", 0), Some(7));
        assert_eq!(echoes.take(&seen("b", 1)), None, "another event");
        assert_eq!(echoes.take(&seen("a", 1)), Some(Some(7)));
        assert_eq!(echoes.take(&seen("a", 1)), Some(None));
        assert_eq!(echoes.take(&seen("a", 1)), None, "it came twice");
    }

    #[test]
    fn what_comes_too_late_is_new_and_few_are_kept() {
        let mut echoes = Echoes::default();
        echoes.keep(&seen("a", 0), None);
        assert_eq!(echoes.take(&seen("a", KEPT + 1)), None);
        (0..=MOST).for_each(|number| echoes.keep(&seen(&number.to_string(), 0), None));
        assert_eq!(echoes.kept.len(), MOST);
        echoes.keep(&seen("late", KEPT + 1), None);
        assert_eq!(echoes.kept.len(), 1, "what is over makes room");
    }
}

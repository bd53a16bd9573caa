//! Puts events in the order of time, within a window, and gives each an id that says nothing of where it stood.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use data_encoding::HEXLOWER;
use porchlight_domain::Timestamp;
use porchlight_domain::event::NewEvent;
use porchlight_domain::place::Place;
use sha2::{Digest, Sha256};

/// Lines that may be out of order before the file is taken for an unsorted one, …
const FEW: u64 = 100;
/// … and from which share on it is: one of so many lines.
const ONE_IN: u64 = 20;

/// How the ids begin that are given here.
const GIVEN: &str = "import-";

/// Whether the application gave the event its id.
pub(super) fn has_own_id(event: &NewEvent) -> bool {
    event.client_id.as_deref().is_some_and(|id| !id.starts_with(GIVEN))
}

/// An event that waits for its turn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Waiting {
    pub(super) at: Timestamp,
    pub(super) line: u64,
    pub(super) event: NewEvent,
    pub(super) place: Option<Place>,
    pub(super) asn: Option<u32>,
    pub(super) times: u32,
}

/// The window.
#[derive(Debug)]
pub(super) struct Order {
    most: usize,
    heap: BinaryHeap<Reverse<(Timestamp, u64, usize)>>,
    waiting: HashMap<usize, Waiting>,
    next: usize,
    last: Option<Timestamp>,
    late: u64,
    /// How many events of this moment said the same.
    same: HashMap<String, u32>,
    same_at: Timestamp,
}

impl Order {
    /// Holds so many events back.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            heap: BinaryHeap::new(),
            waiting: HashMap::new(),
            next: 0,
            last: None,
            late: 0,
            same: HashMap::new(),
            same_at: Timestamp(i64::MIN),
        }
    }

    /// Takes an event, unless later ones are gone already: then the answer is when these were.
    pub(super) fn put(&mut self, waiting: Waiting) -> Result<(), Timestamp> {
        if let Some(last) = self.last.filter(|last| waiting.at < *last) {
            self.late += 1;
            return Err(last);
        }
        for _ in 0..waiting.times {
            self.heap.push(Reverse((waiting.at, waiting.line, self.next)));
            self.waiting.insert(self.next, waiting.clone());
            self.next += 1;
        }
        Ok(())
    }

    /// The oldest event, when more wait than the window holds.
    pub(super) fn due(&mut self) -> Option<Waiting> {
        if self.heap.len() > self.most { self.rest() } else { None }
    }

    /// The oldest event.
    pub(super) fn rest(&mut self) -> Option<Waiting> {
        let Reverse((at, _, place)) = self.heap.pop()?;
        self.last = Some(at);
        let mut waiting = self.waiting.remove(&place)?;
        if waiting.event.client_id.is_none() {
            waiting.event.client_id = Some(self.id(&waiting));
        }
        Some(waiting)
    }

    /// Refuses a file that is not sorted at all.
    pub(super) fn check(&self, lines: u64) -> Result<(), String> {
        if self.late > FEW && self.late > lines / ONE_IN {
            return Err(format!(
                "{} of {lines} lines are out of order by more than {} lines: events must be learned in the order of \
                 time. Sort the file by time (for example with sort, or with ORDER BY where it comes from), or hold \
                 more lines back with --window. What is stored already is not stored again",
                self.late, self.most
            ));
        }
        Ok(())
    }

    /// The same for the same event wherever it stands; equal events of one moment are numbered.
    fn id(&mut self, waiting: &Waiting) -> String {
        if self.same_at != waiting.at {
            self.same_at = waiting.at;
            self.same.clear();
        }
        let digest = Sha256::digest(format!("{}\n{}", waiting.at.0, waiting.event.raw).as_bytes());
        let hash = HEXLOWER.encode(&digest[..16]);
        let count = self.same.entry(hash.clone()).or_default();
        let id = format!("{GIVEN}{hash}-{count}");
        *count += 1;
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(at: i64, raw: &str) -> Waiting {
        let event = NewEvent { raw: raw.into(), ..NewEvent::default() };
        Waiting { at: Timestamp(at), line: 1, event, place: None, asn: None, times: 1 }
    }

    fn ids(events: &[Waiting], window: usize) -> Vec<(i64, String)> {
        let (mut order, mut out) = (Order::new(window), Vec::new());
        for event in events {
            order.put(event.clone()).expect("in order");
            out.extend(std::iter::from_fn(|| order.due()));
        }
        out.extend(std::iter::from_fn(|| order.rest()));
        out.into_iter().map(|out| (out.at.0, out.event.client_id.unwrap_or_default())).collect()
    }

    #[test]
    fn a_window_sorts_and_ids_do_not_depend_on_places() {
        let events = [waiting(3, "c"), waiting(1, "a"), waiting(2, "b"), waiting(2, "b"), waiting(9, "a")];
        let there = ids(&events, 3);
        assert_eq!(there.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 2, 2, 3, 9]);
        let mut sorted = events.to_vec();
        sorted.sort_by_key(|event| event.at);
        assert_eq!(ids(&sorted, 1), there);
        let mut unique: Vec<_> = there.iter().map(|(_, id)| id.clone()).collect();
        unique.sort();
        unique.dedup();
        assert_eq!(
            unique.len(),
            5,
            "equal events of one moment are told apart, and so are equal ones of two"
        );
    }

    #[test]
    fn an_unsorted_file_is_refused_and_a_straggler_is_not() {
        let mut order = Order::new(1);
        for at in 0..1_000 {
            order.put(waiting(at, "x")).expect("in order");
            while order.due().is_some() {}
        }
        assert_eq!(order.put(waiting(5, "late")), Err(Timestamp(998)));
        assert_eq!(order.check(1_001), Ok(()));
        for lines in 0..101 {
            assert!(order.put(waiting(5, "late")).is_err());
            assert_eq!(order.check(1_002 + lines).is_err(), lines + 2 > FEW, "line {lines}");
        }
    }

    #[test]
    fn an_id_that_the_application_gave_stays() {
        let mut order = Order::new(0);
        let mut event = waiting(1, "x");
        event.event.client_id = Some("own".into());
        event.times = 2;
        order.put(event).expect("in order");
        assert_eq!(order.due().and_then(|out| out.event.client_id).as_deref(), Some("own"));
        assert!(order.due().is_some() && order.due().is_none(), "times two");
    }
}

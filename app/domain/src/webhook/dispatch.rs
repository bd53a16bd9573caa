//! Which endpoint gets how many of the free slots, from which lane: so that none costs another anything. State of one
//! process, pure: time is an argument.

mod pace;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use self::pace::Pace;
use super::health::{Health, Phase};
use super::{Answer, Policy};
use crate::Timestamp;
use crate::id::EndpointId;
use crate::time::SECOND;

/// How many lanes there are: first attempts, retries, bulk replay, what is urgent.
pub const LANES: usize = 4;
/// The lane of what goes at once, also where its endpoint is on hold: the first attempt of an order to end sessions, an order
/// whose time limit is over, and what somebody sends by hand.
pub const URGENT: usize = 3;
/// The most deliveries that one plan takes: they share a claim's commit.
const BATCH: usize = 64;
/// For so long an endpoint of which nothing could be claimed is not asked again, unless something new came.
const QUIET: i64 = SECOND;

/// An endpoint with pending deliveries.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Which one.
    pub endpoint: EndpointId,
    /// When the first of each lane is due; None: the lane is empty.
    pub due: [Option<Timestamp>; LANES],
    /// How it wants to be delivered to.
    pub policy: Policy,
    /// How it has been doing.
    pub health: Health,
}

/// What to claim for one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Take {
    /// Whose.
    pub endpoint: EndpointId,
    /// How many of each lane.
    pub lanes: [usize; LANES],
    /// The one delivery by which a half-open breaker is tried.
    pub canary: bool,
}

/// What to claim now, and when to look again if nothing happens before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// At most one for each endpoint.
    pub takes: Vec<Take>,
    /// None: nothing is planned.
    pub next: Option<Timestamp>,
}

/// One process' view of the endpoints it sends to.
#[derive(Debug)]
pub struct Dispatcher {
    slots: usize,
    replicas: u32,
    in_flight: usize,
    planned: usize,
    paces: HashMap<EndpointId, Pace>,
    last: EndpointId,
}

/// What an endpoint may take in one plan.
struct Room<'a> {
    waiting: &'a Waiting,
    room: usize,
    taken: Take,
    /// On hold or half open: one that is urgent goes before all others.
    urgent_alone: bool,
}

impl Dispatcher {
    /// With so many deliveries on their way at once at most.
    pub fn new(slots: usize) -> Self {
        Self { slots, replicas: 1, in_flight: 0, planned: 0, paces: HashMap::new(), last: EndpointId(0) }
    }

    /// How many more may be on their way.
    pub fn free(&self) -> usize {
        self.slots.saturating_sub(self.in_flight)
    }

    /// After which endpoint the next plan begins.
    pub fn cursor(&self) -> EndpointId {
        self.last
    }

    /// So many replicas share each endpoint's rate.
    pub fn share_among(&mut self, replicas: u32) {
        self.replicas = replicas.max(1);
    }

    /// Something new is due: what could not be claimed a moment ago is worth asking for.
    pub fn stir(&mut self) {
        for pace in self.paces.values_mut() {
            pace.quiet_until = Timestamp::default();
        }
    }

    /// Shares the free slots among the endpoints that have something due, one each in turn.
    pub fn plan(&mut self, waiting: &[Waiting], now: Timestamp) -> Plan {
        let mut plan = Plan::default();
        self.planned = 0;
        let mut rooms: Vec<Room<'_>> =
            waiting.iter().filter_map(|one| self.room(one, now, &mut plan.next)).collect();
        let after = rooms.partition_point(|room| room.waiting.endpoint <= self.last);
        rooms.rotate_left(after);
        let (mut left, mut progress) = (self.free().min(BATCH), true);
        while progress && left > 0 {
            progress = false;
            for room in rooms.iter_mut().filter(|room| room.room > 0) {
                if left > 0 && self.give(room, now) {
                    left -= 1;
                    progress = true;
                }
            }
        }
        let taken = rooms.into_iter().map(|room| room.taken).filter(|take| take.lanes != [0; LANES]);
        plan.takes = taken.collect();
        plan
    }

    /// Gives it one more, if it holds less than half of what is free (the dynamic threshold of Choudhury, Hahne 1998): so
    /// that those that never answer always leave some to those that do.
    fn give(&mut self, room: &mut Room<'_>, now: Timestamp) -> bool {
        let Some(pace) = self.paces.get_mut(&room.waiting.endpoint) else { return false };
        let free = self.slots.saturating_sub(self.in_flight + self.planned);
        let taken: usize = room.taken.lanes.iter().sum();
        if pace.in_flight + taken >= (free / 2).max(1) {
            return false;
        }
        let alone = room.urgent_alone;
        room.taken.lanes[pace.pick(|lane| is_due(room.waiting, lane, now) && (!alone || lane == URGENT))] +=
            1;
        room.room -= 1;
        self.planned += 1;
        self.last = room.waiting.endpoint;
        true
    }

    /// How many it may take now; None, with the time to look again, when none.
    fn room<'a>(
        &mut self,
        waiting: &'a Waiting,
        now: Timestamp,
        next: &mut Option<Timestamp>,
    ) -> Option<Room<'a>> {
        let mut again = |at: Timestamp| {
            *next = Some(next.map_or(at, |next| next.min(at)));
            None::<usize>
        };
        let first = waiting.due.iter().flatten().min()?;
        let pace = self.paces.entry(waiting.endpoint).or_default();
        pace.refill(
            waiting.policy.max_per_second.map(|rate| f64::from(rate) / f64::from(self.replicas)),
            now,
        );
        let phase = waiting.health.phase(now);
        let urgent = is_due(waiting, URGENT, now);
        let room = match phase {
            _ if *first > now => again(*first),
            Phase::Open(until) if !urgent => again(until),
            _ if pace.quiet_until > now => again(pace.quiet_until),
            _ => match pace.room(waiting.policy.concurrency()) {
                0 => pace.next_token(now).and_then(again),
                room if phase == Phase::Closed => Some(room),
                _ => (pace.in_flight == 0).then_some(1),
            },
        }?;
        let canary = phase == Phase::HalfOpen;
        let taken = Take { endpoint: waiting.endpoint, lanes: [0; LANES], canary };
        Some(Room { waiting, room, taken, urgent_alone: urgent && phase != Phase::Closed })
    }

    /// So many of what was planned could be claimed and are on their way.
    pub fn launched(&mut self, take: &Take, count: usize, now: Timestamp) {
        let pace = self.paces.entry(take.endpoint).or_default();
        pace.launched(count);
        self.in_flight += count;
        if count == 0 {
            pace.quiet_until = now.plus(QUIET);
        }
    }

    /// An attempt ended, with this answer or, where its task broke, with none.
    pub fn ended(&mut self, endpoint: EndpointId, answer: Option<&Answer>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(pace) = self.paces.get_mut(&endpoint) {
            pace.ended(answer.is_some_and(Answer::is_success), answer.is_none_or(Answer::is_overload));
        }
    }
}

fn is_due(waiting: &Waiting, lane: usize, now: Timestamp) -> bool {
    waiting.due[lane].is_some_and(|due| due <= now)
}

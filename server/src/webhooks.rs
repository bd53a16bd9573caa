//! The worker that sends webhooks: claims what is due, sends each beside the others, records together what ended
//! together. A delivery is sent at least once: when the process dies between the answer and its record, it is sent
//! again under the same `webhook-id`, by which a receiver knows it.

mod client;
mod failure;
mod resolver;
mod send;

use std::collections::HashMap;
use std::time::Duration;

use porchlight_domain::db::{Db, Queue};
use porchlight_domain::id::EndpointId;
use porchlight_domain::time::SECOND;
use porchlight_domain::webhook::store::{self, Completion};
use porchlight_domain::{Result, Timestamp};
use tokio::sync::Mutex;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

pub use client::{Client, Limits};

use crate::worker::Outcome;

/// How many deliveries are on their way at once.
const SLOTS: usize = 128;
/// How many of one endpoint a claim takes, and with how many on their way it gets no more: so that it never holds more
/// than twice as many less one. An endpoint of which every attempt of late failed gets one at a time.
const SHARE: usize = 16;
/// The longest a step waits for answers before it looks again for what is due.
const POLL: i64 = SECOND;

/// What sends webhooks.
#[derive(Debug)]
pub struct Worker {
    db: Db,
    client: Client,
    flight: Mutex<Flight>,
}

/// What is on its way, and what came back but could not be recorded yet.
#[derive(Debug, Default)]
struct Flight {
    recovered: bool,
    tasks: JoinSet<Completion>,
    loads: HashMap<Id, Load>,
    ended: Vec<Completion>,
}

#[derive(Clone, Copy, Debug)]
struct Load {
    endpoint: EndpointId,
    failing: bool,
}

impl Flight {
    /// Endpoints that have as much on its way as they may.
    fn busy(&self) -> Vec<EndpointId> {
        let mut counts: HashMap<EndpointId, usize> = HashMap::new();
        for load in self.loads.values() {
            *counts.entry(load.endpoint).or_default() += if load.failing { SHARE } else { 1 };
        }
        counts.into_iter().filter(|(_, count)| *count >= SHARE).map(|(endpoint, _)| endpoint).collect()
    }

    fn land(&mut self, landed: Result<(Id, Completion), tokio::task::JoinError>) {
        match landed {
            Ok((id, completion)) => {
                self.loads.remove(&id);
                self.ended.push(completion);
            }
            // Its lease runs out, then it is claimed again.
            Err(error) => {
                self.loads.remove(&error.id());
                tracing::error!(%error, "an attempt was lost");
            }
        }
    }
}

impl Worker {
    /// A worker on `db` that sends by `client`.
    pub fn new(db: Db, client: Client) -> Self {
        Self { db, client, flight: Mutex::default() }
    }

    /// Sends what is due at `now` and records what ended. While anything is on its way it waits for the first to end,
    /// for a wake-up or for the next due time, and returns [`Outcome::Worked`]: call again.
    pub async fn step(&self, now: Timestamp) -> Result<Outcome> {
        let began = Instant::now();
        let mut flight = self.flight.lock().await;
        if !flight.recovered {
            store::release(&self.db).await?;
            flight.recovered = true;
        }
        self.record(&mut flight, now).await?;
        let due = store::next_due(&self.db, now).await?;
        let launched = due.is_some_and(|due| due <= now) && self.launch(&mut flight, now).await?;
        if flight.tasks.is_empty() {
            return Ok(if launched { Outcome::Worked } else { Outcome::Idle(due.filter(|due| *due > now)) });
        }
        self.wait(&mut flight, due, now).await;
        self.record(&mut flight, later(now, began)).await?;
        Ok(Outcome::Worked)
    }

    /// Lets what is on its way end, and records it; claims nothing more.
    pub async fn finish(&self, now: Timestamp) -> Result<()> {
        let began = Instant::now();
        let mut flight = self.flight.lock().await;
        while let Some(landed) = flight.tasks.join_next_with_id().await {
            flight.land(landed);
        }
        self.record(&mut flight, later(now, began)).await
    }

    /// Claims what is due and sends it off. True when there was any.
    async fn launch(&self, flight: &mut Flight, now: Timestamp) -> Result<bool> {
        let free = SLOTS.saturating_sub(flight.loads.len());
        if free == 0 {
            return Ok(false);
        }
        let (limit, share) = (i64::try_from(free.min(64)).unwrap_or(1), i64::try_from(SHARE).unwrap_or(1));
        let claimed = store::claim(&self.db, limit, share, &flight.busy(), now).await?;
        let any = !claimed.is_empty();
        for one in claimed {
            let load = Load { endpoint: one.endpoint, failing: one.failing };
            let client = self.client.clone();
            let task = flight.tasks.spawn(async move { send::attempt(&client, one, now).await });
            flight.loads.insert(task.id(), load);
        }
        Ok(any)
    }

    /// Waits until something ended or may be sent; takes all that ended, so that it shares a commit.
    async fn wait(&self, flight: &mut Flight, due: Option<Timestamp>, now: Timestamp) {
        let due = due.map(|due| due.since(now)).filter(|wait| *wait > 0).unwrap_or(POLL).min(POLL);
        tokio::select! {
            Some(landed) = flight.tasks.join_next_with_id() => flight.land(landed),
            () = self.db.wakes().woken(Queue::Deliveries) => {}
            () = tokio::time::sleep(Duration::from_micros(due.unsigned_abs())) => {}
        }
        while let Some(landed) = flight.tasks.try_join_next_with_id() {
            flight.land(landed);
        }
    }

    /// Records what ended. If the database fails it stays in hand for the next time: nothing that was answered is lost.
    async fn record(&self, flight: &mut Flight, now: Timestamp) -> Result<()> {
        if flight.ended.is_empty() {
            return Ok(());
        }
        let completed = store::complete(&self.db, &flight.ended, now).await?;
        for one in flight.ended.drain(..) {
            let outcome = if one.answer.is_success() { "delivered" } else { "failed" };
            metrics::counter!("porchlight_webhook_attempts_total", "outcome" => outcome).increment(1);
        }
        if completed.discarded > 0 {
            tracing::warn!(
                attempts = completed.discarded,
                "another worker took deliveries over: they may have been sent twice"
            );
            metrics::counter!("porchlight_webhook_discarded_total").increment(u64::from(completed.discarded));
        }
        Ok(())
    }
}

/// `now`, and the time that passed since.
fn later(now: Timestamp, began: Instant) -> Timestamp {
    now.plus(i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX))
}

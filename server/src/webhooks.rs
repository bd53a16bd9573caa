//! The worker that sends webhooks: claims what is due, sends each beside the others, records together what ended
//! together. A delivery is sent at least once: when the process dies between the answer and its record, it is sent
//! again under the same `webhook-id`, by which a receiver knows it.

mod client;
mod failure;
mod flight;
mod lookup;
mod phases;
mod probe;
mod resolver;
mod send;

use std::collections::HashMap;
use std::time::Duration;

use porchlight_domain::db::{Db, Engine, Queue};
use porchlight_domain::replica::{self, BEAT};
use porchlight_domain::time::SECOND;
use porchlight_domain::webhook::health::Patience;
use porchlight_domain::webhook::store;
use porchlight_domain::{Result, Timestamp};
use tokio::sync::Mutex;
use tokio::time::Instant;

pub use client::{Client, Limits};
pub use lookup::Bounded;
pub use probe::Prober;
pub use resolver::Lookup;

use self::flight::Flight;
use crate::worker::Outcome;

/// The longest a step waits for answers before it looks again for what is due.
const POLL: i64 = SECOND / 2;
/// While much is on its way, how long what ended waits for more to share its commit.
const LINGER: Duration = Duration::from_millis(2);

/// What sends webhooks.
#[derive(Debug)]
pub struct Worker {
    db: Db,
    client: Client,
    patience: Patience,
    flight: Mutex<Flight>,
}

impl Worker {
    /// A worker on `db` that sends by `client`.
    pub fn new(db: Db, client: Client) -> Self {
        Self { db, client, patience: Patience::default(), flight: Mutex::default() }
    }

    /// This worker, disabling endpoints that fail beyond `patience`.
    #[must_use]
    pub fn with(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Sends what is due at `now` and records what ended. While anything is on its way it waits for the first to end,
    /// for a wake-up or for the next due time, and returns [`Outcome::Worked`]: call again.
    pub async fn step(&self, now: Timestamp) -> Result<Outcome> {
        let began = Instant::now();
        let mut flight = self.flight.lock().await;
        self.take_part(&mut flight, now).await?;
        self.record(&mut flight, now).await?;
        let (launched, next) = self.launch(&mut flight, now).await?;
        if flight.tasks.is_empty() {
            flight.dispatcher.stir();
            return Ok(if launched { Outcome::Worked } else { Outcome::Idle(self.beat_before(next, now)) });
        }
        self.wait(&mut flight, next, later(now, began)).await;
        self.record(&mut flight, later(now, began)).await?;
        Ok(Outcome::Worked)
    }

    /// Lets what is on its way end, each at its own deadline at the latest, and records it; claims nothing more. Until
    /// then it goes on to beat: nobody takes over, and sends twice, what is still being sent.
    pub async fn finish(&self, now: Timestamp) -> Result<()> {
        let began = Instant::now();
        let mut flight = self.flight.lock().await;
        let mut beats = tokio::time::interval(Duration::from_micros(BEAT.unsigned_abs()));
        while !flight.tasks.is_empty() {
            tokio::select! {
                Some(landed) = flight.tasks.join_next_with_id() => {
                    flight.land(landed);
                    flight.gather(LINGER).await;
                }
                _ = beats.tick() => self.beat_while_draining().await,
            }
            // What cannot be recorded now stays in hand for the next time.
            if let Err(error) = self.record(&mut flight, later(now, began)).await {
                tracing::error!(%error, "what ended could not be recorded yet");
            }
        }
        self.record(&mut flight, later(now, began)).await?;
        replica::store::end(&self.db).await
    }

    /// SQLite's file one process serves at a time: nobody looks.
    async fn beat_while_draining(&self) {
        if self.db.engine() == Engine::Postgres
            && let Err(error) = replica::store::beat(&self.db, true).await
        {
            tracing::warn!(%error, "a draining process could not show that it is alive");
        }
    }

    /// Shows the other replicas that this one is alive, and takes over from those that are not.
    async fn take_part(&self, flight: &mut Flight, now: Timestamp) -> Result<()> {
        if !flight.began {
            let released = replica::store::begin(&self.db).await?;
            flight.began = true;
            report_takeover(released);
        }
        if self.db.engine() == Engine::Sqlite || now.since(flight.beat_at) < BEAT {
            return Ok(());
        }
        let beats = replica::store::beat(&self.db, false).await?;
        flight.beat_at = now;
        let dead = flight.watch.look(&beats, now);
        // Who drains sends nothing new: it needs no part of an endpoint's rate.
        let others = beats.iter().filter(|beat| !beat.draining && !dead.contains(beat)).count();
        let alive = others + 1;
        flight.dispatcher.share_among(u32::try_from(alive).unwrap_or(u32::MAX));
        for beat in dead {
            report_takeover(replica::store::bury(&self.db, beat).await?);
        }
        Ok(())
    }

    /// PostgreSQL: the next beat is due before long.
    fn beat_before(&self, next: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        match self.db.engine() {
            Engine::Sqlite => next,
            Engine::Postgres => Some(next.unwrap_or(now.plus(BEAT)).min(now.plus(BEAT))),
        }
    }

    /// Claims what is due and sends it off. Whether there may be more, and when to look again.
    async fn launch(&self, flight: &mut Flight, now: Timestamp) -> Result<(bool, Option<Timestamp>)> {
        if flight.dispatcher.free() == 0 {
            return Ok((false, None));
        }
        let queued = store::waiting(&self.db, flight.scanned, now).await?;
        flight.scanned = queued.more_after.unwrap_or_default();
        let plan = flight.dispatcher.plan(&queued.waiting, now);
        let claimed = store::claim(&self.db, &plan.takes, now).await?;
        for take in &plan.takes {
            let count = claimed.iter().filter(|one| one.endpoint == take.endpoint).count();
            flight.dispatcher.launched(take, count, now);
        }
        let any = !claimed.is_empty();
        for one in claimed {
            let (endpoint, client) = (one.endpoint, self.client.clone());
            let task = flight.tasks.spawn(async move { send::attempt(&client, one, now).await });
            flight.endpoints.insert(task.id(), endpoint);
        }
        Ok((any || queued.more_after.is_some(), plan.next))
    }

    /// Waits until something ended or may be sent; takes all that ended, so that it shares a commit.
    async fn wait(&self, flight: &mut Flight, next: Option<Timestamp>, now: Timestamp) {
        let wait = next.map_or(POLL, |next| next.since(now).clamp(0, POLL));
        tokio::select! {
            Some(landed) = flight.tasks.join_next_with_id() => {
                flight.land(landed);
                flight.gather(LINGER).await;
            }
            () = self.db.wakes().woken(Queue::Deliveries) => flight.dispatcher.stir(),
            () = tokio::time::sleep(Duration::from_micros(wait.unsigned_abs())) => {}
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
        let completed = store::complete(&self.db, &flight.ended, self.patience, now).await?;
        // An order that went to several endpoints is counted once.
        let mut orders = HashMap::new();
        for one in flight.ended.drain(..) {
            if let Some(order) = one.claimed.revocation.filter(|_| one.answer.is_success()) {
                orders.insert(order, one.claimed.project);
            }
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
        for (order, project) in orders {
            if let Err(error) = crate::revocations::measure(&self.db, project, order, now).await {
                tracing::debug!(%order, %error, "how long it took was not counted");
            }
        }
        Ok(())
    }
}

fn report_takeover(released: u64) {
    if released > 0 {
        tracing::warn!(deliveries = released, "took over what a process that is gone had on its way");
    }
}

/// `now`, and the time that passed since.
fn later(now: Timestamp, began: Instant) -> Timestamp {
    now.plus(i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX))
}

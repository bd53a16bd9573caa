//! The delivery engine under made-up weather: real store, real dispatchers, virtual time, faults by seed. Two workers
//! publish, claim, answer late, crash and take over; after the storm everything must have its end, once.
//!
//! A seed that fails is named by the panic. All ten thousand: `make drill`, or the ignored test here.

mod worker;

use std::collections::HashMap;

use porchlight_domain::id::UserKey;
use porchlight_domain::time::{MINUTE, SECOND};
use porchlight_domain::webhook::{Answer, DeliveryState, EndpointState, Policy};

use super::completions::{answer, complete, ended};
use super::*;
use worker::{Chance, Flying, Worker};

struct World<'a> {
    db: &'a Db,
    seed: u64,
    chance: Chance,
    now: Timestamp,
    project: ProjectId,
    endpoints: Vec<EndpointId>,
    workers: Vec<Worker>,
    fair: bool,
    /// How many attempts of each were recorded.
    recorded: HashMap<DeliveryId, u32>,
    /// Under which claim each is held, and until when nobody else may.
    held: HashMap<DeliveryId, (i64, Timestamp)>,
}

const RETRIES: [u32; 3] = [5, 30, 300];

impl<'a> World<'a> {
    async fn new(db: &'a Db, seed: u64) -> Self {
        let mut chance = Chance(seed);
        let project = project(db, &format!("Storm {seed}")).await;
        let mut endpoints = Vec::new();
        for ordered_per_user in [true, false] {
            let rate = chance.below(2) == 0;
            let policy = Policy {
                ordered_per_user,
                retry_after_seconds: Some(RETRIES.to_vec()),
                max_per_second: rate.then_some(2),
                ..Policy::default()
            };
            let new =
                NewEndpoint { url: "https://app.example/hook".into(), policy, ..NewEndpoint::default() };
            endpoints
                .push(store::create(db, &Actor::System, project, new, NOW).await.expect("endpoint").0.id);
        }
        let workers = vec![Worker::new(), Worker::new()];
        let (recorded, held) = (HashMap::new(), HashMap::new());
        Self { db, seed, chance, now: NOW, project, endpoints, workers, fair: false, recorded, held }
    }

    async fn publish(&mut self) {
        let user = UserKey(1 + self.chance.micros(2));
        let kind = match self.chance.below(4) {
            0 => MessageType::SessionRevocationRequested,
            _ => MessageType::AlertOpened,
        };
        let about = NewMessage { user: Some(user), ..message(self.project, kind, None) };
        let mut tx = self.db.begin().await.expect("begin");
        store::publish(&mut tx, about, self.now).await.expect("publish");
        tx.commit().await.expect("commit");
    }

    async fn launch(&mut self, index: usize) {
        let queued = store::waiting(self.db, EndpointId(0), self.now).await.expect("waiting").waiting;
        let plan = self.workers[index].dispatcher.plan(&queued, self.now);
        let claimed = store::claim(self.db, &plan.takes, self.now).await.expect("claim");
        for take in &plan.takes {
            let count = claimed.iter().filter(|one| one.endpoint == take.endpoint).count();
            self.workers[index].dispatcher.launched(take, count, self.now);
        }
        for one in claimed {
            self.check_claim(&one).await;
            let answer = self.weather();
            // Some answers come when the lease is over and somebody else has the delivery.
            let late = if self.fair { SECOND } else { 70 * SECOND };
            let lands = self.now.plus(self.chance.micros(late));
            self.workers[index].flying.push(Flying { claimed: one, answer, lands });
        }
    }

    fn weather(&mut self) -> Answer {
        match self.chance.below(8) {
            _ if self.fair => answer(200, ""),
            0..=2 => answer(200, ""),
            3 | 4 => answer(500, ""),
            5 => Answer { headers: vec![("retry-after".into(), "20".into())], ..answer(503, "") },
            6 => answer(404, ""),
            _ => Answer { error: Some("no answer".into()), ..Answer::default() },
        }
    }

    /// Nobody else holds it, and where the endpoint wants order everything before it has ended.
    async fn check_claim(&mut self, one: &Claimed) {
        let before = self.held.insert(one.delivery, (one.claim, self.now.plus(MINUTE)));
        let is_free = before.is_none_or(|(_, until)| until <= self.now);
        assert!(is_free, "seed {}: {} was claimed twice", self.seed, one.delivery);
        if one.endpoint == self.endpoints[0] {
            let earlier: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM delivery d JOIN delivery b ON b.endpoint_id = d.endpoint_id
                   AND b.order_key = d.order_key AND b.id < d.id AND b.state = 'pending' WHERE d.id = $1",
            )
            .bind(one.delivery.0)
            .fetch_one(self.db.reader())
            .await
            .expect("earlier");
            assert_eq!(earlier, 0, "seed {}: {} overtook", self.seed, one.delivery);
        }
    }

    async fn land(&mut self, index: usize) {
        let now = self.now;
        let (landed, flying) =
            self.workers[index].flying.drain(..).partition(|one: &Flying| one.lands <= now);
        self.workers[index].flying = flying;
        for Flying { claimed, answer, .. } in landed {
            let (delivery, endpoint) = (claimed.delivery, claimed.endpoint);
            let holds = self.held.get(&delivery).is_some_and(|(claim, _)| *claim == claimed.claim);
            let recorded = complete(self.db, &[ended(claimed, answer.clone(), now)], now).await.recorded;
            assert_eq!(recorded == 1, holds, "seed {}: {delivery}: only who holds it records", self.seed);
            self.workers[index].dispatcher.ended(endpoint, Some(&answer));
            *self.recorded.entry(delivery).or_default() += recorded;
            if holds {
                self.held.remove(&delivery);
            }
        }
    }

    /// A worker dies with all it had on its way; half of the time that is noticed before its leases run out.
    async fn crash(&mut self, index: usize) {
        let dead = std::mem::replace(&mut self.workers[index], Worker::new());
        if self.chance.below(2) == 0 {
            for one in dead.flying {
                sqlx::query("UPDATE delivery SET lease_until = 0, claim = 0, claimed_by = 0 WHERE id = $1 AND claim = $2")
                    .bind(one.claimed.delivery.0)
                    .bind(one.claimed.claim)
                    .execute(self.db.reader())
                    .await
                    .expect("release");
                self.held.retain(|id, (claim, _)| *id != one.claimed.delivery || *claim != one.claimed.claim);
            }
        }
    }

    async fn turn(&mut self, index: usize, state: EndpointState) {
        let change = EndpointChange { state: Some(state), ..EndpointChange::default() };
        let endpoint = self.endpoints[index];
        store::update(self.db, &Actor::System, self.project, endpoint, change, self.now).await.expect("turn");
    }

    async fn storm(&mut self) {
        for _ in 0..60 {
            let gust = [SECOND / 10, SECOND, 20 * SECOND, 2 * MINUTE][self.chance.below(4) as usize];
            self.now = self.now.plus(self.chance.micros(gust));
            let index = self.chance.below(2) as usize;
            match self.chance.below(16) {
                0..=3 => self.publish().await,
                4..=8 => self.launch(index).await,
                9..=12 => self.land(index).await,
                13 => self.crash(index).await,
                14 => self.turn(index, EndpointState::Paused).await,
                _ => self.turn(index, EndpointState::Active).await,
            }
        }
    }

    /// Everything works again: what is not at its end yet must come there.
    async fn calm(&mut self) {
        self.fair = true;
        for index in 0..2 {
            self.turn(index, EndpointState::Active).await;
        }
        for _ in 0..400 {
            self.now = self.now.plus(30 * SECOND);
            for index in 0..2 {
                self.launch(index).await;
                self.land(index).await;
            }
            if self.pending().await == 0 && self.workers.iter().all(|worker| worker.flying.is_empty()) {
                return;
            }
        }
        panic!("seed {}: {} deliveries have no end", self.seed, self.pending().await);
    }

    async fn pending(&self) -> usize {
        deliveries(self.db, self.project)
            .await
            .iter()
            .filter(|one| one.state == DeliveryState::Pending)
            .count()
    }

    /// Each has its end, every attempt is on record once, and none was given up before its schedule was.
    async fn check_end(&self) {
        for one in deliveries(self.db, self.project).await {
            let detail = store::get_delivery(self.db, self.project, one.id).await.expect("detail");
            let recorded = self.recorded.get(&one.id).copied().unwrap_or_default();
            assert_eq!(detail.attempts.len() as u32, recorded, "seed {}: attempts of {}", self.seed, one.id);
            assert_eq!(one.attempts, recorded, "seed {}: {}", self.seed, one.id);
            let given_up = one.attempts as usize == RETRIES.len() + 1;
            let at_end =
                one.state == DeliveryState::Delivered || one.state == DeliveryState::Failed && given_up;
            assert!(at_end, "seed {}: {} is {:?} after {}", self.seed, one.id, one.state, one.attempts);
        }
    }
}

async fn simulate(db: &Db, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut world = World::new(db, seed).await;
        world.storm().await;
        world.calm().await;
        world.check_end().await;
        // The next seed's workers see nothing of this one.
        sqlx::query("DELETE FROM project WHERE id = $1")
            .bind(world.project.0)
            .execute(db.reader())
            .await
            .expect("clear");
    }
}

on_both! {
    async fn nothing_is_lost_overtaken_or_recorded_twice_whatever_befalls_the_workers(db) {
        simulate(db, 0..25).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make drill"]
async fn ten_thousand_seeds() {
    let fresh = crate::support::sqlite().await;
    simulate(&fresh.db, 0..10_000).await;
    println!("W15: 10,000 seeds: nothing lost, overtaken or recorded twice, every delivery at its end");
    fresh.db.close().await;
}

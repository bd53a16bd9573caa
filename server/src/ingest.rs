//! Events at the door: looked up, then handed to the one writer, which commits those that arrive together at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use porchlight_domain::db::Db;
use porchlight_domain::event::address::{is_local, is_tunnel};
use porchlight_domain::event::store::{Arrival, assess_only, record};
use porchlight_domain::event::{NewEvent, Observation, Recorded, verb};
use porchlight_domain::id::ProjectId;
use porchlight_domain::risk::Assessment;
use porchlight_domain::{Error, Result, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::clock;
use crate::enrich::Enricher;
use crate::repeats::{group_failed, groups_work};
use crate::telemetry::GROUP_EVENTS;

/// Requests that may wait for the writer; more are held back at their sockets.
const QUEUE: usize = 1_024;
/// Events of one commit: enough to share an fsync, few enough that nobody waits long for a neighbour.
const GROUP: usize = 256;
/// How long a request waits for its commit before it is told to come back; longer than SQLite waits for its lock.
const PATIENCE: Duration = Duration::from_secs(12);

/// What one request brings.
struct Request {
    arrivals: Vec<Arrival>,
    answer: oneshot::Sender<Result<Vec<Recorded>>>,
    claim: Arc<Claim>,
}

/// Whoever takes it first has it: the writer, to store the request, or whoever waited long enough, to know that it never
/// will be. A client that hung up takes nothing: its events are stored.
#[derive(Default)]
struct Claim(AtomicBool);

impl Claim {
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}

/// Where events are handed in; cheap to clone. When the last clone is dropped the writer empties its queue and ends.
#[derive(Clone)]
pub struct Ingest {
    queue: mpsc::Sender<Request>,
    enricher: Arc<Enricher>,
    db: Db,
}

impl Ingest {
    /// Starts the writer.
    pub fn start(db: Db, enricher: Arc<Enricher>, public_url: String) -> (Self, JoinHandle<()>) {
        let (queue, requests) = mpsc::channel(QUEUE);
        let (runtime, writing) = (Handle::current(), write(db.clone(), requests, public_url));
        // A thread of its own: each answer of the database wakes it at once, where a busy runtime gets to what is woken
        // from outside only now and then.
        let writer = tokio::task::spawn_blocking(move || runtime.block_on(writing));
        (Self { queue, enricher, db }, writer)
    }

    /// Records events in their order. When this returns they are on disk.
    pub async fn record(
        &self,
        project: ProjectId,
        events: Vec<NewEvent>,
        now: Timestamp,
    ) -> Result<Vec<Recorded>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let arrivals = events.into_iter().map(|event| self.arrival(project, event, now)).collect();
        let recorded = self.hand_in(arrivals).await?;
        for one in recorded.iter().filter(|one| !one.repeated) {
            metrics::counter!("porchlight_events_total", "level" => one.assessment.level.as_str())
                .increment(1);
        }
        Ok(recorded)
    }

    /// Gives up after [`PATIENCE`].
    async fn hand_in(&self, arrivals: Vec<Arrival>) -> Result<Vec<Recorded>> {
        let (answer, mut answered) = oneshot::channel();
        let claim = Arc::new(Claim::default());
        let request = Request { arrivals, answer, claim: claim.clone() };
        let handed_in = async {
            let gone = || Error::Internal("the writer has stopped".into());
            self.queue.send(request).await.map_err(|_| gone())?;
            (&mut answered).await.map_err(|_| gone())?
        };
        match tokio::time::timeout(PATIENCE, handed_in).await {
            Ok(recorded) => recorded,
            Err(_) if claim.take() => Err(Error::Internal("the database did not commit in time".into())),
            Err(_) => answered.try_recv().unwrap_or_else(|_| {
                tracing::error!("a commit takes too long; whoever waited is told that they cannot know");
                Err(Error::Unsure)
            }),
        }
    }

    /// Judges a login; stores and teaches nothing.
    pub async fn verify(&self, project: ProjectId, event: NewEvent, now: Timestamp) -> Result<Assessment> {
        assess_only(&self.db, &self.arrival(project, event, now), now).await
    }

    fn arrival(&self, project: ProjectId, event: NewEvent, now: Timestamp) -> Arrival {
        arrival(&self.enricher, project, event, now)
    }
}

/// An event with all that can be looked up about it.
pub fn arrival(enricher: &Enricher, project: ProjectId, event: NewEvent, now: Timestamp) -> Arrival {
    // Whatever a file says of them: private and reserved addresses are nowhere.
    let ip = event.address.as_ref().map(|address| address.ip).filter(|ip| !is_local(*ip));
    let observation = Observation {
        at: event.occurred_at.unwrap_or(now),
        received_at: now,
        is_history: false,
        place: ip.filter(|ip| !is_tunnel(*ip)).and_then(|ip| enricher.place(ip)),
        network: ip.and_then(|ip| enricher.network(ip)),
        agent: event.user_agent.as_deref().map(|text| enricher.agent(text)).unwrap_or_default(),
        data: enricher.version(),
        aged: if ip.is_some() { enricher.aged(now) } else { Vec::new() },
        event,
    };
    Arrival { project, observation }
}

/// Takes what has arrived, commits it together, answers; until nobody can hand in any more.
async fn write(db: Db, mut requests: mpsc::Receiver<Request>, public_url: String) {
    let mut answered = 0;
    while let Some(first) = requests.recv().await {
        let most = share(requests.len() + 1, answered);
        let mut group = vec![first];
        let mut events = group[0].arrivals.len();
        while events < GROUP
            && group.len() < most
            && let Ok(next) = requests.try_recv()
        {
            events += next.arrivals.len();
            group.push(next);
        }
        metrics::histogram!(GROUP_EVENTS).record(u32::try_from(events).unwrap_or(u32::MAX));
        answered = group.len();
        commit(&db, group, &public_url).await;
    }
}

/// How many of those who wait to take at once. Whoever was just answered is about to come again: half of them all, so that
/// one half is written while the other is read and answered, where callers wait for their answers before they call again.
/// Who comes regardless of answers is taken whole: as many wait as were just answered.
fn share(waiting: usize, answered: usize) -> usize {
    (waiting + answered).div_ceil(2)
}

async fn commit(db: &Db, group: Vec<Request>, public_url: &str) {
    let mut together = Vec::with_capacity(group.iter().map(|request| request.arrivals.len()).sum());
    let mut waiting = Vec::with_capacity(group.len());
    for request in group.into_iter().filter(|request| request.claim.take()) {
        waiting.push((request.arrivals.len(), request.answer));
        together.extend(request.arrivals);
    }
    match record(db, &together, public_url, clock::now()).await {
        Ok(recorded) => {
            groups_work(clock::now());
            let mut recorded = recorded.into_iter();
            for (count, answer) in waiting {
                // Whoever hung up meanwhile has their events stored all the same.
                let _ = answer.send(Ok(recorded.by_ref().take(count).collect()));
            }
        }
        Err(error) if waiting.len() > 1 => {
            // One request's fault must not cost its neighbours: each again by itself.
            if !matches!(error, Error::Conflict(_)) {
                group_failed(&error, clock::now());
            }
            let mut rest = together.as_slice();
            for (count, answer) in waiting {
                let (arrivals, others) = rest.split_at(count);
                rest = others;
                let _ = answer.send(record(db, arrivals, public_url, clock::now()).await);
            }
        }
        Err(error) => {
            if let Some((_, answer)) = waiting.pop() {
                let _ = answer.send(Err(error));
            }
        }
    }
}

/// What `verify` judges when the application names no verb.
pub const DEFAULT_VERB: &str = verb::LOG_IN;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_callers_are_written_at_a_time_and_a_steady_stream_is_taken_whole() {
        assert_eq!([share(1, 0), share(1, 63), share(32, 32)], [1, 32, 32]);
        assert_eq!(share(40, 40), 40, "as many came meanwhile as were answered");
    }

    #[test]
    fn a_request_is_stored_or_known_never_to_be_and_not_both() {
        let claim = Claim::default();
        assert!(claim.take(), "the writer began, or somebody gave up");
        assert!(!claim.take(), "the other one learns of it");
    }
}

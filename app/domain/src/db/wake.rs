//! Wake-ups: a stage hands over by a durable row, then wakes the next. A missed wake-up costs a poll, never a row.

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
}

impl Queue {
    /// How many there are.
    pub const COUNT: usize = 4;
    /// All of them.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Deliveries, Self::Notices, Self::Revocations, Self::Backtests];
}

/// One wake-up for each queue; a wake-up before the wait is not lost. Beside its worker, any number may listen.
#[derive(Debug, Default)]
pub struct Wakes {
    workers: [Notify; Queue::COUNT],
    listeners: [Notify; Queue::COUNT],
}

impl Wakes {
    /// Wakes the worker of `queue`, now or when it next waits.
    pub fn wake(&self, queue: Queue) {
        self.workers[queue as usize].notify_one();
        self.listeners[queue as usize].notify_waiters();
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
}

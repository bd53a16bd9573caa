//! Where the time of an attempt goes: the resolver and the connector write it down in a place that belongs to the task that
//! sends, so that nothing is allocated for it and nobody else's is read.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use porchlight_domain::webhook::Phases;
use tokio::time::Instant;
use tower::{Layer, Service};

use super::client::CONNECT;

tokio::task_local! {
    static WATCH: Watch;
}

/// What was measured so far. Of a connection that is made while another one comes free, only its beginning.
#[derive(Debug, Default)]
struct Watch {
    looked_up: Cell<Option<Duration>>,
    dialling: Cell<Option<Instant>>,
    dialled: Cell<Option<Duration>>,
    connected: Cell<bool>,
}

/// Does some sending with a watch of its own.
pub(super) async fn watched<T>(work: impl Future<Output = T>) -> T {
    WATCH.scope(Watch::default(), work).await
}

/// The look-up of a name ended.
pub(super) fn looked_up(began: Instant) {
    note(|watch| watch.looked_up.set(Some(began.elapsed())));
}

/// Whatever is not sent by the worker has no watch.
fn note(write: impl FnOnce(&Watch)) {
    let _ = WATCH.try_with(write);
}

/// The phases up to the answer's first byte, or to the end where there is none, `sending` after the start.
pub(super) fn so_far(sending: Duration, answered: bool) -> Phases {
    WATCH.try_with(|watch| watch.phases(sending, answered)).unwrap_or_default()
}

/// The phases where no connection came to be in time, `sending` after the start.
pub(super) fn unconnected(sending: Duration) -> Phases {
    let looked_up = WATCH.try_with(|watch| watch.looked_up.get()).ok().flatten();
    let connecting = sending.saturating_sub(looked_up.unwrap_or_default());
    Phases { dns_us: looked_up.map(micros), connect_us: Some(micros(connecting)), ..Phases::default() }
}

impl Watch {
    fn phases(&self, sending: Duration, answered: bool) -> Phases {
        let (dialled, looked_up) = (self.dialled.get(), self.looked_up.get());
        let since = self.dialling.get().map(|began| began.elapsed());
        // Where another request's connection came free first, the new one is finished aside, for somebody else.
        let is_aside = dialled.is_none() && (answered || since.is_some_and(|since| since > CONNECT));
        let Some(connection) = dialled.or(since).filter(|_| !is_aside) else {
            return Phases { wait_us: Some(micros(sending)), ..Phases::default() };
        };
        let wait = sending.saturating_sub(connection);
        Phases {
            dns_us: looked_up.map(micros),
            connect_us: Some(micros(connection.saturating_sub(looked_up.unwrap_or_default()))),
            wait_us: (answered || self.connected.get()).then(|| micros(wait)),
            body_us: None,
        }
    }
}

/// In whole microseconds.
pub(super) fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// Times the making of connections, with their keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timed;

impl<S> Layer<S> for Timed {
    type Service = TimedConnector<S>;
    fn layer(&self, inner: S) -> TimedConnector<S> {
        TimedConnector(inner)
    }
}

/// A connector with a watch.
#[derive(Clone, Debug)]
pub(super) struct TimedConnector<S>(S);

impl<S, R> Service<R> for TimedConnector<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
    S::Response: 'static,
    S::Error: 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    // Boxed: a connection is made once for many requests.
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let connecting = self.0.call(request);
        Box::pin(async move {
            let began = Instant::now();
            note(|watch| watch.dialling.set(Some(began)));
            let made = connecting.await;
            note(|watch| {
                watch.dialled.set(Some(began.elapsed()));
                watch.connected.set(made.is_ok());
            });
            made
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn watch(looked_up: Option<Duration>, dialled: Option<Duration>, connected: bool) -> Watch {
        let dialling = Cell::new(Some(Instant::now()));
        Watch { looked_up: looked_up.into(), dialling, dialled: dialled.into(), connected: connected.into() }
    }

    #[test]
    fn phases_follow_each_other_and_a_connection_that_was_there_is_no_phase() {
        let fresh = watch(Some(2 * MS), Some(5 * MS), true).phases(9 * MS, true);
        let expected =
            Phases { dns_us: Some(2_000), connect_us: Some(3_000), wait_us: Some(4_000), body_us: None };
        assert_eq!(fresh, expected);
        let reused = Phases { wait_us: Some(9_000), ..Phases::default() };
        assert_eq!(Watch::default().phases(9 * MS, true), reused);
        assert_eq!(
            watch(Some(MS), None, false).phases(9 * MS, true),
            reused,
            "another connection came free first"
        );
        let refused = watch(None, Some(5 * MS), false).phases(5 * MS, false);
        assert_eq!(refused, Phases { connect_us: Some(5_000), ..Phases::default() });
        let silent = watch(None, Some(5 * MS), true).phases(9 * MS, false);
        assert_eq!(silent, Phases { connect_us: Some(5_000), wait_us: Some(4_000), ..Phases::default() });
    }
}

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

impl Watch {
    fn phases(&self, sending: Duration, answered: bool) -> Phases {
        let (dialling, dialled) = (self.dialling.get(), self.dialled.get());
        if dialling.is_none() || (answered && dialled.is_none()) {
            return Phases { wait_us: Some(micros(sending)), ..Phases::default() };
        }
        let looked_up = self.looked_up.get();
        let connection = dialled.or(dialling.map(|began| began.elapsed())).unwrap_or_default();
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

//! Reads what a client is still sending before it is answered. Closing a connection on unread bytes resets it, and the
//! client would see a broken pipe in place of its 413 or 401.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

/// More than this is not read for an answer's sake.
const MOST: usize = 16 * 1024 * 1024;
/// Nor for longer than this.
const LONGEST: Duration = Duration::from_secs(5);

/// A request's body, which the handler and this file read in turn.
#[derive(Clone)]
struct Shared(Arc<Mutex<Body>>);

impl Shared {
    fn look<T>(&self, look: impl FnOnce(&mut Body) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.look(|body| pin!(body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.look(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.look(|body| body.size_hint())
    }
}

/// Answers once the request was read to its end, or is too long for that. A client that awaits `100 Continue` is
/// answered at once: it has sent nothing.
pub async fn read_to_end(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() || request.headers().contains_key(header::EXPECT) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let mut rest = Shared(Arc::new(Mutex::new(body)));
    let response = next.run(Request::from_parts(parts, Body::new(rest.clone()))).await;
    let read = async {
        let mut count = 0;
        while count < MOST
            && let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut rest).poll_frame(context)).await
        {
            count += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    let _ = tokio::time::timeout(LONGEST, read).await;
    response
}

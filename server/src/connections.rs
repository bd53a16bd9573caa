//! Connections: accepted, bounded in time, and ended in order. hyper's own server, because a client that sends half a
//! request and then nothing must not hold a connection for ever.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tower_http::timeout::TimeoutLayer;

/// How long the other side may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// To send a request's head, from when it may; an idle connection is closed after it.
    pub head: Duration,
    /// To send the rest of the request and take the answer.
    pub request: Duration,
    /// To finish once the server ends.
    pub end: Duration,
}

impl Default for Patience {
    /// Idle connections live as long as with other servers (nginx: 75 s); who is in the middle of a request has ten
    /// seconds to finish it.
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { head: seconds(75), request: seconds(60), end: seconds(10) }
    }
}

/// A full table of open files empties by itself: connections end.
const OUT_OF_FILES: Duration = Duration::from_millis(100);

/// Serves `router` on `listener` until `stop`; then no new connections, and the open ones finish what they began.
pub async fn serve(listener: TcpListener, router: Router, patience: Patience, stop: CancellationToken) {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(patience.head);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(patience.head)
        .keep_alive_timeout(patience.head);
    let router = router.layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, patience.request));
    let open = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((socket, peer)) => start(&http, &open, socket, peer, router.clone()),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept a connection");
                tokio::time::sleep(OUT_OF_FILES).await;
            }
        }
    }
    drop(listener);
    // Connections that stay open (a browser's keep-alive) must not hold up the end.
    let _ = tokio::time::timeout(patience.end, open.shutdown()).await;
}

fn start(
    http: &Builder<TokioExecutor>,
    open: &GracefulShutdown,
    socket: TcpStream,
    peer: SocketAddr,
    router: Router,
) {
    // Without TCP_NODELAY a streamed page waits 40 ms for the other side's delayed acknowledgement.
    let _ = socket.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = http.serve_connection(TokioIo::new(socket), service).into_owned();
    let connection = open.watch(connection);
    tokio::spawn(async move {
        // What goes wrong with one connection is the client's doing (it hung up, it sent garbage) and was answered.
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}

/// Errors of the connection that was about to be accepted, not of the listener.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::post;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const SOON: Duration = Duration::from_millis(20);
    const NEVER: Duration = Duration::from_secs(600);

    async fn answer_to(patience: Patience, sent: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("address");
        let router = Router::new().route("/", post(|body: String| async { body }));
        let stop = CancellationToken::new();
        let server = tokio::spawn(serve(listener, router, patience, stop.clone()));
        let mut socket = TcpStream::connect(address).await.expect("connects");
        socket.write_all(sent.as_bytes()).await.expect("sends");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.expect("is hung up on");
        stop.cancel();
        server.await.expect("ends");
        answer
    }

    #[tokio::test]
    async fn half_a_head_is_hung_up_on() {
        let patience = Patience { head: SOON, request: NEVER, end: SOON };
        let answer = answer_to(patience, "POST / HTTP/1.1\r\nHost: x\r\nX-Half").await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }

    #[tokio::test]
    async fn an_idle_connection_is_closed() {
        let patience = Patience { head: SOON, request: NEVER, end: SOON };
        let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";
        let answer = answer_to(patience, request).await;
        assert!(answer.ends_with("\r\n\r\nhi"), "answered, then closed: {answer}");
    }

    #[tokio::test]
    async fn half_a_body_is_told_that_it_took_too_long() {
        let patience = Patience { head: NEVER, request: SOON, end: SOON };
        let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nConnection: close\r\n\r\nhalf";
        let answer = answer_to(patience, request).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
}

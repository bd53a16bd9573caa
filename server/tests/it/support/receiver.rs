//! An application that receives webhooks, keeps them, and answers as it is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::eventually;

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The headers.
    pub headers: HeaderMap,
    /// The raw body.
    pub body: Bytes,
}

impl Received {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// A header's text; blank when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

type Answers = Arc<dyn Fn(&Received) -> (u16, String) + Send + Sync>;

#[derive(Clone)]
struct Kept {
    received: Arc<Mutex<Vec<Received>>>,
    answers: Answers,
}

/// It listens on loopback: give the server `--webhook-allow 127.0.0.0/8`.
pub struct Receiver {
    /// Where webhooks go.
    pub url: String,
    kept: Kept,
    running: JoinHandle<()>,
}

impl Receiver {
    /// One that answers each request with a status and a body.
    pub async fn start(answers: impl Fn(&Received) -> (u16, String) + Send + Sync + 'static) -> Self {
        let kept = Kept { received: Arc::default(), answers: Arc::new(answers) };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address: SocketAddr = listener.local_addr().expect("address");
        let router = Router::new().fallback(take).with_state(kept.clone());
        let running = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { url: format!("http://{address}/hook"), kept, running }
    }

    /// All so far.
    pub fn received(&self) -> Vec<Received> {
        self.kept.received.lock().expect("lock").clone()
    }

    /// Waits for the first that `wanted` takes.
    pub async fn wait_for(&self, wanted: impl Fn(&Received) -> bool) -> Received {
        eventually(|| {
            let found = self.received().into_iter().find(&wanted);
            async { found }
        })
        .await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn take(State(kept): State<Kept>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let received = Received { headers, body };
    let (status, answer) = (kept.answers)(&received);
    kept.received.lock().expect("lock").push(received);
    (StatusCode::from_u16(status).expect("status"), answer)
}

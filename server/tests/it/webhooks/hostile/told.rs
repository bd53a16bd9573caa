//! Where nothing whole comes back, operators read what is probably wrong and what to do; and a name whose lookup hangs
//! keeps no other endpoint waiting.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use porchlight_server::webhooks::{Bounded, Lookup};
use porchlight_server::worker::Outcome;

use super::*;
use crate::support::dns::NameServer;

/// What is told of the only attempt.
fn told(sent: &DeliveryDetail) -> &str {
    assert_eq!(sent.delivery.state, DeliveryState::Pending, "it is tried again");
    sent.attempts[0].diagnosis.as_deref().unwrap_or_default()
}

/// A worker that looks names up by `lookup`, and may send to loopback.
fn asking(db: &Db, lookup: Arc<dyn Lookup>, deadline_ms: u64) -> Worker {
    let allow = vec!["127.0.0.0/8".parse().expect("net")];
    let limits = Limits { allow, deadline: Duration::from_millis(deadline_ms) };
    Worker::new(db.clone(), Client::with_lookup(limits, lookup).expect("client"))
}

/// Knows every name but those that begin with `hangs`, which it never finds.
#[derive(Debug)]
struct Half;

impl Lookup for Half {
    fn look_up(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<std::net::SocketAddr>>> {
        if name.starts_with("hangs") {
            return std::future::pending().boxed();
        }
        std::future::ready(Ok(vec![([127, 0, 0, 1], 0).into()])).boxed()
    }
}

on_both_engines! {
    async fn a_refused_connection_is_told(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port").local_addr().expect("address");
        let sent = outgoing.once(&format!("http://{free}/hook")).await;
        assert!(told(&sent).starts_with("The host refused the connection: nothing listens on this port."), "{sent:?}");
    }

    async fn who_takes_the_connection_and_does_not_answer_is_told(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let sent = outgoing.once(&raw(silent).await).await;
        assert!(told(&sent).starts_with("It took the connection and did not answer in time"), "{sent:?}");
    }

    async fn an_answer_that_does_not_end_is_told(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let url = raw(|mut socket| async move {
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nab").await;
            silent(socket).await;
        });
        let sent = outgoing.once(&url.await).await;
        assert!(told(&sent).starts_with("Its answer began and did not end in time"), "{sent:?}");
    }

    async fn https_at_a_port_for_http_is_told(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let plain = saying(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        let sent = outgoing.once(&plain.replace("http://", "https://")).await;
        assert!(told(&sent).starts_with("What listens on this port does not speak TLS"), "{sent:?}");
    }

    async fn a_name_that_is_not_found_is_told(fresh) {
        let names = NameServer::start(|_, _| Vec::new()).await;
        let outgoing = Outgoing { worker: asking(&fresh.db, names.client(), 1_000), ..Outgoing::start(&fresh.db).await };
        let sent = outgoing.once("http://nowhere.example/hook").await;
        assert!(told(&sent).starts_with("The host's name is not found"), "{sent:?}");
    }

    async fn a_name_whose_servers_are_silent_is_told(fresh) {
        let names = NameServer::silent().await;
        let outgoing = Outgoing { worker: asking(&fresh.db, names.client(), 1_000), ..Outgoing::start(&fresh.db).await };
        let sent = outgoing.once("http://silent.example/hook").await;
        assert!(told(&sent).starts_with("Its name was not resolved in time"), "{sent:?}");
    }

    async fn a_hanging_lookup_of_one_endpoint_keeps_no_other_waiting(fresh) {
        let lookup = Arc::new(Bounded::new(Arc::new(Half)));
        let outgoing = Outgoing { worker: asking(&fresh.db, lookup, 30_000), ..Outgoing::start(&fresh.db).await };
        let receiver = Receiver::start(|_| (200, String::new())).await;
        let port = receiver.url.rsplit(':').next().expect("port and path").to_owned();
        outgoing.endpoint(&format!("http://app.example:{port}"), Format::Standard).await;
        outgoing.endpoint(&format!("http://hangs.example:{port}"), Format::Standard).await;
        for _ in 0..100 {
            outgoing.publish(NOW).await;
        }
        let began = std::time::Instant::now();
        within(async {
            while receiver.received().len() < 100 {
                assert_ne!(outgoing.worker.step(NOW).await.expect("step"), Outcome::Idle(None));
            }
        })
        .await;
        assert!(began.elapsed() < Duration::from_secs(5), "before the first hanging lookup was given up: {:?}", began.elapsed());
        assert!(receiver.received().iter().all(|one| one.header("host").starts_with("app.example")));
    }
}

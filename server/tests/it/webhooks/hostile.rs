//! Receivers that answer anything but what they should: bounded, recorded, in words.

mod beside;
mod excess;
mod inbound;
mod misleading;
mod receipts;
mod told;

use std::future::Future;

use porchlight_domain::webhook::{DeliveryState, EndpointState};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::support::receiver::Receiver;

/// A receiver that says exactly what it is told to, once it has read a request's head; returns its URL.
async fn raw<F: Future<Output = ()> + Send>(say: impl Fn(TcpStream) -> F + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("address");
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let say = say.clone();
            tokio::spawn(async move {
                let mut request = [0_u8; 16 * 1024];
                let _ = socket.read(&mut request).await;
                say(socket).await;
            });
        }
    });
    format!("http://{address}/hook")
}

async fn saying(text: &'static [u8]) -> String {
    raw(move |mut socket| async move {
        let _ = socket.write_all(text).await;
        let _ = socket.shutdown().await;
    })
    .await
}

async fn without_end(head: &'static [u8], rest: &'static [u8], pause: Duration) -> String {
    raw(move |mut socket| async move {
        let _ = socket.write_all(head).await;
        while socket.write_all(rest).await.is_ok() {
            tokio::time::sleep(pause).await;
        }
    })
    .await
}

/// Takes the request and holds the connection open.
async fn silent(socket: TcpStream) {
    std::future::pending::<()>().await;
    drop(socket);
}

fn error(sent: &DeliveryDetail) -> &str {
    assert_eq!(sent.delivery.state, DeliveryState::Pending, "it is tried again");
    sent.delivery.last_error.as_deref().unwrap_or_default()
}

on_both_engines! {
    async fn gone_disables_the_endpoint(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let receiver = Receiver::start(|_| (410, String::new())).await;
        let sent = outgoing.once(&receiver.url).await;
        assert_eq!(sent.delivery.state, DeliveryState::Failed);
        let endpoint = store::get(&fresh.db, outgoing.project, sent.delivery.endpoint_id).await.expect("endpoint");
        assert_eq!(endpoint.state, EndpointState::Disabled);
        outgoing.publish(NOW).await;
        outgoing.send(NOW).await;
        assert_eq!(receiver.received().len(), 1);
    }

    async fn a_redirect_is_a_failure_that_says_where_to_and_is_not_followed(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let elsewhere = Receiver::start(|_| (200, String::new())).await;
        let head = format!("HTTP/1.1 308 x\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", elsewhere.url);
        let sent = outgoing.once(&saying(head.leak().as_bytes()).await).await;
        assert_eq!(error(&sent), "answered 308: redirects are not followed");
        let diagnosis = sent.attempts[0].diagnosis.as_deref().unwrap_or_default();
        assert!(diagnosis.contains(&elsewhere.url), "{diagnosis}");
        assert!(elsewhere.received().is_empty());
    }

    async fn garbage_is_named_as_such(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let sent = outgoing.once(&saying(b"\x00\xff what? \r\n\r\n").await).await;
        assert!(error(&sent).starts_with("the answer is not valid HTTP"), "{}", error(&sent));
    }

    async fn an_answer_cut_off_in_the_middle_is_a_failure(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let sent = outgoing.once(&saying(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await).await;
        assert!(error(&sent).starts_with("the answer is not valid HTTP"), "{}", error(&sent));
        assert_eq!(sent.attempts[0].response_body, "half");
    }

    async fn a_receiver_that_never_answers_ends_with_the_total_deadline(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let sent = outgoing.once(&raw(silent).await).await;
        assert_eq!(error(&sent), "no whole answer within 1 s");
    }

    async fn what_cannot_be_reached_says_why(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let closed = listener.local_addr().expect("address");
        drop(listener);
        outgoing.endpoint(&format!("http://{closed}/"), Format::Standard).await;
        outgoing.endpoint("http://no-such-host.invalid/", Format::Standard).await;
        let plain = Receiver::start(|_| (200, String::new())).await;
        outgoing.endpoint(&plain.url.replace("http", "https"), Format::Standard).await;
        outgoing.publish(NOW).await;
        outgoing.send(NOW).await;
        let mut errors: Vec<_> = outgoing.deliveries().await.into_iter().filter_map(|one| one.last_error).collect();
        errors.sort();
        let starts = ["cannot connect: ", "no secure connection: ", "the host name does not resolve: "];
        for (error, start) in errors.iter().zip(starts) {
            assert!(error.starts_with(start), "{errors:?}");
        }
        assert_eq!(errors.len(), 3);
    }

    async fn no_spelling_of_an_internal_address_is_dialled(fresh) {
        let outgoing = Outgoing::start(&fresh.db).await;
        let receiver = Receiver::start(|_| (200, String::new())).await;
        let port = receiver.url.trim_start_matches("http://127.0.0.1:").trim_end_matches("/hook").to_owned();
        let hosts = [
            "127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "0x7f000001", "127.0.0.1.", "localhost",
            "LOCALHOST",
            "0.0.0.0", "0", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[::]",
            "１２７.0.0.1", "127。0。0。1", "%31%32%37.0.0.1", "169.254.169.254", "[fd00:ec2::254]",
        ];
        for host in hosts {
            outgoing.endpoint(&format!("http://{host}:{port}/hook"), Format::Standard).await;
        }
        outgoing.publish(NOW).await;
        let strict = worker(&fresh.db, &[], 1_000);
        within(until_idle(NOW, |now| strict.step(now))).await.expect("steps");
        for one in outgoing.deliveries().await {
            let error = one.last_error.unwrap_or_default();
            assert!(error.starts_with("refused by policy: "), "{}: {error}", one.url);
        }
        assert!(receiver.received().is_empty());
    }
}

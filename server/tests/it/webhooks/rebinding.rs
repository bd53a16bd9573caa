//! DNS rebinding: names whose addresses change between two looks, or hide an internal address among public ones, are
//! asked of a name server of our own. No forbidden address is ever dialled.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use porchlight_domain::webhook::{Answer, DeliveryState};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::support::dns::NameServer;

/// Stands in for a public address: the only one of loopback that the clients here may dial.
const PUBLIC: &str = "127.0.0.2";
const NAME: &str = "rebind.example";

/// Two listeners on one port: one at the address that may be dialled, one at 127.0.0.1. Each counts its connections and
/// answers each with 204 and a hang-up, so that the next request looks the name up again.
struct Port {
    number: u16,
    reached: Arc<AtomicUsize>,
    betrayed: Arc<AtomicUsize>,
}

impl Port {
    async fn open() -> Self {
        let permitted = TcpListener::bind((PUBLIC, 0)).await.expect("a free port");
        let number = permitted.local_addr().expect("address").port();
        let forbidden = TcpListener::bind(("127.0.0.1", number)).await.expect("the same port");
        Self { number, reached: count(permitted), betrayed: count(forbidden) }
    }

    fn url(&self, name: &str) -> String {
        format!("http://{name}:{}/hook", self.number)
    }

    fn reached(&self) -> usize {
        self.reached.load(Ordering::Relaxed)
    }

    fn assert_unbetrayed(&self) {
        assert_eq!(self.betrayed.load(Ordering::Relaxed), 0, "a forbidden address was dialled");
    }
}

fn count(listener: TcpListener) -> Arc<AtomicUsize> {
    let connections = Arc::<AtomicUsize>::default();
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                let mut request = [0_u8; 16 * 1024];
                let _ = socket.read(&mut request).await;
                let _ = socket.write_all(b"HTTP/1.1 204 x\r\nconnection: close\r\n\r\n").await;
            });
        }
    });
    connections
}

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().expect("address")).collect()
}

/// A client that asks this name server and may dial [`PUBLIC`] beside what is public.
fn client(names: &NameServer) -> Client {
    let allow = vec![format!("{PUBLIC}/32").parse().expect("net")];
    let limits = Limits { allow, deadline: Duration::from_secs(5) };
    Client::with_lookup(limits, names.client()).expect("client")
}

async fn post(client: &Client, url: &str) -> Answer {
    within(client.post(url, &[], b"{}".to_vec(), Duration::from_secs(5))).await
}

fn error(answer: &Answer) -> &str {
    answer.error.as_deref().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_turns_inward_with_every_other_question_never_gets_a_connection_inside() {
    let port = Port::open().await;
    let names =
        NameServer::start(|_, turn| addresses(&[[PUBLIC, "127.0.0.1", PUBLIC, "169.254.169.254"][turn % 4]]))
            .await;
    let client = client(&names);
    for turn in 0..200 {
        let answer = post(&client, &port.url(NAME)).await;
        let expected = match turn % 4 {
            1 => "refused by policy: 127.0.0.1 is loopback",
            3 => "refused by policy: 169.254.169.254 is a cloud's metadata service",
            _ => "",
        };
        assert!(error(&answer).starts_with(expected), "{turn}: {answer:?}");
        assert_eq!(answer.status, expected.is_empty().then_some(204), "{turn}: {answer:?}");
        assert_eq!(names.asked(NAME), turn + 1, "once for each attempt: what is checked is what is dialled");
    }
    assert_eq!(port.reached(), 100);
    port.assert_unbetrayed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_attempts_at_once_on_a_turning_name_stay_outside_too() {
    let port = Port::open().await;
    // Which attempt gets which answer is chance.
    let names = NameServer::start(|_, turn| addresses(&[[PUBLIC, "127.0.0.1"][turn % 2]])).await;
    let client = client(&names);
    let (url, client) = (&port.url(NAME), &client);
    let attempts = (0..8).map(|_| async move {
        let mut delivered = 0;
        for _ in 0..25 {
            let answer = post(client, url).await;
            delivered += usize::from(answer.status == Some(204));
            assert!(
                answer.status == Some(204) || error(&answer).starts_with("refused by policy"),
                "{answer:?}"
            );
        }
        delivered
    });
    let delivered: usize = futures::future::join_all(attempts).await.into_iter().sum();
    assert_eq!(port.reached(), delivered);
    assert!((1..200).contains(&delivered), "{delivered}");
    port.assert_unbetrayed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_internal_address_among_permitted_ones_refuses_the_name_wherever_it_stands() {
    let port = Port::open().await;
    let inner = [
        "127.0.0.1",
        "169.254.169.254",
        "10.0.0.1",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::127.0.0.1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::",
        "2001::1",
        "fe80::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
    ];
    let names = NameServer::start(move |name, turn| {
        let number: usize =
            name.trim_end_matches(".example").trim_start_matches('n').parse().expect("number");
        let inner = inner[number];
        addresses(
            [&[inner][..], &[PUBLIC, inner], &[inner, PUBLIC], &["1.1.1.1", "2606:4700::1111", inner]][turn],
        )
    })
    .await;
    let client = client(&names);
    for (number, inner) in inner.iter().enumerate() {
        for turn in 0..4 {
            let answer = post(&client, &port.url(&format!("n{number}.example"))).await;
            assert!(error(&answer).starts_with("refused by policy: "), "{inner}, {turn}: {answer:?}");
            assert_eq!(answer.status, None);
        }
    }
    assert_eq!(port.reached(), 0);
    port.assert_unbetrayed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permitted_name_passes_in_every_spelling_and_one_without_an_address_is_told() {
    let port = Port::open().await;
    let names = NameServer::start(|name, _| {
        addresses(if name == NAME { &[PUBLIC, "::ffff:127.0.0.2"][..] } else { &[] })
    })
    .await;
    let client = client(&names);
    for name in [NAME, "REBIND.example", "rebind.example."] {
        let answer = post(&client, &port.url(name)).await;
        assert_eq!((answer.status, error(&answer)), (Some(204), ""), "{name}");
    }
    let answer = post(&client, &port.url("nobody.example")).await;
    assert_eq!(error(&answer), "the host name does not resolve: it has no address");
    assert_eq!(port.reached(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_server_that_never_answers_ends_with_the_total_deadline() {
    let names = NameServer::silent().await;
    let asked = client(&names);
    let answer =
        within(asked.post("http://rebind.example/hook", &[], Vec::new(), Duration::from_secs(1))).await;
    assert_eq!(error(&answer), "no whole answer within 1 s");
}

on_both_engines! {
    async fn a_delivery_to_a_turning_name_is_refused_recorded_and_tried_again(fresh) {
        let port = Port::open().await;
        let names = NameServer::start(|_, turn| addresses(&[["127.0.0.1", PUBLIC][turn.min(1)]])).await;
        let worker = Worker::new(fresh.db.clone(), client(&names));
        let outgoing = Outgoing { worker, ..Outgoing::start(&fresh.db).await };
        let sent = outgoing.once(&port.url(NAME)).await;
        assert_eq!(sent.delivery.state, DeliveryState::Pending);
        let told = "refused by policy: 127.0.0.1 is loopback; allow its range in WEBHOOK_ALLOW if it is yours";
        assert_eq!(sent.delivery.last_error.as_deref(), Some(told));
        assert_eq!(port.reached(), 0);
        outgoing.send(sent.delivery.next_attempt_at.expect("another try")).await;
        assert_eq!((outgoing.only().await.delivery.state, port.reached()), (DeliveryState::Delivered, 1));
        port.assert_unbetrayed();
    }
}

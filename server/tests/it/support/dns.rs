//! A name server on loopback that answers as it is told, by UDP (RFC 1035), and a client of it: a name's addresses may
//! change with every question.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use porchlight_server::webhooks::Lookup;
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

const A: u16 = 1;
const AAAA: u16 = 28;
const INTERNET: u16 = 1;
const HEADER: usize = 12;

/// A name and a type, and how often it was asked for.
type Asked = Arc<Mutex<HashMap<(String, u16), usize>>>;

/// A running name server.
pub struct NameServer {
    address: SocketAddr,
    asked: Asked,
    running: JoinHandle<()>,
}

impl NameServer {
    /// One that answers by `addresses(name, turn)`, where turn counts the questions for this name from 0. All its answers
    /// hold for no time at all (TTL 0).
    pub async fn start(addresses: impl Fn(&str, usize) -> Vec<IpAddr> + Send + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let (address, asked) = (socket.local_addr().expect("address"), Asked::default());
        let counted = asked.clone();
        let running = tokio::spawn(async move {
            let mut question = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut question).await {
                let (name, kind) = asked_for(&question[..length]);
                let turn = {
                    let mut counted = counted.lock().expect("lock");
                    let turns = counted.entry((name.clone(), kind)).or_default();
                    *turns += 1;
                    *turns - 1
                };
                let answer = answer(&question[..length], kind, &addresses(&name, turn));
                let _ = socket.send_to(&answer, from).await;
            }
        });
        Self { address, asked, running }
    }

    /// One that takes every question and answers none.
    pub async fn silent() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("address");
        let running = tokio::spawn(async move {
            std::future::pending::<()>().await;
            drop(socket);
        });
        Self { address, asked: Asked::default(), running }
    }

    /// How often the addresses of a name were asked for.
    pub fn asked(&self, name: &str) -> usize {
        let asked = self.asked.lock().expect("lock");
        let times = |kind| asked.get(&(name.to_owned(), kind)).copied().unwrap_or_default();
        assert_eq!(times(A), times(AAAA), "both kinds are asked for together");
        times(A)
    }

    /// Who asks it.
    pub fn client(&self) -> Arc<dyn Lookup> {
        Arc::new(Client(self.address))
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.running.abort();
    }
}

#[derive(Debug)]
struct Client(SocketAddr);

impl Lookup for Client {
    fn look_up(&self, name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        let server = self.0;
        Box::pin(async move {
            let (v4, v6) = tokio::try_join!(ask(server, &name, A), ask(server, &name, AAAA))?;
            Ok(v4.into_iter().chain(v6).map(|ip| SocketAddr::new(ip, 0)).collect())
        })
    }
}

async fn ask(server: SocketAddr, name: &str, kind: u16) -> io::Result<Vec<IpAddr>> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    socket.connect(server).await?;
    let mut question = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.trim_end_matches('.').split('.') {
        question.push(u8::try_from(label.len()).expect("a short label"));
        question.extend_from_slice(label.as_bytes());
    }
    question.push(0);
    question.extend_from_slice(&kind.to_be_bytes());
    question.extend_from_slice(&INTERNET.to_be_bytes());
    socket.send(&question).await?;
    let mut answer = [0; 4096];
    let length = socket.recv(&mut answer).await?;
    Ok(addresses(&answer[question.len()..length]))
}

fn number(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

/// The name and the type of the only question.
fn asked_for(question: &[u8]) -> (String, u16) {
    let (mut labels, mut at) = (Vec::new(), HEADER);
    while question[at] > 0 {
        let end = at + 1 + usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..end]).to_lowercase());
        at = end;
    }
    (labels.join("."), number(question, at + 1))
}

/// The question again, and those of the addresses that are of its type.
fn answer(question: &[u8], kind: u16, addresses: &[IpAddr]) -> Vec<u8> {
    let fitting = addresses.iter().filter(|ip| ip.is_ipv4() == (kind == A));
    let records: Vec<Vec<u8>> = fitting
        .map(|ip| match ip {
            IpAddr::V4(ip) => ip.octets().to_vec(),
            IpAddr::V6(ip) => ip.octets().to_vec(),
        })
        .collect();
    let count = u8::try_from(records.len()).expect("few");
    let mut answer =
        [&question[..2], &[0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0], &question[HEADER..]].concat();
    for record in records {
        // The name is the question's; the time to live is 0.
        answer.extend_from_slice(&[0xc0, 0x0c]);
        answer.extend_from_slice(&kind.to_be_bytes());
        answer.extend_from_slice(&[0, 1, 0, 0, 0, 0, 0, u8::try_from(record.len()).expect("short")]);
        answer.extend(record);
    }
    answer
}

/// The addresses in what comes behind the question.
fn addresses(mut records: &[u8]) -> Vec<IpAddr> {
    let mut found = Vec::new();
    while records.len() > HEADER {
        let length = usize::from(number(records, 10));
        let data = &records[HEADER..HEADER + length];
        found.extend(<[u8; 4]>::try_from(data).map(|octets| IpAddr::from(Ipv4Addr::from(octets))));
        found.extend(<[u8; 16]>::try_from(data).map(|octets| IpAddr::from(Ipv6Addr::from(octets))));
        records = &records[HEADER + length..];
    }
    found
}

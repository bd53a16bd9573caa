//! A load generator that costs little: keep-alive HTTP/1.1 over plain sockets, so that the two cores go to the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::history;
use crate::server::Server;

/// What to send.
#[derive(Clone, Copy)]
pub struct Load {
    /// Events a request.
    pub batch: u64,
    /// Connections that send at once.
    pub connections: u64,
    /// Requests a second over all connections; None: as fast as answers come.
    pub rate: Option<u64>,
    /// For how long.
    pub time: Duration,
    /// As many different users, one after the other, each from a few networks; None: [`history::login`]'s.
    pub users: Option<u64>,
}

/// What came of it.
pub struct Report {
    events: u64,
    elapsed: Duration,
    /// Milliseconds of each request, sorted.
    latencies: Vec<f64>,
    /// Answers of another status than was wanted.
    pub failures: u64,
}

impl Report {
    /// Events, or other requests, that were answered as wanted.
    pub fn events(&self) -> f64 {
        self.events as f64
    }

    /// The same, a second.
    pub fn events_per_second(&self) -> f64 {
        self.events as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency that this share of the requests stayed below, in milliseconds.
    pub fn percentile(&self, percent: f64) -> f64 {
        let index = (self.latencies.len() as f64 * percent / 100.0) as usize;
        self.latencies.get(index.min(self.latencies.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
    }
}

/// Sends events.
pub async fn run(server: &Server, load: Load) -> Report {
    let (address, key) = (server.address.clone(), server.key.clone());
    drive(&server.address, load, 200, move |number| request(&address, &key, number, load)).await
}

/// Sends what `request` makes of each number; an answer of the status `wanted` is a success.
pub async fn drive(
    address: &str,
    load: Load,
    wanted: u16,
    request: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static,
) -> Report {
    let (numbers, began) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let request = Arc::new(request);
    let senders: Vec<_> = (0..load.connections)
        .map(|_| {
            let (address, numbers, request) = (address.to_owned(), numbers.clone(), request.clone());
            tokio::spawn(async move { send(&address, load, wanted, &*request, &numbers, began).await })
        })
        .collect();
    let mut report = Report { events: 0, elapsed: Duration::ZERO, latencies: Vec::new(), failures: 0 };
    for sender in senders {
        let (latencies, failures) = sender.await.expect("sender");
        report.events += latencies.len() as u64 * load.batch;
        report.latencies.extend(latencies);
        report.failures += failures;
    }
    report.elapsed = began.elapsed();
    report.latencies.sort_by(f64::total_cmp);
    report
}

async fn send(
    address: &str,
    load: Load,
    wanted: u16,
    request: &(impl Fn(u64) -> Vec<u8> + Sync),
    numbers: &AtomicU64,
    began: Instant,
) -> (Vec<f64>, u64) {
    let mut socket = TcpStream::connect(address).await.expect("connect");
    socket.set_nodelay(true).expect("nodelay");
    let (mut latencies, mut failures, mut buffer) = (Vec::new(), 0, vec![0; 256 * 1024]);
    while began.elapsed() < load.time {
        let number = numbers.fetch_add(1, Ordering::Relaxed);
        let mut due = Instant::now();
        if let Some(rate) = load.rate {
            // Latency counts from when the request was due: a server that stalls does not hide those it held up.
            due = began + Duration::from_secs_f64(number as f64 / rate as f64);
            tokio::time::sleep_until(due.into()).await;
        }
        socket.write_all(&request(number)).await.expect("send");
        if read_answer(&mut socket, &mut buffer).await == wanted {
            latencies.push(due.elapsed().as_secs_f64() * 1_000.0);
        } else {
            failures += 1;
        }
    }
    (latencies, failures)
}

fn request(address: &str, key: &str, number: u64, load: Load) -> Vec<u8> {
    let batch = load.batch;
    let one = |number: u64| match load.users {
        None => history::login(number, None),
        Some(users) => {
            let mut login = history::login_of(number % users, number, None);
            let (user, round) = (number % users, number / users);
            login["ip"] =
                format!("122.{}.{}.{}", 56 + (user + round) % 8, user / 8 % 250, 1 + round % 250).into();
            login
        }
    };
    let events: Vec<_> = (0..batch).map(|offset| one(number * batch + offset).to_string()).collect();
    let body = if batch == 1 { events[0].clone() } else { format!("[{}]", events.join(",")) };
    format!(
        "POST /api/v1/events HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Reads one answer to its end; its status.
async fn read_answer(socket: &mut TcpStream, buffer: &mut [u8]) -> u16 {
    let (mut filled, mut whole) = (0, None);
    loop {
        let read = socket.read(&mut buffer[filled..]).await.expect("receive");
        assert!(read > 0, "the server hung up");
        filled += read;
        if whole.is_none()
            && let Some(end) = buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n")
        {
            let head = String::from_utf8_lossy(&buffer[..end]).to_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
            whole = Some(end + 4 + length.and_then(|text| text.trim().parse::<usize>().ok()).unwrap_or(0));
        }
        if whole.is_some_and(|whole| filled >= whole) {
            return String::from_utf8_lossy(&buffer[9..12]).parse().unwrap_or(0);
        }
    }
}

//! A receiver that costs little: reads a request's head and body from a plain socket, answers in one write, and keeps
//! when each message came.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// 200, at once.
    Answers,
    /// 500 the first time that a message comes, then 200.
    FailsOnce,
    /// Never.
    Hangs,
}

/// When a message came, each time.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    at: Instant,
    /// Microseconds since 1970.
    clock: i64,
}

type Arrivals = Arc<Mutex<HashMap<String, Vec<Arrival>>>>;

/// A running receiver.
pub struct Receiver {
    /// Where it listens.
    pub url: String,
    arrivals: Arrivals,
}

impl Receiver {
    /// On a free port of loopback.
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("address"));
        let arrivals = Arrivals::default();
        let kept = arrivals.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, kept.clone(), manner));
            }
        });
        Self { url, arrivals }
    }

    /// How many requests came.
    pub fn count(&self) -> usize {
        self.arrivals.lock().expect("lock").values().map(Vec::len).sum()
    }

    fn nth(&self, id: &str, index: usize) -> Option<Arrival> {
        self.arrivals.lock().expect("lock").get(id).and_then(|all| all.get(index)).copied()
    }

    async fn wait(&self, id: &str, index: usize) -> Arrival {
        loop {
            match self.nth(id, index) {
                Some(arrival) => return arrival,
                None => tokio::time::sleep(Duration::from_micros(500)).await,
            }
        }
    }

    /// When this message first came.
    pub async fn arrival(&self, id: &str) -> Instant {
        self.wait(id, 0).await.at
    }

    /// When it came again, in microseconds since 1970.
    pub async fn second(&self, id: &str) -> i64 {
        self.wait(id, 1).await.clock
    }
}

async fn serve(mut socket: TcpStream, arrivals: Arrivals, manner: Manner) {
    let (mut buffer, mut filled) = (vec![0; 16 * 1024], 0);
    let _ = socket.set_nodelay(true);
    loop {
        let Ok(read @ 1..) = socket.read(&mut buffer[filled..]).await else { return };
        let at = Instant::now();
        filled += read;
        let Some((id, length)) = request(&buffer[..filled]) else { continue };
        buffer.copy_within(length..filled, 0);
        filled -= length;
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64);
        let times = {
            let mut arrivals = arrivals.lock().expect("lock");
            let all = arrivals.entry(id).or_default();
            all.push(Arrival { at, clock });
            all.len()
        };
        let status = match manner {
            Manner::Hangs => continue,
            Manner::FailsOnce if times == 1 => "500 Oops",
            _ => "200 OK",
        };
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        if socket.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The message's id and the length of a whole request; None until it is whole.
fn request(bytes: &[u8]) -> Option<(String, usize)> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    let header = |name: &str| {
        let line = text
            .lines()
            .find(|line| line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name)))?;
        line.split_once(':').map(|(_, value)| value.trim())
    };
    let length = head + header("content-length")?.parse::<usize>().ok()?;
    (bytes.len() >= length).then_some((header("webhook-id")?.to_owned(), length))
}

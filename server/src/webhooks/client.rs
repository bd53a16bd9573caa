//! The HTTP client of webhooks: no redirects, no proxy, no forbidden address, one deadline for everything, and only so
//! much of an answer.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use porchlight_domain::webhook::{Answer, Fault, Phases, forbidden};
use reqwest::{Response, redirect};
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use super::failure::Failure;
use super::lookup::Bounded;
use super::phases::{self, watched};
use super::resolver::{Lookup, Resolver, System};

/// How much of an answer's body is read, in bytes: as much as a posted receipt may have, because an answer may be one, of
/// a thousand sessions with ids as long as they may be.
pub(super) const MAX_READ: usize = 256 * 1024;
/// How many headers of an answer are taken and kept, and how long each may be.
const MAX_HEADERS: usize = 100;
const MAX_VALUE: usize = 1_000;
/// How long a connection may take, within the deadline: a firewall that drops packets must not look like a slow handler.
pub(super) const CONNECT: Duration = Duration::from_secs(5);

/// Where webhooks may go and how long they may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Ranges beside the public ones.
    pub allow: Vec<IpNet>,
    /// The longest any attempt may take, from the first packet to the answer's last byte.
    pub deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { allow: Vec::new(), deadline: Duration::from_secs(30) }
    }
}

/// What POSTs webhooks; cheap to clone, its connections are shared.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    allow: Arc<[IpNet]>,
    deadline: Duration,
}

impl Client {
    /// A client within these limits.
    pub fn new(limits: Limits) -> Result<Self, String> {
        Self::with_lookup(limits, Arc::new(Bounded::new(Arc::new(System))))
    }

    /// A client within these limits that learns the addresses of names by `lookup`.
    pub fn with_lookup(limits: Limits, lookup: Arc<dyn Lookup>) -> Result<Self, String> {
        let allow: Arc<[IpNet]> = limits.allow.into();
        let http = reqwest::Client::builder()
            .user_agent(concat!("Porchlight/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .dns_resolver(Resolver::new(lookup, allow.clone()))
            .connector_layer(phases::Timed)
            .connect_timeout(CONNECT)
            .tcp_nodelay(true)
            .http1_only()
            .http1_max_headers(MAX_HEADERS)
            .pool_max_idle_per_host(64)
            .pool_idle_timeout(Duration::from_secs(30))
            .build()
            .map_err(|error| format!("the webhook client cannot be made: {error}"))?;
        Ok(Self { http, allow, deadline: limits.deadline })
    }

    /// POSTs `body` and reads the answer, whatever it is, within `timeout`: failures are part of it.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
        timeout: Duration,
    ) -> Answer {
        watched(self.post_watched(url, headers, body, timeout.min(self.deadline))).await
    }

    async fn post_watched(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
        timeout: Duration,
    ) -> Answer {
        let began = Instant::now();
        let (deadline, too_slow) = (began + timeout, Failure::Timeout(timeout.as_secs().max(1)));
        let sent = match timeout_at(deadline, self.send(url, headers, body)).await {
            Ok(sent) => sent,
            Err(_) => Err(too_slow.clone()),
        };
        let sending = began.elapsed();
        match sent {
            Ok(response) => {
                let phases = phases::so_far(sending, true);
                let mut answer = read(response, deadline, &too_slow).await;
                let reading = began.elapsed().saturating_sub(sending);
                answer.phases = Phases { body_us: Some(phases::micros(reading)), ..phases };
                answer
            }
            Err(failure) => {
                let phases = match &failure {
                    unsent if unsent.is_unsent() => Phases::default(),
                    Failure::Connect(_, Fault::NoConnection) => phases::unconnected(sending),
                    _ => phases::so_far(sending, false),
                };
                Answer {
                    error: Some(failure.to_string()),
                    fault: failure.fault(),
                    phases,
                    ..Answer::default()
                }
            }
        }
    }

    async fn send(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
    ) -> Result<Response, Failure> {
        let url = Url::parse(url).map_err(|error| Failure::Url(error.to_string()))?;
        self.check_literal(&url)?;
        let mut request = self.http.post(url).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.send().await.map_err(|error| {
            if error.is_timeout() {
                let text = format!("no connection within {} s", CONNECT.as_secs());
                Failure::Connect(text, Fault::NoConnection)
            } else {
                Failure::from_client(&error)
            }
        })
    }

    /// An address in the URL never comes to the resolver.
    fn check_literal(&self, url: &Url) -> Result<(), Failure> {
        let address = match url.host() {
            Some(Host::Ipv4(ip)) => ip.into(),
            Some(Host::Ipv6(ip)) => ip.into(),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(Failure::Url("it names no host".into())),
        };
        forbidden::reason(address, &self.allow)
            .map_or(Ok(()), |reason| Err(Failure::Refused { address, reason }))
    }
}

async fn read(mut response: Response, deadline: Instant, too_slow: &Failure) -> Answer {
    let mut answer =
        Answer { status: Some(response.status().as_u16()), headers: kept(&response), ..Answer::default() };
    loop {
        match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let room = MAX_READ - answer.body.len();
                answer.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room {
                    return broken(answer, &Failure::TooLarge);
                }
            }
            Ok(Ok(None)) => return answer,
            Ok(Err(error)) => return broken(answer, &Failure::from_client(&error)),
            Err(_) => return broken(answer, too_slow),
        }
    }
}

/// An answer that is not whole.
fn broken(answer: Answer, failure: &Failure) -> Answer {
    Answer { error: Some(failure.to_string()), fault: failure.fault(), ..answer }
}

/// The headers, as text, each cut at a length; cookies are not ours to keep.
fn kept(response: &Response) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(&value[..value.len().min(MAX_VALUE)]).into_owned();
    let headers = response.headers().iter().filter(|(name, _)| name.as_str() != "set-cookie");
    headers
        .take(MAX_HEADERS)
        .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
        .collect()
}

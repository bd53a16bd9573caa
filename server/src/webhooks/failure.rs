//! Why an attempt brought no whole answer, in the words that operators read.

use std::error::Error;
use std::net::IpAddr;

/// A failure before the answer was whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The URL cannot be dialled at all.
    #[error("the URL cannot be used: {0}")]
    Url(String),
    /// The name has no address.
    #[error("the host name does not resolve: {0}")]
    Dns(String),
    /// An address that webhooks may not go to.
    #[error("refused by policy: {address} is {reason}; allow its range in WEBHOOK_ALLOW if it is yours")]
    Refused {
        /// What the name resolved to, or the URL says.
        address: IpAddr,
        /// Which kind of address that is.
        reason: &'static str,
    },
    /// Nobody took the connection.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The secure connection could not be made.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// The total deadline passed.
    #[error("no whole answer within {0} s")]
    Timeout(u64),
    /// More than is read.
    #[error("the answer is larger than {} KiB", super::client::MAX_READ / 1024)]
    TooLarge,
    /// What came is not HTTP, or stopped in the middle.
    #[error("the answer is not valid HTTP: {0}")]
    InvalidHttp(String),
}

impl Failure {
    /// True when nothing was tried: there is no time to tell of.
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::Url(_) | Self::Refused { .. })
    }

    /// Sorts the client's error by its causes.
    pub fn from_client(error: &reqwest::Error) -> Self {
        let causes = || causes(error);
        if let Some(own) = causes().find_map(|cause| cause.downcast_ref::<Self>()) {
            return own.clone();
        }
        // The innermost cause says it best.
        let text = causes().last().map_or_else(|| error.to_string(), ToString::to_string);
        let http = causes().find_map(|cause| cause.downcast_ref::<hyper::Error>());
        if error.is_connect() {
            let trace = causes().map(ToString::to_string).collect::<String>().to_lowercase();
            let secure = ["certificate", "tls", "handshake", "alert", "corrupt message"];
            return if secure.iter().any(|word| trace.contains(word)) {
                Self::Tls(text)
            } else {
                Self::Connect(text)
            };
        }
        if error.is_builder() {
            return Self::Url(text);
        }
        match http {
            Some(http) if http.is_incomplete_message() => {
                Self::InvalidHttp("the connection was closed before its end".into())
            }
            _ => Self::InvalidHttp(text),
        }
    }
}

fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&'a (dyn Error + 'static)| (*cause).source())
}

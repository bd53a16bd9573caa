//! A socket on which tests write bytes that no well-behaved client would.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::within;

/// An open connection.
pub struct Wire(TcpStream);

impl Wire {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.expect("connects"))
    }

    /// Writes; a server that has hung up is no failure.
    pub async fn write(&mut self, bytes: &[u8]) {
        let _ = within(self.0.write_all(bytes)).await;
    }

    /// Reads until what was read ends with or holds `mark`, or the server hangs up.
    pub async fn read_until(&mut self, mark: &str) -> String {
        let mut seen = Vec::new();
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&seen).contains(mark) {
            match within(self.0.read(&mut buffer)).await {
                Ok(0) | Err(_) => break,
                Ok(count) => seen.extend_from_slice(&buffer[..count]),
            }
        }
        String::from_utf8_lossy(&seen).into_owned()
    }

    /// Reads all that comes until the server hangs up.
    pub async fn read_all(&mut self) -> String {
        let mut seen = Vec::new();
        let _ = within(self.0.read_to_end(&mut seen)).await;
        String::from_utf8_lossy(&seen).into_owned()
    }

    /// Writes a request and reads the status of what comes back; None when the server hung up, or waits for more.
    pub async fn status_of(address: SocketAddr, request: &[u8]) -> Option<u16> {
        let mut wire = Self::open(address).await;
        wire.write(request).await;
        let head = tokio::time::timeout(Duration::from_secs(2), wire.read_until("\r\n")).await.ok()?;
        head.strip_prefix("HTTP/1.1 ").or_else(|| head.strip_prefix("HTTP/1.0 "))?.get(..3)?.parse().ok()
    }
}

//! What is known of an address and of a user agent. The data is in files, and read anew when they are replaced.

pub mod agent;
mod country;
mod geo;
mod list;
pub mod mmdb;
mod network;
mod pack;
mod sources;
mod table;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use porchlight_domain::agent::Agent;
use porchlight_domain::place::{Network, Place};
use porchlight_domain::signal::{Aged, Signal, SignalState};
use porchlight_domain::time::MINUTE;
use porchlight_domain::version::Version;
use porchlight_domain::{Result, Timestamp};

pub use country::name as country_name;

use crate::clock;
use crate::worker::Outcome;
use sources::Sources;

/// Where the data is.
#[derive(Clone, Debug)]
pub struct GeoSettings {
    /// A folder of `.mmdb` files, `asn-ipv4.csv`, `asn-ipv6.csv`, `hosting.txt`, `vpn.txt`, `tor.txt`: each may be missing.
    pub dir: PathBuf,
}

/// Looks addresses and user agents up.
pub struct Enricher {
    dir: PathBuf,
    sources: RwLock<Arc<Sources>>,
    check_at: AtomicI64,
    agents: agent::Agents,
}

impl Enricher {
    /// Reads the folder. Nothing in it has to be there: `signals` says what is not.
    pub fn open(settings: &GeoSettings) -> Self {
        let sources = Sources::read(&settings.dir);
        tell(&sources, clock::now());
        Self {
            dir: settings.dir.clone(),
            sources: RwLock::new(Arc::new(sources)),
            check_at: AtomicI64::new(i64::MIN),
            agents: agent::Agents::default(),
        }
    }

    /// Where the address is, as far as is known.
    pub fn place(&self, ip: IpAddr) -> Option<Place> {
        self.sources().places.find(ip.to_canonical())
    }

    /// Which network the address belongs to, as far as is known.
    pub fn network(&self, ip: IpAddr) -> Option<Network> {
        self.sources().networks.find(ip.to_canonical())
    }

    /// Which data it looks things up in.
    pub fn version(&self) -> Option<Version> {
        self.sources().version
    }

    /// What of the data is old now, and says less.
    pub fn aged(&self, now: Timestamp) -> Vec<Aged> {
        self.sources().aged(now)
    }

    /// What the user agent says of the client.
    pub fn agent(&self, user_agent: &str) -> Agent {
        self.agents.get(user_agent)
    }

    /// Which signals are on, from which data, how old it is now.
    pub fn signals(&self) -> Vec<Signal> {
        self.signals_at(clock::now())
    }

    /// The same, with ages as of `now`.
    pub fn signals_at(&self, now: Timestamp) -> Vec<Signal> {
        self.sources().signals(now)
    }

    /// Reads the folder anew when a file in it has changed, looking at most once a minute. Says whether it did.
    pub fn reload_if_changed(&self, now: Timestamp) -> bool {
        if now.0 < self.check_at.load(Ordering::Relaxed) {
            return false;
        }
        self.check_at.store(now.plus(MINUTE).0, Ordering::Relaxed);
        if sources::stamp(&self.dir) == self.sources().stamp {
            return false;
        }
        let sources = Arc::new(Sources::read(&self.dir));
        tell(&sources, now);
        *self.sources.write().unwrap_or_else(PoisonError::into_inner) = sources;
        true
    }

    fn sources(&self) -> Arc<Sources> {
        Arc::clone(&self.sources.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One look at the folder, off the threads that serve requests.
pub async fn step(enricher: Arc<Enricher>, now: Timestamp) -> Result<Outcome> {
    let looked = tokio::task::spawn_blocking(move || enricher.reload_if_changed(now)).await;
    if let Err(error) = looked {
        tracing::error!(%error, "the geographic data could not be read anew");
    }
    Ok(Outcome::Idle(Some(now.plus(MINUTE))))
}

fn tell(sources: &Sources, now: Timestamp) {
    if let Some(version) = sources.version {
        tracing::info!(%version, "geographic data read: this is its version");
    }
    for problem in &sources.problems {
        tracing::warn!("geographic data left out: {problem}");
    }
    for Signal { name, state } in sources.signals(now) {
        match state {
            SignalState::On { source, age_days, stale: true, .. } => {
                tracing::warn!(signal = %name, source, age_days, "signal is on, its data is old");
            }
            SignalState::On { source, age_days, .. } => {
                tracing::info!(signal = %name, source, age_days, "signal is on")
            }
            SignalState::Off { why } => tracing::info!(signal = %name, why, "signal is off"),
        }
    }
}

#[cfg(test)]
mod tests;

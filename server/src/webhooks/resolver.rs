//! Names to addresses, for the connector: what is checked here is what is dialled, so that a name that changes between
//! a check and a connection (DNS rebinding) gains nothing.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use futures::future::BoxFuture;
use ipnet::IpNet;
use porchlight_domain::webhook::forbidden;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::time::Instant;

use super::failure::Failure;
use super::phases;

/// Who knows the addresses of names.
pub trait Lookup: Debug + Send + Sync {
    /// All addresses of `name`, as they are now; their port is not used.
    fn look_up(&self, name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;
}

/// The system, by its own files and name servers.
#[derive(Clone, Copy, Debug)]
pub struct System;

impl Lookup for System {
    fn look_up(&self, name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
    }
}

/// A lookup, and a refusal where any address is forbidden.
#[derive(Clone, Debug)]
pub(super) struct Resolver {
    lookup: Arc<dyn Lookup>,
    allow: Arc<[IpNet]>,
}

impl Resolver {
    pub(super) fn new(lookup: Arc<dyn Lookup>, allow: Arc<[IpNet]>) -> Self {
        Self { lookup, allow }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (found, allow) = (self.lookup.look_up(name.as_str().to_owned()), self.allow.clone());
        Box::pin(async move {
            let began = Instant::now();
            let found = found.await;
            phases::looked_up(began);
            let found = found.map_err(|error| Failure::Dns(error.to_string()))?;
            let addresses: Addrs = Box::new(permitted(found, &allow)?.into_iter());
            Ok(addresses)
        })
    }
}

/// All of them, or a refusal: one forbidden address among public ones is an attack or a mistake.
fn permitted(found: Vec<SocketAddr>, allow: &[IpNet]) -> Result<Vec<SocketAddr>, Failure> {
    if found.is_empty() {
        return Err(Failure::Dns("it has no address".into()));
    }
    let refused = found
        .iter()
        .map(SocketAddr::ip)
        .find_map(|ip| forbidden::reason(ip, allow).map(|reason| (ip, reason)));
    match refused {
        Some((address, reason)) => Err(Failure::Refused { address, reason }),
        None => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_forbidden_address_among_public_ones_refuses_them_all() {
        let found = |texts: &[&str]| {
            texts.iter().map(|text| SocketAddr::new(text.parse().expect("address"), 0)).collect()
        };
        assert_eq!(permitted(found(&["1.1.1.1", "2606:4700::1111"]), &[]).map(|all| all.len()), Ok(2));
        let refused = permitted(found(&["1.1.1.1", "10.0.0.1"]), &[]);
        assert_eq!(
            refused,
            Err(Failure::Refused { address: "10.0.0.1".parse().expect("address"), reason: "private" })
        );
        assert!(matches!(permitted(Vec::new(), &[]), Err(Failure::Dns(_))));
    }
}

//! Which network an address belongs to, and what is known against it.

use std::net::IpAddr;

use porchlight_domain::place::Network;
use serde::Deserialize;

use super::list::List;
use super::table::Table;

/// Autonomous systems that rent out servers: people's own connections do not come from there. Left out are the
/// networks through which a phone's private relay sends honest people (Cloudflare, Akamai's and Fastly's edges).
const HOSTING: [u32; 73] = [
    6142,   // Oracle
    6724,   // Strato
    7203,   // Leaseweb
    7979,   // Servers.com
    8068,   // Microsoft
    8069,   // Microsoft
    8070,   // Microsoft
    8075,   // Microsoft Azure
    8100,   // QuadraNet
    8315,   // WorldStream
    8560,   // IONOS
    8987,   // Amazon
    9009,   // M247
    9123,   // Timeweb
    12876,  // Scaleway
    14061,  // DigitalOcean
    14618,  // Amazon Web Services
    15395,  // Rackspace
    16125,  // Cherry Servers
    16247,  // M247
    16276,  // OVH
    16509,  // Amazon Web Services
    19148,  // Leaseweb
    19994,  // Rackspace
    20054,  // Oracle
    20473,  // Vultr
    21859,  // Zenlayer
    22612,  // Namecheap
    24940,  // Hetzner
    26496,  // GoDaddy
    28753,  // Leaseweb
    29447,  // Scaleway
    29802,  // Hivelocity
    30633,  // Leaseweb
    31898,  // Oracle Cloud
    32244,  // Liquid Web
    32613,  // Leaseweb
    33070,  // Rackspace
    35540,  // OVH
    36007,  // Kamatera
    36351,  // IBM Cloud
    36352,  // ColoCrossing
    37963,  // Alibaba Cloud
    40021,  // Contabo
    40509,  // Fly.io
    40676,  // Psychz
    42973,  // M247
    45090,  // Tencent Cloud
    45102,  // Alibaba Cloud
    46844,  // Sharktech
    47583,  // Hostinger
    49505,  // Selectel
    51167,  // Contabo
    53667,  // FranTech
    55990,  // Huawei Cloud
    57043,  // Hostkey
    60068,  // Datacamp
    60781,  // Leaseweb
    62240,  // Clouvider
    63949,  // Linode
    132203, // Tencent Cloud
    133478, // Tencent Cloud
    134963, // Alibaba Cloud
    136907, // Huawei Cloud
    141995, // Contabo
    197540, // netcup
    199524, // Gcore
    202053, // UpCloud
    210644, // Aeza
    212238, // Datacamp
    213230, // Hetzner
    395954, // Leaseweb
    396982, // Google Cloud
];

/// What is known of networks.
#[derive(Default)]
pub struct Networks {
    /// Tables of autonomous systems, the newest first.
    pub systems: Vec<Table>,
    /// Data centres.
    pub hosting: Option<List>,
    /// Exits of commercial VPNs.
    pub vpn: Option<List>,
    /// Exits of the Tor network.
    pub tor: Option<List>,
}

#[derive(Deserialize)]
struct System<'a> {
    autonomous_system_number: Option<u32>,
    autonomous_system_organization: Option<&'a str>,
}

impl Networks {
    /// What is known of the network that `ip` is in.
    pub fn find(&self, ip: IpAddr) -> Option<Network> {
        let system = self.systems.iter().find_map(|table| table.find::<System>(ip));
        let asn = system.as_ref().and_then(|system| system.autonomous_system_number);
        let name = system.as_ref().and_then(|system| system.autonomous_system_organization);
        let on = |list: &Option<List>| list.as_ref().is_some_and(|list| list.contains(ip));
        let network = Network {
            asn,
            name: name.filter(|name| !name.is_empty()).map(Into::into),
            hosting: asn.is_some_and(|asn| HOSTING.binary_search(&asn).is_ok()) || on(&self.hosting),
            vpn: on(&self.vpn),
            tor: on(&self.tor),
        };
        (network != Network::default()).then_some(network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosting_systems_are_sorted_so_that_halving_finds_each() {
        assert!(HOSTING.is_sorted_by(|a, b| a < b));
    }
}

//! What enrichment would find out about an address of the lab's world.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Spot, World};
use crate::place::{Network, Place};

/// Blocks are numbered upwards from 11.0.0.0/24 and 2a10::/48: public space, whose true owners do not matter here.
const FIRST_V4: u32 = 11 << 24;
const FIRST_V6: u128 = 0x2a10 << 112;

impl World {
    /// The address itself.
    pub fn ip(&self, spot: Spot) -> IpAddr {
        let block = &self.blocks[spot.block as usize];
        if self.systems[block.system as usize].ipv6 {
            let (prefix, subnet) = (u128::from(spot.block) << 80, u128::from(spot.host) << 64);
            IpAddr::V6(Ipv6Addr::from_bits(FIRST_V6 | prefix | subnet | 1))
        } else {
            IpAddr::V4(Ipv4Addr::from_bits(FIRST_V4 + (spot.block << 8) + u32::from(spot.host & 0xff)))
        }
    }

    /// Where the database says it is.
    pub fn place(&self, spot: Spot) -> Place {
        let block = &self.blocks[spot.block as usize];
        let country = &self.countries[block.country as usize];
        let city = block.city.map(|city| &self.cities[city as usize]);
        let at = city.map_or(country.middle, |city| city.at);
        Place {
            country: Some(country.code.to_owned()),
            country_name: Some(country.name.to_owned()),
            city: city.map(|city| city.name.clone()),
            latitude: Some(at.0),
            longitude: Some(at.1),
            ..Place::default()
        }
    }

    /// Whose network it is.
    pub fn network(&self, spot: Spot) -> Network {
        let block = &self.blocks[spot.block as usize];
        let system = &self.systems[block.system as usize];
        Network {
            asn: Some(system.asn),
            name: Some(system.name.clone()),
            hosting: block.hosting,
            vpn: block.vpn,
            tor: false,
        }
    }
}

//! What an event leaves to tell clients apart, and which sessions bear the trace of a login that was not its user's.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::agent::Agent;
use crate::event::address;

/// The device token, the address, the network and the kind of client of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    device: Option<String>,
    host: Option<IpNet>,
    net: Option<IpNet>,
    asn: Option<u32>,
    client: Option<String>,
}

impl Trace {
    /// From what is stored of an event.
    pub(crate) fn new(device: Option<&str>, ip: Option<&str>, agent: &Agent) -> Self {
        let ip = ip.and_then(|ip| ip.parse().ok());
        Self {
            device: device.filter(|token| !token.is_empty()).map(str::to_owned),
            host: ip.and_then(host),
            net: ip.and_then(address::range),
            asn: None,
            client: agent.label(),
        }
    }

    /// The same, through this autonomous system.
    pub(crate) fn through(self, asn: Option<u32>) -> Self {
        Self { asn, ..self }
    }

    /// What is left of it beside what the user has used without anybody objecting: their own device, their own network.
    pub(crate) fn without(mut self, own: &[Self]) -> Self {
        if own.iter().any(|one| one.device == self.device) {
            self.device = None;
        }
        if own.iter().any(|one| one.net == self.net) {
            self.net = None;
        }
        self
    }

    /// True when both came from one device; or, where one of them bears no token, by one kind of client from one network.
    fn resembles(&self, other: &Self) -> bool {
        let same_device = self.device.is_some() && self.device == other.device;
        let tokenless = self.device.is_none() || other.device.is_none();
        same_device
            || (tokenless && self.net.is_some() && self.net == other.net && self.client == other.client)
    }

    /// True when both came from one address (or /64), or by one kind of client from one network, whatever their tokens:
    /// every private window has a fresh one. Alone it says little: a household and a dormitory have that in common.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        let same_host = self.host.is_some() && self.host == other.host;
        let same_net = (self.net.is_some() && self.net == other.net)
            || (self.asn.is_some() && self.asn == other.asn && self.client.is_some());
        same_host || (same_net && self.client == other.client)
    }

    /// The sessions of which any event resembles this one.
    pub(crate) fn among(&self, events: &[(String, Self)]) -> BTreeSet<String> {
        events.iter().filter(|(_, other)| self.resembles(other)).map(|(session, _)| session.clone()).collect()
    }
}

/// What one subscriber has: an IPv4 address, a /64.
fn host(ip: IpAddr) -> Option<IpNet> {
    IpNet::new(ip, if ip.is_ipv4() { 32 } else { 64 }).ok().map(|host| host.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(device: &str, ip: &str, client: &str) -> Trace {
        let agent = Agent { browser: Some(client.into()), ..Agent::default() };
        Trace::new(Some(device), Some(ip), &agent)
    }

    fn named(reported: &Trace, events: &[(&str, Trace)]) -> Vec<String> {
        let events: Vec<_> = events.iter().map(|(id, trace)| ((*id).to_owned(), trace.clone())).collect();
        reported.among(&events).into_iter().collect()
    }

    #[test]
    fn a_device_is_known_by_its_token_wherever_it_is() {
        let thief = trace("thief", "1.80.1.9", "Firefox");
        let events = [
            ("same", trace("thief", "203.0.113.9", "Chrome")),
            ("other", trace("laptop", "1.80.1.9", "Firefox")),
            ("tokenless", trace("", "1.80.1.200", "Firefox")),
            ("another client", trace("", "1.80.1.9", "Chrome")),
            ("another network", trace("", "1.80.2.9", "Firefox")),
        ];
        assert_eq!(named(&thief, &events), ["same", "tokenless"]);
    }

    #[test]
    fn what_is_the_users_own_names_none_of_their_sessions() {
        let own = [trace("laptop", "122.56.232.10", "Chrome")];
        let at_home = [("home", trace("laptop", "122.56.232.10", "Chrome"))];
        let stolen = trace("laptop", "1.80.1.9", "Chrome").without(&own);
        assert!(named(&stolen, &at_home).is_empty(), "the token was stolen, the laptop was not");
        assert_eq!(named(&stolen, &[("thief", trace("laptop", "1.80.1.7", "Chrome"))]), ["thief"]);
        let flatmate = trace("", "122.56.232.99", "Chrome").without(&own);
        assert!(named(&flatmate, &at_home).is_empty());
    }

    #[test]
    fn nothing_resembles_what_left_no_trace() {
        let blank = Trace::new(None, None, &Agent::default());
        assert!(named(&blank, &[("s", blank.clone())]).is_empty());
        let v6 = trace("", "2001:db8:1:2::1", "Chrome");
        assert_eq!(named(&v6, &[("s", trace("", "2001:db8:1:ffff::2", "Chrome"))]), ["s"]);
    }

    #[test]
    fn what_came_from_one_address_or_by_one_client_from_one_network_is_beside_the_other() {
        let thief = trace("window", "1.80.1.9", "Firefox").through(Some(4134));
        let beside = |device: &str, ip: &str, client: &str, asn| {
            thief.is_beside(&trace(device, ip, client).through(asn))
        };
        assert!(beside("fresh", "1.80.1.9", "Chrome", None), "another private window");
        assert!(beside("fresh", "1.80.1.77", "Firefox", None), "a neighbouring address");
        assert!(beside("fresh", "27.16.4.4", "Firefox", Some(4134)), "the same provider");
        assert!(!beside("fresh", "27.16.4.4", "Chrome", Some(4134)));
        assert!(!beside("window", "203.0.113.9", "Firefox", Some(64_500)), "that is what its token tells");
        let [one, same, other] = ["2001:db8:1:2::1", "2001:db8:1:2:9::9", "2001:db8:1:3::1"];
        let v6 = |ip, client| trace("", ip, client);
        assert!(v6(one, "Chrome").is_beside(&v6(same, "Firefox")));
        assert!(!v6(one, "Chrome").is_beside(&v6(other, "Firefox")));
        let blank = Trace::new(None, None, &Agent::default());
        assert!(!blank.is_beside(&blank.clone()));
    }
}

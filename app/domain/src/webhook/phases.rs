//! Where the time of an attempt went.

use serde::{Deserialize, Serialize};

use crate::latency::Latency;

/// The phases of an attempt, in microseconds, each as long as it lasted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Phases {
    /// Looking the name up; None: there was no need.
    pub dns_us: Option<i64>,
    /// Connecting, and where it is https agreeing on keys; None beside a `wait_us`: the connection was there already.
    pub connect_us: Option<i64>,
    /// From there to the answer's first byte.
    pub wait_us: Option<i64>,
    /// From there to its last.
    pub body_us: Option<i64>,
}

impl Phases {
    /// True when an earlier request's connection was used.
    pub fn is_reused(&self) -> bool {
        self.wait_us.is_some() && self.connect_us.is_none()
    }

    /// True when nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// Each phase, in order, with its name.
    pub fn each(&self) -> [(Phase, Option<i64>); 4] {
        [
            (Phase::Dns, self.dns_us),
            (Phase::Connect, self.connect_us),
            (Phase::Wait, self.wait_us),
            (Phase::Body, self.body_us),
        ]
    }
}

/// One phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Looking the name up.
    Dns,
    /// Connecting, with TLS.
    Connect,
    /// Waiting for the first byte.
    Wait,
    /// Reading the answer.
    Body,
}

impl Phase {
    /// As the style sheet knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Wait => "wait",
            Self::Body => "body",
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "DNS",
            Self::Connect => "connection",
            Self::Wait => "first byte",
            Self::Body => "body",
        }
    }
}

/// How long the phases of several attempts took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseLatency {
    /// Each phase that any of them had, in order.
    pub phases: Vec<(Phase, Latency)>,
    /// How many used a connection that was there.
    pub reused: i64,
    /// Of how many.
    pub times: i64,
}

impl PhaseLatency {
    /// Of these attempts; those that were not measured do not count.
    pub fn of(attempts: &[Phases]) -> Self {
        let known = || attempts.iter().filter(|one| !one.is_unknown());
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let latency = |phase: Phase| {
            let of =
                |one: &Phases| one.each().into_iter().find(|(this, _)| *this == phase).and_then(|(_, us)| us);
            Latency::of(known().filter_map(of).collect()).map(|latency| (phase, latency))
        };
        Self {
            phases: [Phase::Dns, Phase::Connect, Phase::Wait, Phase::Body]
                .into_iter()
                .filter_map(latency)
                .collect(),
            reused: count(known().filter(|one| one.is_reused()).count()),
            times: count(known().count()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_phase_is_told_of_those_attempts_that_had_it() {
        let fresh = Phases { dns_us: Some(10), connect_us: Some(20), wait_us: Some(30), body_us: Some(1) };
        let reused = Phases { wait_us: Some(50), body_us: Some(1), ..Phases::default() };
        let refused = Phases { connect_us: Some(7), ..Phases::default() };
        assert_eq!((fresh.is_reused(), reused.is_reused(), refused.is_reused()), (false, true, false));
        let all = PhaseLatency::of(&[fresh, reused, refused, Phases::default()]);
        assert_eq!((all.reused, all.times), (1, 3));
        let told: Vec<_> = all.phases.iter().map(|(phase, of)| (*phase, of.times, of.p50, of.p95)).collect();
        let expected = [
            (Phase::Dns, 1, 10, 10),
            (Phase::Connect, 2, 7, 20),
            (Phase::Wait, 2, 30, 50),
            (Phase::Body, 2, 1, 1),
        ];
        assert_eq!(told, expected);
        assert_eq!(PhaseLatency::of(&[Phases::default()]), PhaseLatency::default());
    }
}

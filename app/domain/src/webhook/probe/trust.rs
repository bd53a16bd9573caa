//! What an endpoint's receiver has shown of how it takes signatures: a part of the signature status of all that it is sent.

use serde::{Deserialize, Serialize};

use super::{Probe, ProbeVerdict, Readiness};
use crate::Timestamp;

/// By its latest answers to probes; None: it was not asked, or has not answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// What it made of a wrong signature: refused is as it should be.
    pub enforces: Option<(ProbeVerdict, Timestamp)>,
    /// What it has shown of the newest shared secret.
    pub ready: Option<(Readiness, Timestamp)>,
}

impl Trust {
    /// With one more of its probes; those of kind ready must be of the newest secret.
    #[must_use]
    pub fn with(mut self, probe: &Probe) -> Self {
        let Some(at) = probe.sent_at else { return self };
        if let Some(readiness) = probe.readiness() {
            self.ready = self.ready.filter(|(_, known)| *known > at).or(Some((readiness, at)));
        }
        if let Some(verdict) = probe.on_wrong_signature() {
            self.enforces = self.enforces.filter(|(_, known)| *known > at).or(Some((verdict, at)));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::ProbeKind;
    use super::*;
    use crate::id::{EndpointId, ProbeId};

    #[test]
    fn the_latest_answer_counts_and_a_wrong_signature_beside_a_right_one_tells_as_much() {
        use ProbeVerdict::{Accepted, Refused};
        let probe = |kind, at, verdict, wrong| Probe {
            id: ProbeId(at),
            endpoint_id: EndpointId(1),
            kind,
            secret_id: None,
            due_at: Timestamp(at),
            sent_at: Some(Timestamp(at)),
            verdict,
            wrong,
            status: None,
            detail: None,
            clock_offset_seconds: None,
        };
        let enforce = probe(ProbeKind::Enforce, 5, Some(Accepted), None);
        let earlier = probe(ProbeKind::Enforce, 3, Some(Refused), None);
        let ready = probe(ProbeKind::Ready, 7, Some(Accepted), Some(Refused));
        let waits = probe(ProbeKind::Ready, 9, None, None);
        assert_eq!(Trust::default().with(&waits), Trust::default());
        let trust = Trust::default().with(&enforce).with(&earlier);
        assert_eq!(trust, Trust { enforces: Some((Accepted, Timestamp(5))), ready: None });
        let trust = trust.with(&ready).with(&waits);
        assert_eq!(trust.enforces, Some((Refused, Timestamp(7))));
        assert_eq!(trust.ready, Some((Readiness::Proven, Timestamp(7))));
    }
}

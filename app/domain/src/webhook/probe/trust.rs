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
    /// With what it has shown of the newest secret.
    #[must_use]
    pub fn with_ready(self, probe: &Probe) -> Self {
        Self { ready: probe.readiness().zip(probe.sent_at), ..self }
    }

    /// With the latest probe that showed what it makes of a wrong signature.
    #[must_use]
    pub fn with_wrong(self, probe: &Probe) -> Self {
        Self { enforces: probe.on_wrong_signature(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ProbeKind;
    use super::*;
    use crate::id::{EndpointId, ProbeId};

    #[test]
    fn what_was_seen_of_a_wrong_signature_has_the_time_at_which_it_was() {
        use ProbeVerdict::{Accepted, Refused};
        let probe = |kind, at, verdict, wrong: Option<(ProbeVerdict, i64)>| Probe {
            id: ProbeId(at),
            endpoint_id: EndpointId(1),
            kind,
            secret_id: None,
            due_at: Timestamp(at),
            sent_at: Some(Timestamp(at)),
            verdict,
            wrong: wrong.map(|(verdict, _)| verdict),
            wrong_at: wrong.map(|(_, at)| Timestamp(at)),
            status: None,
            detail: None,
            clock_offset_seconds: None,
        };
        let enforce = probe(ProbeKind::Enforce, 5, Some(Accepted), None);
        let waits = probe(ProbeKind::Ready, 9, None, None);
        assert_eq!(Trust::default().with_ready(&waits).with_wrong(&waits), Trust::default());
        let trust = Trust::default().with_wrong(&enforce);
        assert_eq!(trust, Trust { enforces: Some((Accepted, Timestamp(5))), ready: None });
        let beside = probe(ProbeKind::Ready, 7, Some(Accepted), Some((Refused, 7)));
        let trust = trust.with_wrong(&beside);
        assert_eq!(trust.enforces, Some((Refused, Timestamp(7))));
        let alone = probe(ProbeKind::Ready, 9, Some(Accepted), Some((Refused, 7)));
        let trust = trust.with_ready(&alone);
        assert_eq!(trust.ready, Some((Readiness::Proven, Timestamp(9))));
        assert_eq!(trust.enforces, Some((Refused, Timestamp(7))), "nothing was seen at nine");
    }
}

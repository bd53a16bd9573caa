//! What it is worth that a receiver accepted a message signed by a new secret alone: nothing, where it accepts anything.

use serde::{Deserialize, Serialize};

/// What a probe of kind ready shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Readiness {
    /// It accepted the new secret, and it refuses a wrong one: it has the new one.
    Proven,
    /// It accepts anything: it does not verify, and whether it has the new secret cannot be seen.
    Unverifying,
    /// It accepted the new secret; whether it verifies is not known.
    Unproven,
    /// It refused the new secret.
    Refused,
    /// It gave no clear answer.
    Unclear,
}

impl Readiness {
    /// In words.
    pub fn finding(self) -> &'static str {
        match self {
            Self::Proven => {
                "It accepted the new secret and refuses a wrong signature: those before it may retire."
            }
            Self::Unverifying => {
                "It accepts anything, a wrong signature too: it does not verify, and anybody may send it orders. Whether it has the new secret cannot be seen."
            }
            Self::Unproven => {
                "It accepted the new secret, but it is not known whether it verifies: one that accepts anything would have, too."
            }
            Self::Refused => "It refuses the secret: it would refuse everything once those before it retire.",
            Self::Unclear => "It gave no clear answer.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Probe, ProbeKind, ProbeVerdict};
    use super::*;
    use crate::Timestamp;
    use crate::id::{EndpointId, ProbeId};

    fn found(kind: ProbeKind, verdict: Option<ProbeVerdict>, wrong: Option<ProbeVerdict>) -> Probe {
        Probe {
            id: ProbeId(1),
            endpoint_id: EndpointId(1),
            kind,
            secret_id: None,
            due_at: Timestamp(0),
            sent_at: Some(Timestamp(0)),
            verdict,
            wrong,
            wrong_at: wrong.map(|_| Timestamp(0)),
            status: None,
            detail: None,
            clock_offset_seconds: None,
        }
    }

    #[test]
    fn only_a_receiver_that_refuses_a_wrong_signature_proves_that_it_has_the_new_secret() {
        use ProbeVerdict::{Accepted, Refused, Unclear};
        let worth = |verdict, wrong| found(ProbeKind::Ready, verdict, wrong).readiness();
        assert_eq!(worth(Some(Accepted), Some(Refused)), Some(Readiness::Proven));
        assert_eq!(worth(Some(Accepted), Some(Accepted)), Some(Readiness::Unverifying));
        assert_eq!(worth(Some(Accepted), Some(Unclear)), Some(Readiness::Unproven));
        assert_eq!(worth(Some(Accepted), None), Some(Readiness::Unproven));
        assert_eq!(worth(Some(Refused), Some(Refused)), Some(Readiness::Refused));
        assert_eq!(worth(Some(Unclear), None), Some(Readiness::Unclear));
        assert_eq!(worth(None, None), None);
        assert_eq!(found(ProbeKind::Enforce, Some(Accepted), None).readiness(), None);
    }

    #[test]
    fn a_receiver_that_accepts_anything_is_trouble_whichever_probe_shows_it() {
        use ProbeVerdict::{Accepted, Refused};
        let trouble = |kind, verdict, wrong| found(kind, Some(verdict), wrong).is_trouble();
        assert!(trouble(ProbeKind::Ready, Accepted, Some(Accepted)));
        assert!(trouble(ProbeKind::Enforce, Accepted, None));
        assert!(trouble(ProbeKind::Ready, Refused, None));
        assert!(!trouble(ProbeKind::Ready, Accepted, Some(Refused)));
        assert!(!trouble(ProbeKind::Ready, Accepted, None) && !trouble(ProbeKind::Enforce, Refused, None));
    }
}

//! Judging signatures that others made: inbound webhooks and receipts.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use subtle::ConstantTimeEq;

use super::Secret;
use super::sign::{legacy_mac, standard_mac};
use crate::Timestamp;

/// How far a signed time may be from ours, in seconds (Standard Webhooks).
pub const TOLERANCE_SECONDS: i64 = 300;

/// The three headers of Standard Webhooks, as they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StandardHeaders<'a> {
    /// `webhook-id`.
    pub id: Option<&'a str>,
    /// `webhook-timestamp`.
    pub timestamp: Option<&'a str>,
    /// `webhook-signature`.
    pub signature: Option<&'a str>,
}

/// What a signature is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Made with one of the secrets, over these bytes, now.
    Valid,
    /// There is none.
    Missing,
    /// Made with one of the secrets over these bytes, but too long ago or ahead: perhaps a replay.
    Stale {
        /// How far its time is ahead of our clock, in seconds; negative: behind.
        ahead: i64,
    },
    /// It does not fit; why, in words.
    Invalid(String),
}

/// How far off a time of signing is, in words: `312 s behind our clock`.
pub fn off_by(ahead: i64) -> String {
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    format!("{} s {side} our clock", ahead.unsigned_abs())
}

/// Judges the headers of Standard Webhooks over `body`.
pub fn verify_standard(
    headers: &StandardHeaders<'_>,
    body: &[u8],
    secrets: &[Secret],
    now: Timestamp,
) -> Verdict {
    let (id, timestamp, signature) = match (headers.id, headers.timestamp, headers.signature) {
        (None, None, None) => return Verdict::Missing,
        (Some(id), Some(timestamp), Some(signature)) => (id, timestamp, signature),
        _ => {
            return Verdict::Invalid(
                "one of webhook-id, webhook-timestamp and webhook-signature is missing".into(),
            );
        }
    };
    let Ok(seconds) = timestamp.parse::<i64>() else {
        return Verdict::Invalid("webhook-timestamp is not a whole number of seconds".into());
    };
    let made: Vec<Vec<u8>> = signature.split(' ').filter_map(entry).collect();
    if made.is_empty() {
        return Verdict::Invalid("webhook-signature holds no readable entry `v1,<base64>`".into());
    }
    let fits = |secret: &Secret| {
        let expected = standard_mac(secret, id, timestamp, body);
        made.iter().fold(false, |fits, made| fits | same(made, &expected))
    };
    let shared = secrets.iter().filter(|secret| !secret.is_pair());
    if !shared.fold(false, |any, secret| any | fits(secret)) {
        return Verdict::Invalid("the signature was made with another secret or over other bytes".into());
    }
    // After the signature: only whoever holds a secret learns how our clock stands.
    let ahead = seconds.saturating_sub(now.seconds());
    if ahead.saturating_abs() > TOLERANCE_SECONDS { Verdict::Stale { ahead } } else { Verdict::Valid }
}

/// Judges ThisData's `X-Signature` over `body`. It is never stale: it covers no time.
pub fn verify_legacy(signature: Option<&str>, body: &[u8], secrets: &[Secret]) -> Verdict {
    let Some(signature) = signature else { return Verdict::Missing };
    let Ok(made) = HEXLOWER_PERMISSIVE.decode(signature.trim().as_bytes()) else {
        return Verdict::Invalid("x-signature is not hexadecimal".into());
    };
    let fits = secrets.iter().fold(false, |any, secret| any | same(&made, &legacy_mac(secret, body)));
    if fits {
        Verdict::Valid
    } else {
        Verdict::Invalid("x-signature was made with another secret or over other bytes".into())
    }
}

fn entry(text: &str) -> Option<Vec<u8>> {
    let (scheme, encoded) = text.split_once(',')?;
    (scheme == "v1").then(|| BASE64.decode(encoded.as_bytes()).ok())?
}

/// In constant time; an empty signature is never the same as anything.
fn same(made: &[u8], expected: &[u8]) -> bool {
    !expected.is_empty() && bool::from(made.ct_eq(expected))
}

#[cfg(test)]
mod tests {
    use super::super::{sign_legacy, sign_standard};
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_614_265_330);
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn secrets() -> Vec<Secret> {
        ["hello-world", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
            .map(|text| Secret::typed(text).expect("secret"))
            .into()
    }

    fn judge(id: &str, timestamp: &str, signature: &str, now: Timestamp) -> Verdict {
        let headers =
            StandardHeaders { id: Some(id), timestamp: Some(timestamp), signature: Some(signature) };
        verify_standard(&headers, BODY, &secrets(), now)
    }

    #[test]
    fn any_live_secret_and_any_entry_is_enough() {
        for secret in secrets() {
            let made = sign_standard(&secret, "msg_1", NOW.seconds(), BODY);
            for signature in [made.clone(), format!("v1,AAAA nocomma v1a,xyz {made}"), format!("{made} v2,x")]
            {
                assert_eq!(judge("msg_1", "1614265330", &signature, NOW), Verdict::Valid, "{signature}");
            }
        }
    }

    #[test]
    fn absent_is_missing_and_partly_absent_is_invalid() {
        assert_eq!(verify_standard(&StandardHeaders::default(), BODY, &secrets(), NOW), Verdict::Missing);
        let partly = StandardHeaders { id: Some("msg_1"), ..StandardHeaders::default() };
        assert!(matches!(verify_standard(&partly, BODY, &secrets(), NOW), Verdict::Invalid(_)));
        assert_eq!(verify_legacy(None, BODY, &secrets()), Verdict::Missing);
    }

    #[test]
    fn a_signed_time_that_is_too_far_off_is_stale_either_way() {
        let made = sign_standard(&secrets()[1], "msg_1", NOW.seconds(), BODY);
        let at = |offset: i64| {
            judge("msg_1", "1614265330", &made, Timestamp::from_seconds(NOW.seconds() + offset))
        };
        assert_eq!([at(300), at(-300)], [Verdict::Valid, Verdict::Valid]);
        assert_eq!([at(301), at(-301)], [-301, 301].map(|ahead| Verdict::Stale { ahead }));
        assert_eq!([-301, 301].map(off_by), ["301 s behind our clock", "301 s ahead of our clock"]);
    }

    #[test]
    fn no_mutation_is_accepted() {
        let made = sign_standard(&secrets()[1], "msg_1", NOW.seconds(), BODY);
        for index in 3..made.len() {
            for replacement in ['A', 'b', '7', '=', ' ', ','] {
                let mut mutated: Vec<char> = made.chars().collect();
                if std::mem::replace(&mut mutated[index], replacement) != replacement {
                    let mutated: String = mutated.into_iter().collect();
                    assert!(
                        matches!(judge("msg_1", "1614265330", &mutated, NOW), Verdict::Invalid(_)),
                        "{mutated}"
                    );
                }
            }
        }
        for (id, timestamp) in
            [("msg_2", "1614265330"), ("msg_1", "1614265331"), ("msg_1", "+1614265330"), ("msg_1", "x")]
        {
            assert!(matches!(judge(id, timestamp, &made, NOW), Verdict::Invalid(_)), "{id} {timestamp}");
        }
        for signature in ["", "v1,", "v1", ",", "v1a,AAAA", &made.replace("v1", "v2"), &made.replace('=', "")]
        {
            assert!(
                matches!(judge("msg_1", "1614265330", signature, NOW), Verdict::Invalid(_)),
                "{signature}"
            );
        }
        let headers =
            StandardHeaders { id: Some("msg_1"), timestamp: Some("1614265330"), signature: Some(&made) };
        assert!(matches!(verify_standard(&headers, b"{}", &secrets(), NOW), Verdict::Invalid(_)));
        assert!(matches!(verify_standard(&headers, BODY, &[], NOW), Verdict::Invalid(_)));
    }

    #[test]
    fn thisdata_s_signature_is_keyed_with_the_text_as_shown() {
        let made = sign_legacy(&secrets()[1], BODY);
        assert_eq!(verify_legacy(Some(&made), BODY, &secrets()), Verdict::Valid);
        assert_eq!(verify_legacy(Some(&made.to_uppercase()), BODY, &secrets()), Verdict::Valid);
        for wrong in ["", "zz", &made[..64], &made.replace('a', "b")] {
            assert!(matches!(verify_legacy(Some(wrong), BODY, &secrets()), Verdict::Invalid(_)), "{wrong}");
        }
    }
}

//! The schemes of well-known senders, by their published examples; and what settings are refused.

use super::*;

fn scheme() -> HmacScheme {
    HmacScheme { header: "X-Hub-Signature-256".into(), ..Known::GitHub.scheme() }
}

#[test]
fn what_well_known_senders_do_can_be_kept_to() {
    for known in Known::ALL {
        assert_eq!(known.scheme().checked().expect("settings"), known.scheme(), "{known:?}");
        assert_eq!(Known::named(known.name()), Some(known));
    }
    assert_eq!(Known::named("nobody"), None);
}

fn refused(scheme: HmacScheme) -> Vec<String> {
    match scheme.checked() {
        Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn settings_that_cannot_be_kept_to_are_named() {
    let header = |name: &str| Some(Place::Header(name.into()));
    assert_eq!(refused(HmacScheme { header: "x y".into(), ..scheme() }), ["hmac.header"]);
    assert_eq!(refused(HmacScheme { prefix: "a,b".into(), ..scheme() }), ["hmac.prefix"]);
    assert_eq!(refused(HmacScheme { tolerance_seconds: 5, ..scheme() }), ["hmac.tolerance_seconds"]);
    for signed in [
        "",
        "text",
        "{timestamp}",
        "{body}{body}",
        "{body",
        "{nonce}{body}",
        "}{body}",
        &"x{body}".repeat(40),
    ] {
        let fields = refused(HmacScheme { signed: signed.into(), timestamp: header("t"), ..scheme() });
        assert!(fields.contains(&"hmac.signed".to_owned()), "{signed}: {fields:?}");
    }
    assert_eq!(
        refused(HmacScheme { timestamp: header("x-time"), ..scheme() }),
        ["hmac.timestamp"],
        "not signed"
    );
    assert_eq!(refused(HmacScheme { id: header("x-id"), ..scheme() }), ["hmac.id"], "not signed");
    assert_eq!(
        refused(HmacScheme { signed: "{timestamp}.{body}".into(), ..scheme() }),
        ["hmac.timestamp"],
        "nowhere"
    );
    assert_eq!(
        refused(HmacScheme { id: Some(Place::Body("id".into())), ..scheme() }),
        ["hmac.id"],
        "no pointer"
    );
    for signed in [
        "{id}{timestamp}.{body}",
        "{id}.{timestamp}{body}",
        "{body}{id}.{timestamp}",
        "x{timestamp}{id}.{body}",
    ] {
        let scheme =
            HmacScheme { signed: signed.into(), timestamp: header("x-time"), id: header("x-id"), ..scheme() };
        assert_eq!(refused(scheme), ["hmac.signed"], "{signed} is ambiguous");
    }
    let good = HmacScheme { signed: "v0:{timestamp}:{body}".into(), timestamp: header("X-Time"), ..scheme() };
    let good = good.checked().expect("good");
    assert_eq!((good.header.as_str(), good.timestamp), ("x-hub-signature-256", header("x-time")));
    assert!(
        HmacScheme { id: Some(Place::Body("/id".into())), ..scheme() }.checked().is_ok(),
        "the body is signed"
    );
}

#[cfg(feature = "store")]
mod signatures {
    use super::*;
    use crate::Timestamp;
    use crate::signature::{Secret, Verdict};

    fn judge(scheme: &HmacScheme, headers: &[(&str, &str)], body: &[u8], secret: &str, now: i64) -> Proven {
        let scheme = scheme.clone().checked().expect("settings");
        let secret = Secret::verbatim(secret).expect("secret");
        let header = |name: &str| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        verify(&scheme, header, body, &[Secret::generate(), secret], Timestamp::from_seconds(now))
    }

    /// "Validating webhook deliveries" of GitHub's documentation.
    #[test]
    fn github_s_example_is_valid() {
        let sent = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let judged = |sent: &str, body: &[u8]| {
            let github = scheme().checked().expect("settings");
            // Its key has spaces, which nobody may type here.
            let key = Secret::stored(b"It's a Secret to Everybody").expect("key");
            verify(
                &github,
                |name| (name == "x-hub-signature-256").then_some(sent),
                body,
                &[key],
                Timestamp(0),
            )
            .verdict
        };
        assert_eq!(judged(sent, b"Hello, World!"), Verdict::Valid);
        assert!(matches!(judged(sent, b"Hello, World?"), Verdict::Invalid(_)));
    }

    /// "Verifying requests from Slack".
    #[test]
    fn slack_s_example_is_valid_in_its_time_alone() {
        let slack = Known::Slack.scheme();
        let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let sent = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        let judged = |time: &str, now| {
            let headers = [("x-slack-signature", sent), ("x-slack-request-timestamp", time)];
            judge(&slack, &headers, body, "8f742231b10e8888abcd99yyyzzz85a5", now).verdict
        };
        assert_eq!(judged("1531420618", 1_531_420_618), Verdict::Valid);
        assert_eq!(judged("1531420618", 1_531_420_919), Verdict::Stale { ahead: -301 });
        assert!(matches!(judged("1531420619", 1_531_420_618), Verdict::Invalid(_)));
    }

    fn sign(scheme: &HmacScheme, signed: &str, secret: &str) -> String {
        use hmac::{Hmac, KeyInit, Mac};
        fn mac<M: Mac + KeyInit>(key: &[u8], text: &[u8]) -> Vec<u8> {
            let mut mac = <M as KeyInit>::new_from_slice(key).expect("key");
            mac.update(text);
            mac.finalize().into_bytes().to_vec()
        }
        let (key, text) = (secret.as_bytes(), signed.as_bytes());
        let made = match scheme.algorithm {
            Algorithm::Sha1 => mac::<Hmac<sha1::Sha1>>(key, text),
            Algorithm::Sha256 => mac::<Hmac<sha2::Sha256>>(key, text),
            Algorithm::Sha512 => mac::<Hmac<sha2::Sha512>>(key, text),
        };
        let encoded = match scheme.encoding {
            Encoding::Hex => data_encoding::HEXUPPER.encode(&made),
            Encoding::Base64 => data_encoding::BASE64.encode(&made),
        };
        format!("{}{encoded}", scheme.prefix)
    }

    /// RFC 2202 §3, case 2, and RFC 4231 §4.3.
    #[test]
    fn published_vectors_come_out_in_each_algorithm() {
        let text = "what do ya want for nothing?";
        for (algorithm, sent) in [
            (Algorithm::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (Algorithm::Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (
                Algorithm::Sha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
        ] {
            let scheme = HmacScheme { algorithm, prefix: String::new(), ..scheme() };
            let key = Secret::stored(b"Jefe").expect("key");
            let found = verify(&scheme, |_| Some(sent), text.as_bytes(), &[key], Timestamp(0));
            assert_eq!(found.verdict, Verdict::Valid, "{algorithm:?}");
        }
    }

    #[test]
    fn each_algorithm_and_encoding_is_valid_and_no_mutation_is() {
        let body = r#"{"id":"evt_1","created":"1970-01-01T00:01:40Z"}"#;
        for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
            for encoding in [Encoding::Hex, Encoding::Base64] {
                let scheme = HmacScheme { algorithm, encoding, ..scheme() };
                let sent = sign(&scheme, body, "sixteen-letters!");
                let judged = |sent: &str, body: &str| {
                    judge(&scheme, &[("x-hub-signature-256", sent)], body.as_bytes(), "sixteen-letters!", 0)
                };
                let valid = judged(&sent, body);
                assert_eq!(valid.verdict, Verdict::Valid, "{algorithm:?} {encoding:?}");
                assert!(valid.id.expect("an id").starts_with("sha256:"));
                for index in 0..sent.len() {
                    let mut bytes = sent.clone().into_bytes();
                    bytes[index] = if bytes[index] == b'1' { b'2' } else { b'1' };
                    let mutated = String::from_utf8(bytes).expect("text");
                    assert_ne!(judged(&mutated, body).verdict, Verdict::Valid, "{mutated}");
                }
                for wrong in [
                    "",
                    "sha256=",
                    ",",
                    "sha256=,",
                    &sent[..sent.len() - 2],
                    &sent.replace("sha256=", "sha512="),
                ] {
                    assert!(matches!(judged(wrong, body).verdict, Verdict::Invalid(_)), "{wrong}");
                }
                assert_ne!(judged(&sent, &body.replace("evt_1", "evt_2")).verdict, Verdict::Valid);
            }
        }
        assert_eq!(judge(&scheme(), &[], b"", "sixteen-letters!", 0).verdict, Verdict::Missing);
    }

    #[test]
    fn a_time_in_the_signature_s_header_and_an_id_in_the_body_count() {
        let stripe = Known::Stripe.scheme();
        let body = r#"{"id":"evt_1"}"#;
        let made = sign(&stripe, &format!("1000.{body}"), "whsec_not/base64");
        let judged = |header: String, now| {
            judge(&stripe, &[("stripe-signature", &header)], body.as_bytes(), "whsec_not/base64", now)
        };
        let valid = judged(format!("t=1000,v1=00,{made}"), 1_000);
        assert_eq!(valid, Proven { verdict: Verdict::Valid, id: Some("evt_1".into()) });
        assert_eq!(judged(format!("t=1000, {made}"), 1_301).verdict, Verdict::Stale { ahead: -301 });
        for header in [made.clone(), format!("t=1001,{made}"), format!("t=,{made}"), "t=1000".to_owned()] {
            assert!(matches!(judged(header.clone(), 1_000).verdict, Verdict::Invalid(_)), "{header}");
        }
        let crowd = format!("t=1000,{}{made}", "v1=00,".repeat(20));
        assert!(matches!(judged(crowd, 1_000).verdict, Verdict::Invalid(_)), "only so many are looked at");
    }

    #[test]
    fn a_time_is_seconds_milliseconds_or_rfc_3339() {
        let dated = HmacScheme { timestamp: Some(Place::Body("/at".into())), ..scheme() };
        for (at, expected) in [
            ("1700000000", Verdict::Valid),
            ("1700000000123", Verdict::Valid),
            ("\"2023-11-14T22:13:20Z\"", Verdict::Valid),
            ("\"1700000000\"", Verdict::Valid),
            ("1600000000", Verdict::Stale { ahead: -100_000_000 }),
            ("9223372036854775807", Verdict::Stale { ahead: 9_223_370_336_854_775 }),
        ] {
            let body = format!("{{\"at\":{at}}}");
            let sent = sign(&dated, &body, "sixteen-letters!");
            let judged = judge(
                &dated,
                &[("x-hub-signature-256", &sent)],
                body.as_bytes(),
                "sixteen-letters!",
                1_700_000_000,
            );
            assert_eq!(judged.verdict, expected, "{at}");
        }
        for body in ["{}", "{\"at\":-9223372036854775808}", "{\"at\":[1]}", "{\"at\":\"soon\"}", "not json"] {
            let sent = sign(&dated, body, "sixteen-letters!");
            let judged =
                judge(&dated, &[("x-hub-signature-256", &sent)], body.as_bytes(), "sixteen-letters!", 0);
            assert!(matches!(judged.verdict, Verdict::Invalid(_)), "{body}");
        }
    }
}

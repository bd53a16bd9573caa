//! The reference library of Standard Webhooks as referee: it takes what we sign, refuses what is changed, and we take what
//! it signs.

use porchlight_domain::Timestamp;
use porchlight_domain::signature::{Secret, StandardHeaders, Verdict, sign, verify_standard};
use standardwebhooks::Webhook;

const BODY: &[u8] = br#"{"type":"alert.opened","data":{"name":"Zo\u00eb"}}"#;

/// The reference reads the clock itself: the only place where a test does.
fn now() -> i64 {
    #[allow(clippy::disallowed_methods, reason = "the referee compares with the real time")]
    let now = std::time::SystemTime::now();
    i64::try_from(now.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs()).expect("fits")
}

fn accepts(secret: &Secret, id: &str, timestamp: &str, signature: &str, body: &[u8]) -> bool {
    let headers = [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)];
    let mut map = http::HeaderMap::new();
    for (name, value) in headers {
        let Ok(value) = http::HeaderValue::from_str(value) else { return false };
        map.insert(name, value);
    }
    Webhook::new(secret.expose()).expect("a secret").verify(body, &map).is_ok()
}

#[test]
fn it_accepts_either_secret_through_the_overlap_beside_an_ed25519_key() {
    let secrets = [Secret::generate(), Secret::generate_pair(), Secret::generate()];
    let seconds = now();
    let signed = sign("msg_1", seconds, BODY, &secrets, false);
    for (index, expected) in [(0, true), (2, true)] {
        assert_eq!(accepts(&secrets[index], "msg_1", &seconds.to_string(), &signed.standard, BODY), expected);
    }
    assert!(!accepts(&Secret::generate(), "msg_1", &seconds.to_string(), &signed.standard, BODY));
}

#[test]
fn we_accept_what_it_signs() {
    let (secret, seconds) = (Secret::generate(), now());
    let made = Webhook::new(secret.expose()).expect("a secret").sign("msg_1", seconds, BODY).expect("signs");
    let timestamp = seconds.to_string();
    let headers = StandardHeaders { id: Some("msg_1"), timestamp: Some(&timestamp), signature: Some(&made) };
    let judged =
        verify_standard(&headers, BODY, &[Secret::generate(), secret], Timestamp::from_seconds(seconds));
    assert_eq!(judged, Verdict::Valid);
}

#[test]
fn of_ten_thousand_mutations_neither_accepts_one() {
    let (secret, seconds) = (Secret::generate(), now());
    let signed = sign("msg_1", seconds, BODY, std::slice::from_ref(&secret), false);
    let timestamp = seconds.to_string();
    let parts: [&[u8]; 4] = [b"msg_1", timestamp.as_bytes(), signed.standard.as_bytes(), BODY];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        // xorshift64: the same mutations in every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("fits")
    };
    let mut judged = 0;
    while judged < 10_000 {
        let mut mutated = parts.map(<[u8]>::to_vec);
        let part = random(4);
        let place = random(mutated[part].len());
        match random(3) {
            0 => mutated[part][place] = b'!' + u8::try_from(random(94)).expect("fits"),
            1 => drop(mutated[part].remove(place)),
            _ => mutated[part].insert(place, b'!' + u8::try_from(random(94)).expect("fits")),
        }
        if mutated[part] == parts[part] {
            continue;
        }
        let text = |index: usize| String::from_utf8(mutated[index].clone()).expect("ASCII");
        let (id, time, signature) = (text(0), text(1), text(2));
        // The referee signs the number again, not its spelling: to it 017 is 17. To us it is not.
        let spelled_otherwise = part == 1 && time.parse() == Ok(seconds);
        assert!(
            spelled_otherwise || !accepts(&secret, &id, &time, &signature, &mutated[3]),
            "the referee: {id} {time} {signature}"
        );
        let headers = StandardHeaders { id: Some(&id), timestamp: Some(&time), signature: Some(&signature) };
        let ours = verify_standard(
            &headers,
            &mutated[3],
            std::slice::from_ref(&secret),
            Timestamp::from_seconds(seconds),
        );
        assert_ne!(ours, Verdict::Valid, "{id} {time} {signature}");
        judged += 1;
    }
}

//! A second opinion: each outgoing signature is checked by code that shares nothing with the signing code but the hash
//! functions (an HMAC is made again, ed25519 is verified by another library), and a difference stops the send. So a broken
//! build, a flipped bit or a wrong key never leaves.

use ring::signature::{ED25519, UnparsedPublicKey};
use sha2::{Digest, Sha256, Sha512};

use super::{Secret, Signed};

/// The block size of SHA-256 and of SHA-512, in bytes (FIPS 180-4).
const BLOCK_256: usize = 64;
const BLOCK_512: usize = 128;

/// True when `signed` holds for each of `secrets`, in order, exactly the signature it should.
pub fn confirms(signed: &Signed, id: &str, body: &[u8], secrets: &[Secret]) -> bool {
    let mut entries = signed.standard.split(' ');
    let (pairs, shared): (Vec<_>, Vec<_>) =
        secrets.iter().partition(|secret| secret.expose().starts_with("whsk_"));
    let standard = !secrets.is_empty()
        && shared
            .iter()
            .all(|secret| entries.next() == Some(standard(secret, id, signed.timestamp, body).as_str()))
        && pairs.iter().all(|pair| {
            entries.next().is_some_and(|entry| verifies(pair, entry, id, signed.timestamp, body))
        })
        && entries.next().is_none();
    let legacy = signed.legacy.as_deref().is_none_or(|given| {
        shared
            .first()
            .is_some_and(|secret| given == hex(&hmac::<Sha512>(secret.expose().as_bytes(), body, BLOCK_512)))
    });
    standard && legacy
}

fn standard(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> String {
    let shown = secret.expose();
    let key = match shown.split_once('_') {
        Some(("whsec", encoded)) => from_base64(encoded),
        _ => shown.as_bytes().to_vec(),
    };
    let mut message = format!("{id}.{timestamp}.").into_bytes();
    message.extend_from_slice(body);
    format!("v1,{}", base64(&hmac::<Sha256>(&key, &message, BLOCK_256)))
}

/// The public half stands behind the seed.
fn verifies(pair: &Secret, entry: &str, id: &str, timestamp: i64, body: &[u8]) -> bool {
    let bytes = pair.expose().strip_prefix("whsk_").map(from_base64).unwrap_or_default();
    let (Some(public), Some(encoded)) = (bytes.get(32..64), entry.strip_prefix("v1a,")) else { return false };
    let signature = from_base64(encoded);
    let message = [id.as_bytes(), b".", timestamp.to_string().as_bytes(), b".", body].concat();
    // Written back the same: nothing but the signature is in the entry.
    base64(&signature) == encoded
        && UnparsedPublicKey::new(&ED25519, public).verify(&message, &signature).is_ok()
}

/// HMAC as RFC 2104 §2 writes it: H(K ⊕ opad, H(K ⊕ ipad, text)).
fn hmac<H: Digest>(key: &[u8], text: &[u8], block: usize) -> Vec<u8> {
    let mut padded = if key.len() > block { H::digest(key).to_vec() } else { key.to_vec() };
    padded.resize(block, 0);
    let pad = |with: u8| padded.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = H::digest([&pad(0x36)[..], text].concat());
    H::digest([&pad(0x5c)[..], &inner[..]].concat()).to_vec()
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    let group = |chunk: &[u8]| {
        let word =
            chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        (0..4)
            .map(move |place| {
                let letter = LETTERS[(word >> (18 - 6 * place) & 63) as usize];
                if place > chunk.len() { '=' } else { char::from(letter) }
            })
            .collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

fn from_base64(text: &str) -> Vec<u8> {
    let (mut word, mut bits, mut bytes) = (0_u32, 0, Vec::new());
    for value in text.bytes().filter_map(|byte| LETTERS.iter().position(|letter| *letter == byte)) {
        word = (word << 6 | value as u32) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
        }
    }
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sign;
    use super::*;

    #[test]
    fn rfc_4231_s_vectors_come_out() {
        let mac = |key: &[u8], text: &[u8]| hex(&hmac::<Sha256>(key, text, BLOCK_256));
        assert_eq!(
            mac(b"Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let long = mac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(long, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }

    #[test]
    fn both_codes_agree_for_keys_and_bodies_of_every_length() {
        for length in 5..200 {
            let typed = Secret::typed(&"k".repeat(length)).expect("secret");
            let secrets = [Secret::generate_pair(), Secret::generate(), typed, Secret::generate_pair()];
            let body = vec![b'x'; length * 3];
            let signed = sign("msg_1", 1_614_265_330 + length as i64, &body, &secrets, true);
            assert!(confirms(&signed, "msg_1", &body, &secrets), "{length}");
        }
    }

    #[test]
    fn no_mutation_of_an_asymmetric_signature_is_confirmed() {
        let secrets = [Secret::generate_pair()];
        let signed = sign("msg_1", 7, b"{}", &secrets, false);
        assert!(confirms(&signed, "msg_1", b"{}", &secrets));
        assert!(!confirms(&signed, "msg_1", b"{}", &[Secret::generate_pair()]));
        assert!(!confirms(&signed, "msg_1", b"{ }", &secrets));
        for index in 0..signed.standard.len() {
            for letter in ['A', 'z', '=', ' ', ','] {
                let mut letters: Vec<char> = signed.standard.chars().collect();
                if std::mem::replace(&mut letters[index], letter) != letter {
                    let mutated = Signed { standard: letters.into_iter().collect(), ..signed.clone() };
                    assert!(!confirms(&mutated, "msg_1", b"{}", &secrets), "{}", mutated.standard);
                }
            }
        }
    }

    #[test]
    fn whatever_is_wrong_is_not_confirmed() {
        let secrets = [Secret::generate(), Secret::generate()];
        let signed = sign("msg_1", 7, b"{}", &secrets, true);
        assert!(!confirms(&signed, "msg_2", b"{}", &secrets));
        assert!(!confirms(&signed, "msg_1", b"{ }", &secrets));
        assert!(!confirms(&signed, "msg_1", b"{}", &secrets[..1]), "an entry too many");
        assert!(!confirms(&signed, "msg_1", b"{}", &[]));
        assert!(!confirms(&Signed { timestamp: 8, ..signed.clone() }, "msg_1", b"{}", &secrets));
        assert!(!confirms(
            &Signed { standard: signed.standard.replace(' ', "  "), ..signed.clone() },
            "msg_1",
            b"{}",
            &secrets
        ));
        let other = sign("msg_1", 7, b"{}", &secrets[1..], true);
        assert!(!confirms(&Signed { legacy: other.legacy, ..signed }, "msg_1", b"{}", &secrets));
    }
}

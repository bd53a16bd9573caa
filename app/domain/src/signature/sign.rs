//! Making signatures.

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::Signer;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha512};

use super::Secret;

/// The signatures of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The attempt's time in seconds: it is signed.
    pub timestamp: i64,
    /// The value of `webhook-signature`: one entry for each live secret, newest first; `v1` before `v1a`, because there are
    /// receivers that read the first alone.
    pub standard: String,
    /// The value of `x-signature`, by the newest secret: ThisData's receivers know only one.
    pub legacy: Option<String>,
}

/// Signs an attempt with each of `secrets`, newest first; `legacy` adds ThisData's signature.
pub fn sign(id: &str, timestamp: i64, body: &[u8], secrets: &[Secret], legacy: bool) -> Signed {
    let shared = || secrets.iter().filter(|secret| !secret.is_pair());
    let mut entries: Vec<_> = shared().map(|secret| sign_standard(secret, id, timestamp, body)).collect();
    entries.extend(secrets.iter().filter_map(|secret| sign_pair(secret, id, timestamp, body)));
    let newest = shared().next().filter(|_| legacy);
    Signed { timestamp, standard: entries.join(" "), legacy: newest.map(|secret| sign_legacy(secret, body)) }
}

/// `v1,<base64>`: HMAC-SHA-256 over `{id}.{timestamp}.{body}` (Standard Webhooks 1.0).
pub fn sign_standard(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> String {
    format!("v1,{}", BASE64.encode(&standard_mac(secret, id, &timestamp.to_string(), body)))
}

/// `v1a,<base64>`: ed25519 over the same bytes; None of a secret that is no key pair.
pub fn sign_pair(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    Some(format!("v1a,{}", BASE64.encode(&secret.pair()?.sign(&signed).to_bytes())))
}

/// Lower-case hex HMAC-SHA-512 over the body, keyed with the secret as shown: what ThisData sent. It covers neither id
/// nor time, so that whoever has seen one can send it again.
pub fn sign_legacy(secret: &Secret, body: &[u8]) -> String {
    HEXLOWER.encode(&legacy_mac(secret, body))
}

pub(super) fn standard_mac(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    mac::<Hmac<Sha256>>(&secret.key(), &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body])
}

pub(super) fn legacy_mac(secret: &Secret, body: &[u8]) -> Vec<u8> {
    mac::<Hmac<Sha512>>(secret.expose().as_bytes(), &[body])
}

fn mac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of any length; no bytes at all is what no comparison ever accepts.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::typed(text).expect("secret")
    }

    #[test]
    fn the_vectors_of_the_reference_libraries_come_out() {
        let cases = [
            (
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                r#"{"test": 2432232314}"#,
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
            (
                "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
                "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
                1_649_367_553,
                r#"{"email":"test@example.com","username":"test_user"}"#,
                "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
            ),
        ];
        for (key, id, timestamp, body, expected) in cases {
            assert_eq!(sign_standard(&secret(key), id, timestamp, body.as_bytes()), expected);
        }
    }

    #[test]
    fn the_vector_of_the_asymmetric_scheme_comes_out() {
        let pair = Secret::stored(
            b"whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
        )
        .expect("pair");
        assert_eq!(pair.public_key().as_deref(), Some("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="));
        let signed =
            sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#, &[pair], false);
        assert_eq!(
            signed.standard,
            "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
        );
    }

    #[test]
    fn v1_comes_before_v1a_and_a_pair_never_signs_as_thisdata_did() {
        let secrets = [Secret::generate_pair(), secret("newest"), Secret::generate_pair(), secret("older")];
        let signed = sign("msg_1", 7, b"{}", &secrets, true);
        let kinds: Vec<_> =
            signed.standard.split(' ').map(|entry| entry.split(',').next().unwrap_or_default()).collect();
        assert_eq!(kinds, ["v1", "v1", "v1a", "v1a"]);
        assert_eq!(signed.legacy, Some(sign_legacy(&secrets[1], b"{}")));
    }

    #[test]
    fn thisdata_s_vector_comes_out() {
        let body = r#"{"version":1,"was_user":null,"alert":{"id":533879540905150463,"description":null}}"#;
        assert_eq!(
            sign_legacy(&secret("hello"), body.as_bytes()),
            "291264d1d4b3857e872d67b7587d3702b28519a0e3ce689d688372b7d31f6af484439a1885f21650ac073e48119d496f44dc97d3dc45106409d345f057443c6b"
        );
    }

    #[test]
    fn each_live_secret_signs_with_one_space_between_and_the_newest_alone_signs_as_thisdata_did() {
        let secrets = [secret("newest"), secret("older")];
        let signed = sign("msg_1", 7, b"{}", &secrets, true);
        let expected = secrets.each_ref().map(|secret| sign_standard(secret, "msg_1", 7, b"{}")).join(" ");
        assert_eq!(signed.standard, expected);
        assert_eq!(signed.legacy, Some(sign_legacy(&secrets[0], b"{}")));
        assert_eq!(sign("msg_1", 7, b"{}", &secrets, false).legacy, None);
    }
}

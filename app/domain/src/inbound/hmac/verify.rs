//! Judging a signature of the generic scheme.

use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::{Algorithm, Encoding, HmacScheme, Part, Place, parts};
use crate::Timestamp;
use crate::signature::{Secret, Verdict};

/// The most signatures of one request that are looked at.
const MAX_SIGNATURES: usize = 16;
/// Above this a number counts milliseconds: seconds come there in the year 5138.
const MILLISECONDS: i64 = 100_000_000_000;

/// What a request proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// What its signature is worth.
    pub verdict: Verdict,
    /// What it is known again by: its signed id, else the hash of all that was signed.
    pub id: Option<String>,
}

/// Judges a request by the scheme. `header` finds the value of a header by its lower-case name.
pub fn verify<'a>(
    scheme: &HmacScheme,
    header: impl Fn(&str) -> Option<&'a str>,
    body: &[u8],
    secrets: &[Secret],
    now: Timestamp,
) -> Proven {
    let unproven = |verdict| Proven { verdict, id: None };
    let invalid = |why: String| unproven(Verdict::Invalid(why));
    let Some(signature) = header(&scheme.header) else { return unproven(Verdict::Missing) };
    let entries: Vec<&str> = signature.split(',').map(str::trim).take(MAX_SIGNATURES).collect();
    let made: Vec<Vec<u8>> = entries.iter().filter_map(|entry| decode(scheme, entry)).collect();
    if made.is_empty() {
        return invalid(format!("{} holds no readable signature", scheme.header));
    }
    let json = || serde_json::from_slice::<Value>(body).ok();
    let find = |place: &Option<Place>| match place {
        None => Ok(None),
        Some(place) => value(place, &header, &entries, json).map(Some).ok_or_else(|| missing(place)),
    };
    let (timestamp, id) = match (find(&scheme.timestamp), find(&scheme.id)) {
        (Ok(timestamp), Ok(id)) => (timestamp, id),
        (Err(why), _) | (_, Err(why)) => return invalid(why),
    };
    let signed = signed(scheme, timestamp.as_deref(), id.as_deref(), body);
    let fits = |secret: &Secret| {
        let expected = mac(scheme.algorithm, secret, &signed);
        made.iter()
            .fold(false, |fits, made| fits | (!expected.is_empty() && bool::from(made.ct_eq(&expected))))
    };
    if !secrets.iter().fold(false, |any, secret| any | fits(secret)) {
        return invalid(format!("{} was made with another secret or over other bytes", scheme.header));
    }
    let verdict = match timestamp.as_deref().map(time) {
        None => Verdict::Valid,
        Some(None) => return invalid("the time is neither Unix time nor RFC 3339".to_owned()),
        Some(Some(sent)) if now.seconds().abs_diff(sent) > scheme.tolerance_seconds.unsigned_abs() => {
            Verdict::Stale { ahead: sent.saturating_sub(now.seconds()) }
        }
        Some(Some(_)) => Verdict::Valid,
    };
    let hash = || format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(&signed)));
    Proven { verdict, id: Some(id.unwrap_or_else(hash)) }
}

fn decode(scheme: &HmacScheme, entry: &str) -> Option<Vec<u8>> {
    let encoded = entry.strip_prefix(&scheme.prefix)?.as_bytes();
    match scheme.encoding {
        Encoding::Hex => HEXLOWER_PERMISSIVE.decode(encoded),
        Encoding::Base64 => BASE64.decode(encoded),
    }
    .ok()
    .filter(|made| !made.is_empty())
}

fn value<'a>(
    place: &Place,
    header: impl Fn(&str) -> Option<&'a str>,
    entries: &[&str],
    json: impl Fn() -> Option<Value>,
) -> Option<String> {
    match place {
        Place::Header(name) => header(name).map(str::to_owned),
        Place::Signature(name) => {
            let part = |entry: &&str| entry.strip_prefix(name.as_str())?.strip_prefix('=').map(str::to_owned);
            entries.iter().find_map(part)
        }
        Place::Body(pointer) => match json()?.pointer(pointer)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        },
    }
}

fn missing(place: &Place) -> String {
    match place {
        Place::Header(name) => format!("the header {name} is missing"),
        Place::Signature(name) => format!("the signature has no part {name}="),
        Place::Body(pointer) => format!("the body has no text or number at {pointer}"),
    }
}

fn signed(scheme: &HmacScheme, timestamp: Option<&str>, id: Option<&str>, body: &[u8]) -> Vec<u8> {
    let mut signed = Vec::with_capacity(body.len() + scheme.signed.len() + 64);
    for part in parts(&scheme.signed).unwrap_or_default() {
        signed.extend_from_slice(match part {
            Part::Text(text) => text.as_bytes(),
            Part::Timestamp => timestamp.unwrap_or_default().as_bytes(),
            Part::Id => id.unwrap_or_default().as_bytes(),
            Part::Body => body,
        });
    }
    signed
}

/// Keyed with the secret as shown: other systems decode nothing. No bytes at all is what no comparison accepts.
fn mac(algorithm: Algorithm, secret: &Secret, signed: &[u8]) -> Vec<u8> {
    fn with<M: Mac + KeyInit>(key: &[u8], signed: &[u8]) -> Vec<u8> {
        let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
        mac.update(signed);
        mac.finalize().into_bytes().to_vec()
    }
    let key = secret.expose().as_bytes();
    match algorithm {
        Algorithm::Sha1 => with::<Hmac<Sha1>>(key, signed),
        Algorithm::Sha256 => with::<Hmac<Sha256>>(key, signed),
        Algorithm::Sha512 => with::<Hmac<Sha512>>(key, signed),
    }
}

/// Seconds since 1970. A number is taken in one spelling alone, without leading zeros, sign or blanks; nor has a date blanks.
fn time(text: &str) -> Option<i64> {
    if !text.starts_with(|first: char| first.is_ascii_digit())
        || !text.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return None;
    }
    match text.parse::<i64>() {
        Ok(_) if text.len() > 1 && text.starts_with('0') => None,
        Ok(number) if number >= MILLISECONDS => Some(number / 1_000),
        Ok(number) => Some(number),
        Err(_) => Timestamp::parse(text).map(Timestamp::seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_one_spelling() {
        assert_eq!(time("1531420618"), Some(1_531_420_618));
        assert_eq!(time("1531420618123"), Some(1_531_420_618), "milliseconds");
        assert_eq!(time("2018-07-12T18:36:58Z"), Some(1_531_420_618));
        assert_eq!(time("0"), Some(0));
        for text in [
            "01531420618",
            "+1531420618",
            "-1531420618",
            " 1531420618",
            "1531420618 ",
            "1531420618\n",
            "",
            "1.5",
            "2018-07-12 18:36:58",
            " 2018-07-12T18:36:58Z",
            "+2018-07-12",
        ] {
            assert_eq!(time(text), None, "{text:?}");
        }
    }
}

//! Why a receiver refused a message, by what it says, and where it says nothing.

use super::{Answer, Format};

/// How far apart two clocks may be before receivers refuse (Standard Webhooks: 300 s), less a margin.
const SKEW_SECONDS: i64 = 240;

/// A refusal: each known cause leaves its words in the body.
pub(super) fn refused(
    status: u16,
    body: &str,
    format: Format,
    secrets: usize,
    clock_offset: Option<i64>,
) -> Option<String> {
    let says = |words: &[&str]| words.iter().any(|word| body.contains(word));
    if status == 419 || says(&["csrf", "xsrf", "forgery", "authenticity token"]) {
        return Some(
            "Its CSRF protection refused the request: exempt this path, the signature protects it.".into(),
        );
    }
    if let Some(offset) = clock_offset.filter(|offset| offset.abs() > SKEW_SECONDS) {
        return Some(format!(
            "Its clock is {offset} s off ours, so it takes our timestamp for a replay: set its clock by NTP."
        ));
    }
    if says(&["timestamp too", "timestamp is too", "too old", "too new", "tolerance", "stale"]) {
        return Some(
            "It says the timestamp is too far off: compare its clock with ours, and that it reads seconds."
                .into(),
        );
    }
    if says(&[
        "[object object]",
        "unexpected token o",
        "must be of type string",
        "payload must be",
        "raw body",
        "string or a buffer",
    ]) {
        return Some(
            "It verifies the parsed body instead of the raw one: read the bytes before any JSON middleware."
                .into(),
        );
    }
    if says(&["base64", "incorrect padding", "invalid character in secret"]) {
        return Some(
            "It does not decode the secret: the key is what the base64 after `whsec_` decodes to.".into(),
        );
    }
    if says(&["signature", "hmac", "x-signature", "unauthorized webhook", "verification failed"]) {
        return Some(signature(format, secrets));
    }
    None
}

/// A refusal that does not say why.
pub(super) fn without_a_word(answer: &Answer, status: u16) -> Option<String> {
    let before = match status {
        401 if answer.header("www-authenticate").is_some() => {
            return Some(
                "Something before the handler asks for a login (WWW-Authenticate): exempt this path, the signature \
                 proves who sends."
                    .into(),
            );
        }
        401 => "something before the handler asks for a login",
        403 => "something before the handler refuses it, such as a firewall, CSRF protection or a login",
        _ => return None,
    };
    Some(format!(
        "It refuses without saying why. Either {before}: exempt this path. Or the handler does not find the signature \
         right: compare the secret, and let it verify the raw body."
    ))
}

fn signature(format: Format, secrets: usize) -> String {
    let mut text =
        "The signature did not verify there: either it has another secret, or it does not sign the raw body"
            .to_owned();
    if secrets > 1 {
        text += ", or it reads only the first of several signatures (we send one for each live secret while a rotation overlaps)";
    }
    if format == Format::ThisData {
        text +=
            ". X-Signature is keyed with the secret exactly as shown, in Node its header is `x-signature`";
    }
    text + "."
}

//! A body as JSON, whatever an attacker put into the texts that it carries: a login must not be hidden by a name that no
//! Unicode text can hold.

use serde::de::DeserializeOwned;
use serde_json::{Error, Value};

use super::error::Problem;

/// Reads JSON. Bytes that are not UTF-8, and halves of surrogate pairs (JavaScript's text may hold such, and writes them as
/// `\ud800`), become U+FFFD.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let text = String::from_utf8_lossy(body);
    serde_json::from_str(&text).or_else(|error| match whole(&text) {
        Some(whole) => serde_json::from_str(&whole),
        None => Err(error),
    })
}

/// A body that is one JSON value.
pub(super) fn one(body: &[u8]) -> Result<Value, Problem> {
    read(body).map_err(|error| {
        let first = body.trim_ascii_start().split(|byte| *byte == b'\n').next().unwrap_or_default();
        // A whole value on the first line and something after it: events a line, under another name.
        let hint = if read::<serde::de::IgnoredAny>(first).is_ok() {
            "; an event a line is NDJSON: say so by `Content-Type: application/x-ndjson`"
        } else {
            ""
        };
        Problem::malformed(format!("the body is not JSON: {error}{hint}"))
    })
}

/// A body that is NDJSON: a value a line.
pub(super) fn lines(body: &[u8]) -> Result<Vec<Value>, Problem> {
    let lines = body.split(|byte| *byte == b'\n').enumerate();
    lines
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(number, line)| {
            read(line)
                .map_err(|error| Problem::malformed(format!("line {} is not JSON: {error}", number + 1)))
        })
        .collect()
}

/// The text with `\ufffd` in the place of each half of a surrogate pair; None where there is none.
fn whole(text: &str) -> Option<String> {
    let (mut rest, mut mended, mut halves) = (text, String::with_capacity(text.len()), 0);
    while let Some(place) = rest.find('\\') {
        let (before, escape) = rest.split_at(place);
        mended.push_str(before);
        let taken = match unit(escape) {
            Some(0xd800..=0xdbff) if matches!(escape.get(6..).and_then(unit), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => {
                mended.push_str("\\ufffd");
                halves += 1;
                rest = &escape[6..];
                continue;
            }
            Some(_) => 6,
            // A backslash and what it stands before; a text may end with one.
            None => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        let (same, left) = escape.split_at(taken);
        mended.push_str(same);
        rest = left;
    }
    mended.push_str(rest);
    (halves > 0).then_some(mended)
}

/// The UTF-16 code unit that a text begins with, written as `\uXXXX`.
fn unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(body: &[u8]) -> Option<String> {
        read::<Value>(body).ok()?.as_str().map(str::to_owned)
    }

    #[test]
    fn half_a_surrogate_pair_is_replaced_and_a_whole_one_kept() {
        assert_eq!(text(br#""\ud800bob""#).as_deref(), Some("\u{fffd}bob"));
        assert_eq!(text(br#""bob\udc00""#).as_deref(), Some("bob\u{fffd}"));
        assert_eq!(text(br#""\ud83d\ude00 \ud83d\ud83d\ude00""#).as_deref(), Some("😀 \u{fffd}😀"));
        assert_eq!(
            text(br#""\\ud800 \ud800\n""#).as_deref(),
            Some("\\ud800 \u{fffd}\n"),
            "a backslash is no escape"
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(text(b"\"caf\xe9\"").as_deref(), Some("caf\u{fffd}"));
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for body in [&b"{"[..], b"\"\\", b"\"\\u", b"\"\\ud80", b"\"\\ud800", b"\xff", b"\"\\u\xe9\xe9\""] {
            assert!(read::<Value>(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
        assert_eq!(read::<Value>(br#"{"a":[1]}"#).ok(), Some(json!({"a": [1]})));
    }
}

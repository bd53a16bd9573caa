//! Bodies without their `receipt_url`: whoever holds its token can say that sessions are dead. Only the fields of that
//! name are touched, in place, so that every other byte stays as it was.

use std::ops::Range;

use serde::de::IgnoredAny;

const FIELD: &str = "receipt_url";
const PATH: &str = "/receipts/";
const HIDDEN: &str = "[left out: for administrators]";

/// A body for people who may not confirm orders.
pub fn without_receipt_token(body: &str) -> String {
    let (mut shown, mut from) = (String::with_capacity(body.len()), 0);
    for field in fields(body) {
        shown.push_str(&body[from..field.value.start]);
        shown.push_str(&format!("\"{HIDDEN}\""));
        from = field.value.end;
    }
    shown.push_str(&body[from..]);
    let is_json = serde_json::from_str::<IgnoredAny>(body).is_ok();
    if is_json { shown } else { without_token(&shown) }
}

/// A body as it goes to an endpoint that only listens: it ends no sessions, so it cannot say that they are dead.
pub fn for_observer(body: &str) -> String {
    let (mut kept, mut from) = (String::with_capacity(body.len()), 0);
    for field in fields(body) {
        kept.push_str(&body[from..field.begin]);
        let after = past_blanks(body, field.value.end);
        from = if body[after..].starts_with(',') {
            past_blanks(body, after + 1)
        } else {
            let last = kept.trim_end();
            kept.truncate(last.strip_suffix(',').unwrap_or(last).len());
            field.value.end
        };
    }
    kept.push_str(&body[from..]);
    kept
}

/// What is no JSON has no fields: whatever looks like a token in it is left out.
fn without_token(text: &str) -> String {
    let is_token = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    let (mut rest, mut shown) = (text, String::with_capacity(text.len()));
    while let Some(at) = rest.find(PATH) {
        let (head, token) = rest.split_at(at + PATH.len());
        shown.push_str(head);
        rest = token.trim_start_matches(is_token);
        if rest.len() < token.len() {
            shown.push_str(HIDDEN);
        }
    }
    shown.push_str(rest);
    shown
}

/// `"receipt_url": …`
struct Field {
    begin: usize,
    value: Range<usize>,
}

/// All of them in a JSON text, also in one that was cut.
fn fields(json: &str) -> Vec<Field> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(begin) = json[at..].find('"').map(|quote| at + quote) {
        let end = string_end(json, begin);
        let colon = past_blanks(json, end);
        at = end;
        if json[colon..].starts_with(':') && is_field(&json[begin..end]) {
            let start = past_blanks(json, colon + 1);
            at = value_end(json, start);
            found.push(Field { begin, value: start..at });
        }
    }
    found
}

/// Whether a name is this one, also when it is written with escapes.
fn is_field(name: &str) -> bool {
    serde_json::from_str::<String>(name).is_ok_and(|name| name == FIELD)
}

/// Past the closing quote of the string that begins at `quote`.
fn string_end(json: &str, quote: usize) -> usize {
    let mut bytes = json.bytes().enumerate().skip(quote + 1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return at + 1,
            b'\\' => _ = bytes.next(),
            _ => (),
        }
    }
    json.len()
}

/// Past the value that begins at `start`.
fn value_end(json: &str, start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(byte) = json.as_bytes().get(at) {
        match byte {
            b'"' => {
                at = string_end(json, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b',' | b'}' | b']' if depth == 0 => break,
            b'}' | b']' => depth -= 1,
            _ => (),
        }
        at += 1;
    }
    start + json[start..at].trim_end().len()
}

fn past_blanks(json: &str, at: usize) -> usize {
    json.len() - json[at..].trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn an_observer_gets_every_byte_but_the_field() {
        for (body, expected) in [
            (r#"{"a":1,"receipt_url":"https://x/receipts/t","b":2}"#, r#"{"a":1,"b":2}"#),
            (r#"{"receipt_url":"https://x/receipts/t","b":2}"#, r#"{"b":2}"#),
            (r#"{"a":1.0, "receipt_url" : "\"}" }"#, r#"{"a":1.0 }"#),
            (r#"{"receipt_url":null}"#, "{}"),
            (r#"{"a":0,"receipt_url":[1,{"b":"]"}],"receipt_url":2}"#, r#"{"a":0}"#),
            (
                r#"{"data":{"a":"\u00e9","receipt\u005furl":"x"},"z":"é"}"#,
                r#"{"data":{"a":"\u00e9"},"z":"é"}"#,
            ),
            (r#"["receipt_url","receipt_url:"]"#, r#"["receipt_url","receipt_url:"]"#),
        ] {
            assert_eq!(for_observer(body), expected, "{body}");
        }
    }

    #[test]
    fn a_text_that_looks_like_a_receipt_url_stays_as_it_is() {
        let reason = "refund /receipts/12 \"paid\" twice, \"receipt_url\": \"x\"";
        let body =
            json!({ "data": { "reason": { "text": reason }, "receipt_url": "https://x/receipts/rct_1" } });
        for made in [for_observer(&body.to_string()), without_receipt_token(&body.to_string())] {
            let made: Value = serde_json::from_str(&made).expect("JSON");
            assert_eq!(made["data"]["reason"]["text"], reason);
            assert!(!made.to_string().contains("rct_1"), "{made}");
        }
        assert_eq!(for_observer("{\"reason\":\"see /receipts/12\"}"), "{\"reason\":\"see /receipts/12\"}");
    }

    #[test]
    fn people_see_that_something_is_left_out_also_of_what_is_cut_or_no_json() {
        for (body, expected) in [
            (
                r#"{"receipt_url":"https:\/\/x\/receipts\/t","b":2}"#,
                format!(r#"{{"receipt_url":"{HIDDEN}","b":2}}"#),
            ),
            (r#"{"receipt_url": "https://x/rec"#, format!(r#"{{"receipt_url": "{HIDDEN}""#)),
            ("at=https://x/receipts/rct_1&b=2", format!("at=https://x/receipts/{HIDDEN}&b=2")),
            ("<a>/receipts/</a>", "<a>/receipts/</a>".to_owned()),
        ] {
            assert_eq!(without_receipt_token(body), expected, "{body}");
        }
        for odd in ["", "\"", "\"\\", "{\"receipt_url\":", "\"receipt_url\" : é,", "\"\\é\":\"receipt_url\""]
        {
            let _ = (without_receipt_token(odd), for_observer(odd));
        }
    }
}

//! Values in words: numbers, durations, countries, query strings. Pure; times are in `ui/time.rs`.

use std::fmt::Write;

/// `12,345`.
pub fn number(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}

/// `1 event`, `2 events`.
pub fn count(value: i64, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// A score of 0..1 as people read it: `87`.
pub fn score(value: f64) -> String {
    format!("{:.0}", value.clamp(0.0, 1.0) * 100.0)
}

/// A duration in microseconds: `340 µs`, `12 ms`, `3.4 s`, `5 min`, `2 h`, `3 d`.
pub fn duration(micros: i64) -> String {
    const UNITS: [(i64, &str); 5] =
        [(86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"), (1_000, "ms")];
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| micros >= *unit) else {
        return format!("{} µs", micros.max(0));
    };
    if name == "s" && micros % unit != 0 && micros < 10 * unit {
        let tenths = micros / (unit / 10);
        return format!("{}.{} s", tenths / 10, tenths % 10);
    }
    format!("{} {name}", micros / unit)
}

/// A duration that something took at most, in microseconds: rounded up, so that what took 1.95 s is within `2 s`.
pub fn at_most(micros: i64) -> String {
    let step = match micros {
        ..1_000 => 1,
        1_000..1_000_000 => 1_000,
        1_000_000..10_000_000 => 100_000,
        10_000_000..60_000_000 => 1_000_000,
        60_000_000..3_600_000_000 => 60_000_000,
        3_600_000_000..86_400_000_000 => 3_600_000_000,
        _ => 86_400_000_000,
    };
    duration(micros.max(0).saturating_add(step - 1) / step * step)
}

/// A verb as a person reads it: `log-in-denied` → `Log in denied`.
pub fn verb(verb: &str) -> String {
    let words = verb.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Text in its place in a query string (RFC 3986: everything but unreserved characters is escaped).
pub fn encode_query(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A path with these parameters; those without a value are left out.
pub fn query(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut url = path.to_owned();
    for (name, value) in parameters {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            url.push(if url.contains('?') { '&' } else { '?' });
            let _ = write!(url, "{name}={}", encode_query(value));
        }
    }
    url
}

/// JSON indented for reading: only white space is added, so that names stay in their order and numbers as they were
/// written. Text that is not JSON as it is.
pub fn pretty_json(text: &str) -> String {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return text.to_owned();
    }
    let (mut pretty, mut depth, mut quoted, mut escaped) =
        (String::with_capacity(text.len() * 2), 0, false, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if quoted {
            pretty.push(letter);
            quoted = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
            continue;
        }
        match letter {
            ' ' | '\t' | '\n' | '\r' => {}
            '{' | '[' => {
                while letters.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                pretty.push(letter);
                match letters.next_if(|next| matches!(next, '}' | ']')) {
                    Some(end) => pretty.push(end),
                    None => line(&mut pretty, {
                        depth += 1;
                        depth
                    }),
                }
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut pretty, depth);
                pretty.push(letter);
            }
            ',' => {
                pretty.push(letter);
                line(&mut pretty, depth);
            }
            ':' => pretty.push_str(": "),
            _ => {
                quoted = letter == '"';
                pretty.push(letter);
            }
        }
    }
    pretty
}

fn line(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(
            ["0", "999", "1,000", "-12,345,678"],
            [number(0), number(999), number(1000), number(-12_345_678)].each_ref().map(String::as_str)
        );
        assert_eq!(count(1, "event", "events"), "1 event");
        assert_eq!(count(0, "event", "events"), "0 events");
    }

    #[test]
    fn durations_have_one_unit() {
        let cases = [
            (0, "0 µs"),
            (340, "340 µs"),
            (12_000, "12 ms"),
            (3_400_000, "3.4 s"),
            (5_000_000, "5 s"),
            (12_300_000, "12 s"),
            (300_000_000, "5 min"),
            (7_200_000_000, "2 h"),
            (259_200_000_000, "3 d"),
        ];
        for (micros, text) in cases {
            assert_eq!(duration(micros), text);
        }
    }

    #[test]
    fn what_something_took_at_most_is_never_less_than_it_took() {
        let cases = [
            (0, "0 µs"),
            (999, "999 µs"),
            (12_001, "13 ms"),
            (999_001, "1 s"),
            (1_900_000, "1.9 s"),
            (1_950_000, "2 s"),
            (10_000_001, "11 s"),
            (60_000_001, "2 min"),
            (3_599_000_000, "1 h"),
            (86_400_000_001, "2 d"),
        ];
        for (micros, text) in cases {
            assert_eq!(at_most(micros), text);
        }
    }

    #[test]
    fn a_query_string_survives_hostile_text() {
        assert_eq!(
            query("/p", &[("user", Some("a&b=c d/é")), ("none", None), ("blank", Some(""))]),
            "/p?user=a%26b%3Dc%20d%2F%C3%A9"
        );
        assert_eq!(query("/p?a=1", &[("b", Some("2"))]), "/p?a=1&b=2");
    }

    #[test]
    fn json_is_indented_and_nothing_else_changes() {
        let text = r#"{"z":[1.50, -2e3,[],{ }],"a\"}":"b\\","t":{"x":null}}"#;
        let pretty = pretty_json(text);
        assert_eq!(
            pretty,
            "{\n  \"z\": [\n    1.50,\n    -2e3,\n    [],\n    {}\n  ],\n  \"a\\\"}\": \"b\\\\\",\n  \"t\": {\n    \"x\": null\n  }\n}"
        );
        assert_eq!(pretty_json(&pretty), pretty);
        assert_eq!(pretty_json("not {json"), "not {json");
        assert_eq!(pretty_json(r#""just text""#), r#""just text""#);
    }

    #[test]
    fn verbs_read_as_words() {
        assert_eq!(verb("log-in-denied"), "Log in denied");
        assert_eq!(verb(""), "");
    }
}

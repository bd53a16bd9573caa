//! Tests of reading what a request says.

use serde_json::json;

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Body {
    url: String,
    types: Option<Vec<String>>,
}

fn refused(body: &str) -> (u16, Vec<String>) {
    let problem = json::<Body>(body.as_bytes()).expect_err(body);
    (problem.status, problem.errors.iter().map(|error| error.field.clone()).collect())
}

#[test]
fn a_body_is_refused_by_the_name_of_its_field() {
    for (body, field) in [
        ("{}", "url"),
        (r#"{"url":5}"#, "url"),
        (r#"{"url":"x","zzz":1}"#, "zzz"),
        (r#"{"url":"x","url":"y"}"#, "url"),
        (r#"{"url":"x","types":["a",7]}"#, "types[1]"),
        (r#"{"url":"x","types":["a","\u0000"]}"#, "types[1]"),
        (r#"{"url":"x\u0000"}"#, "url"),
        (r#"["x"]"#, "body"),
        ("null", "body"),
    ] {
        assert_eq!(refused(body), (422, vec![field.to_owned()]), "{body}");
    }
    for body in ["", "{", "\u{feff}{}", "{\"url\":\"x\"} x"] {
        assert_eq!(refused(body), (400, vec![]), "{body}");
    }
    assert_eq!(json::<Body>(br#"{"url":"x"}"#).expect("read"), Body { url: "x".into(), types: None });
}

#[test]
fn nul_is_found_wherever_it_hides() {
    for (value, path) in [
        (json!({"a": {"b": ["x", {"c": "\0"}]}}), "a.b[1].c"),
        (json!({"a": {"b\0": 1}}), "a.b\u{fffd}"),
        (json!(["\0"]), "[0]"),
        (json!("\0"), ""),
    ] {
        assert_eq!(nul_in(&value).as_deref(), Some(path), "{value}");
    }
    assert_eq!(nul_in(&json!({"a": [null, 1, true, "x"]})), None);
}

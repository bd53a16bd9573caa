//! A call of any server function, with arguments that suit them all.

use serde_json::{Value, json};

use super::*;
use crate::support::{Answer, Caller};

/// Arguments of all of them. Each takes what it knows; what they name is not there, or may be changed.
pub(super) fn arguments(project: &str) -> Value {
    let mut all = json!({
        "project": project, "name": "Made by a test", "key": "key_0000000000001", "alert": 4_000_000, "alerts": [4_000_000],
        "event": "evt_0000000000001", "user": "usr_0000000000001", "session": "nothing", "source": "src_0000000000001", "received": "in_0000000000001",
        "revocation": "rev_0000000000001", "notice": "ntc_0000000000001", "endpoint": "ep_0000000000001",
        "delivery": "dlv_0000000000001", "rule": "rule_0000000000001", "run": "bt_0000000000001", "filter": {}, "cursor": null, "text": null,
        "act": "acknowledge", "wanted": true, "resolution": "false_alarm", "note": "", "all": false, "alert_level": "red",
        "confirm_seconds": 300, "session_idle_days": 30, "scheme": "standard", "url": "https://shop.example/hook", "format": "standard",
        "description": "", "types": [], "overlap_hours": 24,
        "form": {"name": "Made by a test", "effect": "challenge", "condition": "network.tor", "days": "30"},
        "email": "nobody@example.com", "password": "not the password", "token": "nothing", "theme": "dark", "role": "viewer",
    });
    let more = json!({
        "operator": "op_0000000000001", "disabled": true, "deliveries": ["dlv_0000000000001"], "replay": "rpl_0000000000001", "kind": "ready",
        "since": "2026-01-01", "delivered": true, "scope": "listed", "back": "Month", "sessions": ["nothing"], "old_password": "not the password", "sign_in": "sin_0000000000001", "old": "sec_0000000000001",
    });
    all.as_object_mut().expect("arguments").extend(more.as_object().expect("more").clone());
    all
}

fn as_form(arguments: &Value) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in arguments.as_object().expect("arguments") {
        match value {
            Value::Null => {}
            Value::Object(fields) => {
                for (field, value) in fields {
                    form.append_pair(&format!("{name}[{field}]"), value.as_str().expect("text"));
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let text = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
                    form.append_pair(&format!("{name}[{index}]"), &text);
                }
            }
            Value::String(text) => drop(form.append_pair(name, text)),
            other => drop(form.append_pair(name, &other.to_string())),
        }
    }
    // Where it is read, another thing's state is meant.
    form.append_pair("state", "paused").finish()
}

/// Calls it; what reads takes JSON, what changes a form.
pub(super) async fn call(caller: &Caller, path: &str, arguments: &Value, headers: &[(&str, &str)]) -> Answer {
    let reads = ["count_", "find_", "get_", "invitation_", "list_", "load_", "newest_", "take_"];
    let (kind, body) = if reads.iter().any(|verb| name_of(path).starts_with(verb)) {
        (("content-type", "application/json"), arguments.to_string())
    } else {
        (FORM, as_form(arguments))
    };
    caller.send("POST", path, &[headers, &[kind]].concat(), body).await
}

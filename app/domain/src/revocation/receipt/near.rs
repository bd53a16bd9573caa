//! What was meant as a receipt and is none.

use serde_json::Value;

/// What looks like a receipt in a body that has none, and why it is not one, in words; `packed`: how the body is.
pub fn near_miss(body: &[u8], packed: Option<&str>) -> Option<String> {
    if let Some(how) = packed {
        return Some(format!(
            "The answer is packed ({how}) although nobody asked for that, so that no receipt in it can be read: answer \
             without Content-Encoding."
        ));
    }
    let is_like_one = |value: &Value| value.get("outcome").is_some();
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(body)) => {
            let listed = body.get("sessions").and_then(Value::as_array);
            let outside =
                body.contains_key("outcome") || listed.is_some_and(|listed| listed.iter().any(is_like_one));
            outside.then(|| UNWRAPPED.to_owned())
        }
        Ok(Value::Array(listed)) => listed.iter().any(is_like_one).then(|| UNWRAPPED.to_owned()),
        Ok(_) => None,
        Err(error) => {
            let text = String::from_utf8_lossy(body);
            let meant = text.contains("receipt") || text.contains("outcome");
            meant.then(|| {
                format!("What looks like a receipt is not JSON ({error}): write it with a JSON library.")
            })
        }
    }
}

/// What is wrong with a receipt that stands by itself.
const UNWRAPPED: &str = "It looks like a receipt that is not wrapped: answer {\"receipt\": {\"sessions\": [{\"id\", \"outcome\"}]}}.";

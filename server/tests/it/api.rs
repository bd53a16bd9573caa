//! The native API as a whole: its description, who is let in, what another project may see, and its pages.

mod document;
mod errors;
mod foreign;
mod paging;
mod rules;
mod sources;
mod strangers;
mod verbs;
mod weights;

use serde_json::{Value, json};

use crate::support::TestServer;
use crate::support::geo::{AUCKLAND, BEIJING};

/// One call that the description lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Operation {
    path: String,
    method: String,
    /// Needs no key.
    public: bool,
}

/// Every operation of the description that the server hands out.
async fn operations(server: &TestServer) -> Vec<Operation> {
    let document = server.stranger().get("/api/openapi.json").await.expect(200);
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("path item") {
            let public =
                operation["security"].as_array().is_some_and(|ways| ways.iter().all(|way| way == &json!({})));
            operations.push(Operation { path: path.clone(), method: method.to_uppercase(), public });
        }
    }
    operations.sort();
    assert!(operations.len() > 20, "{operations:?}");
    operations
}

/// A login of Eve's, from home or not.
fn login(session: &str, at_home: bool) -> Value {
    let (ip, device, agent) = if at_home {
        (AUCKLAND, "laptop", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0")
    } else {
        (BEIJING, "thief", "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Firefox/126.0")
    };
    json!({
        "verb": "log-in", "ip": ip, "user_agent": agent, "user": {"id": "eve", "name": "Eve Smith"},
        "session": {"id": session}, "device": {"id": device},
    })
}

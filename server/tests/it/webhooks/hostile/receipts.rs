//! Applications whose answers hold receipts that must not be believed: each is recorded with the reason, and no session
//! counts as dead by it.

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use porchlight_domain::signature::sign_standard;
use porchlight_server::clock;
use serde_json::Value;

use super::*;
use crate::support::{Caller, TestServer, eventually};

const SECRET: &str = "hello-wide-world";

/// An order as its application sees it.
struct Order {
    message: String,
    id: Value,
    session: Value,
}

impl Order {
    /// A receipt for an order with these outcomes of its session.
    fn receipt(&self, order: &Value, outcomes: &[&str]) -> String {
        let one = |outcome: &&str| json!({ "id": self.session, "outcome": outcome });
        let sessions: Vec<_> = outcomes.iter().map(one).collect();
        json!({ "receipt": { "revocation_id": order, "sessions": sessions } }).to_string()
    }

    /// `body` signed under the id `rcpt_<message>`, `age` seconds ago.
    fn signed(
        message: &str,
        secret: &Secret,
        body: String,
        age: i64,
    ) -> (Vec<(&'static str, String)>, String) {
        let (id, seconds) = (format!("rcpt_{message}"), clock::now().seconds() - age);
        let signature = sign_standard(secret, &id, seconds, body.as_bytes());
        let headers = [
            ("webhook-id", id),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
        ];
        (headers.into(), body)
    }
}

type Said = (Vec<(&'static str, String)>, String);

/// An application that answers each order as it is told; returns its URL.
async fn application(say: impl Fn(&Order) -> Said + Clone + Send + Sync + 'static) -> String {
    let handler = move |headers: HeaderMap, body: Bytes| {
        let webhook: Value = serde_json::from_slice(&body).expect("json");
        let data = &webhook["data"];
        let (headers, text) = say(&Order {
            message: headers["webhook-id"].to_str().expect("id").to_owned(),
            id: data["revocation_id"].clone(),
            session: data["sessions"][0]["id"].clone(),
        });
        let mut answer = text.into_response();
        for (name, value) in headers {
            answer.headers_mut().insert(name, value.parse().expect("a header"));
        }
        std::future::ready(answer)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("address");
    tokio::spawn(async move {
        let _ = axum::serve(listener, axum::Router::new().fallback(handler)).await;
    });
    format!("http://{address}/hook")
}

/// A login, and the order to end its session; the order's id.
async fn order(app: &Caller, session: &str) -> Value {
    let login =
        json!({ "verb": "log-in", "ip": "192.0.2.7", "user": { "id": "eve" }, "session": { "id": session } });
    app.post("/api/v1/events", &login).await.expect(200);
    app.post(&format!("/api/v1/sessions/{session}/revoke"), &json!({})).await.expect(202)["id"].clone()
}

/// The order's delivery as soon as it was answered, and the order as it is then.
async fn answered(server: &TestServer, id: &Value) -> (Value, Value) {
    let id = id.as_str().expect("id");
    let path = format!("/api/v1/deliveries?revocation={id}&state=delivered");
    let delivery =
        eventually(|| async { server.app().get(&path).await.expect(200)["rows"].get(0).cloned() }).await;
    (delivery, server.app().get(&format!("/api/v1/revocations/{id}")).await.expect(200))
}

async fn endpoint(server: &TestServer, url: &str) {
    let endpoint = json!({ "url": url, "secret": SECRET, "types": ["session.revocation.requested"] });
    server.app().post("/api/v1/endpoints", &endpoint).await.expect(201);
}

fn unsigned(body: String) -> Said {
    (Vec::new(), body)
}

fn own() -> Secret {
    Secret::typed(SECRET).expect("secret")
}

/// What is said of the only session when the receipt of an answer is not believed.
async fn assert_unbelieved(
    server: &TestServer,
    why: &str,
    say: impl Fn(&Order) -> Said + Clone + Send + Sync + 'static,
) {
    endpoint(server, &application(say).await).await;
    let (delivery, order) = answered(server, &order(&server.app(), "s_1").await).await;
    assert_eq!(delivery["signature"]["receipt"], "invalid", "{delivery}");
    let told = delivery["signature"]["diagnosis"].as_str().unwrap_or_default();
    assert!(told.contains(why), "{told}");
    let kept = order["receipts"][0]["verdict"].as_str().unwrap_or_default();
    assert!(kept.starts_with("refused: ") && kept.contains(why), "{kept}");
    assert_eq!(
        (&order["state"], order["receipts"].as_array().map(Vec::len)),
        (&json!("acknowledged"), Some(1))
    );
}

on_both! {
    async fn a_forged_receipt_is_not_believed(server, "--webhook-allow", "127.0.0.0/8") {
        assert_unbelieved(server, "the receipt's signature is wrong", |order| {
            Order::signed(&order.message, &Secret::generate(), order.receipt(&order.id, &["revoked"]), 0)
        })
        .await;
    }

    async fn where_receipts_must_be_signed_an_unsigned_one_settles_nothing(server, "--webhook-allow", "127.0.0.0/8") {
        let url = application(|order| unsigned(order.receipt(&order.id, &["revoked"]))).await;
        let new = json!({ "url": url, "secret": SECRET, "policy": { "signed_receipts": true } });
        let endpoint = server.app().post("/api/v1/endpoints", &new).await.expect(201);
        assert_eq!(endpoint["policy"], json!({ "signed_receipts": true }));
        let (delivery, order) = answered(server, &order(&server.app(), "s_1").await).await;
        assert_eq!((&delivery["signature"]["receipt"], &order["state"]), (&json!("invalid"), &json!("acknowledged")));
        let kept = order["receipts"][0]["verdict"].as_str().unwrap_or_default();
        assert!(kept.starts_with("refused: the receipt is not signed"), "{kept}");

        let sent = server.app().get(&format!("/api/v1/deliveries/{}", delivery["id"].as_str().expect("id"))).await.expect(200);
        let webhook: Value = serde_json::from_str(sent["body"].as_str().expect("body")).expect("json");
        let url = webhook["data"]["receipt_url"].as_str().expect("receipt_url");
        let path = url.strip_prefix(&format!("http://{}", server.address)).expect("our own URL");
        let done = json!({ "receipt": { "sessions": [{ "id": "s_1", "outcome": "revoked" }] } });
        assert_eq!(server.stranger().post(path, &done).await.problem(401)["type"], "/problems/signature");
        let (headers, body) = Order::signed(sent["message_id"].as_str().expect("message"), &own(), done.to_string(), 0);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let taken = server.stranger().send("POST", path, &headers, body).await.expect(200);
        assert_eq!(taken["state"], "confirmed");
    }

    async fn where_receipts_must_be_signed_a_signed_one_confirms_and_so_does_the_key_of_who_polls(server, "--webhook-allow", "127.0.0.0/8") {
        let signing = application(|order| {
            if order.session == "s_2" {
                return unsigned(String::new());
            }
            Order::signed(&order.message, &own(), order.receipt(&order.id, &["revoked"]), 0)
        });
        let new = json!({ "url": signing.await, "secret": SECRET, "policy": { "signed_receipts": true } });
        server.app().post("/api/v1/endpoints", &new).await.expect(201);
        let (delivery, first) = answered(server, &order(&server.app(), "s_1").await).await;
        assert_eq!((&delivery["signature"]["receipt"], &first["state"]), (&json!("signed"), &json!("confirmed")));
        let (_, second) = answered(server, &order(&server.app(), "s_2").await).await;
        let path = format!("/api/v1/revocations/{}/receipt", second["id"].as_str().expect("id"));
        let done = json!({ "receipt": { "sessions": [{ "id": "s_2", "outcome": "revoked" }] } });
        assert_eq!(server.app().post(&path, &done).await.expect(200)["state"], "confirmed");
    }

    async fn a_receipt_signed_long_ago_is_not_believed(server, "--webhook-allow", "127.0.0.0/8") {
        assert_unbelieved(server, "s behind our clock", |order| {
            Order::signed(&order.message, &own(), order.receipt(&order.id, &["revoked"]), 400)
        })
        .await;
    }

    async fn a_receipt_replayed_from_another_message_is_not_believed(server, "--webhook-allow", "127.0.0.0/8") {
        assert_unbelieved(server, "it was made for another id", |order| {
            Order::signed("msg_0000000000001", &own(), order.receipt(&order.id, &["revoked"]), 0)
        })
        .await;
    }

    async fn a_receipt_of_another_project_s_order_is_not_believed_for_either(server, "--webhook-allow", "127.0.0.0/8") {
        let (_, other) = server.other_project().await;
        let theirs = order(&other, "s_1").await;
        let named = theirs.clone();
        assert_unbelieved(server, "about another order", move |order| unsigned(order.receipt(&named, &["revoked"]))).await;
        let path = format!("/api/v1/revocations/{}", theirs.as_str().expect("id"));
        assert_eq!(other.get(&path).await.expect(200)["state"], "requested", "nor does theirs move");
        server.app().post(&format!("{path}/receipt"), &json!({ "receipt": { "sessions": [{ "id": "s_1", "outcome": "revoked" }] } })).await.problem(404);
    }

    async fn a_receipt_that_contradicts_itself_is_recorded_alarms_and_changes_nothing(server, "--webhook-allow", "127.0.0.0/8") {
        endpoint(server, &application(|order| unsigned(order.receipt(&order.id, &["revoked", "failed"]))).await).await;
        let (_, order) = answered(server, &order(&server.app(), "s_1").await).await;
        assert_eq!(order["receipts"][0]["verdict"], "contradicts: s_1 is both revoked and failed");
        assert_ne!(order["state"], "confirmed");
        let alerts = server.app().get("/api/v1/alerts?user_id=eve").await.expect(200);
        assert_eq!(alerts["rows"][0]["kind"], "revocation.contradicted", "{alerts}");
    }

    async fn a_receipt_reports_nobody_dead_who_is_not_of_its_order(server, "--webhook-allow", "127.0.0.0/8") {
        let bystander = json!({ "verb": "log-in", "ip": "192.0.2.7", "user": { "id": "zoe" }, "session": { "id": "s_2" } });
        server.app().post("/api/v1/events", &bystander).await.expect(200);
        endpoint(server, &application(|_| {
            unsigned(json!({ "receipt": { "sessions": [{ "id": "s_2", "outcome": "revoked" }] } }).to_string())
        }).await).await;
        let (_, order) = answered(server, &order(&server.app(), "s_1").await).await;
        assert_eq!(order["receipts"][0]["verdict"], "refused: the receipt names no session of this order");
        assert_ne!(order["state"], "confirmed");
        assert_eq!(server.app().get("/api/v1/sessions/s_2").await.expect(200)["state"], "live");
    }
}

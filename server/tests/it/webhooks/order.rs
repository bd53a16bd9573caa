//! Orders and the receipts in their answers, on the whole server.

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::post;
use porchlight_domain::id::RevocationId;
use porchlight_domain::revocation::store as revocations;
use porchlight_domain::signature::sign_standard;
use porchlight_server::clock;
use serde_json::Value;

use super::*;
use crate::support::geo::AUCKLAND;
use crate::support::{TestServer, eventually};

const SECRET: &str = "hello-wide-world";

/// An application that ends every session it is told to, and signs its receipt under `prefix` and the message's id;
/// returns its URL.
async fn application(prefix: &'static str) -> String {
    let handler = move |headers: HeaderMap, body: Bytes| async move {
        let order: Value = serde_json::from_slice(&body).expect("json");
        let data = order.get("data").unwrap_or(&order);
        let ended = |one: &Value| json!({ "id": one["id"], "outcome": "revoked" });
        let sessions: Vec<_> = data["sessions"].as_array().expect("sessions").iter().map(ended).collect();
        let text = json!({ "receipt": { "revocation_id": data["revocation_id"], "sessions": sessions } })
            .to_string();
        let id = format!("{prefix}{}", headers["webhook-id"].to_str().expect("id"));
        let (secret, seconds) = (Secret::typed(SECRET).expect("secret"), clock::now().seconds());
        let signature = sign_standard(&secret, &id, seconds, text.as_bytes());
        let signed = [
            ("webhook-id", id),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
        ];
        (signed, text).into_response()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("address");
    let router = axum::Router::new().route("/hook", post(handler));
    tokio::spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    format!("http://{address}/hook")
}

/// A login, an endpoint and an order to end the login's session.
async fn order(server: &TestServer, url: &str) -> RevocationId {
    let login =
        json!({ "verb": "log-in", "ip": AUCKLAND, "user": { "id": "u_42" }, "session": { "id": "s_1" } });
    server.app().post("/api/v1/events", &login).await.expect(200);
    let endpoint = json!({ "url": url, "secret": SECRET, "types": ["session.revocation.requested"] });
    server.app().post("/api/v1/endpoints", &endpoint).await.expect(201);
    let ordered = revocations::revoke_session(
        &server.db,
        &Actor::System,
        server.project,
        "s_1",
        "http://127.0.0.1:3000",
        clock::now(),
    );
    ordered.await.expect("order")
}

async fn delivered(server: &TestServer, order: RevocationId) -> Value {
    let path = format!("/api/v1/deliveries?revocation={order}&state=delivered");
    eventually(|| async { server.app().get(&path).await.expect(200)["rows"].get(0).cloned() }).await
}

on_both! {
    async fn a_signed_receipt_in_the_answer_confirms_the_order(server, "--webhook-allow", "127.0.0.0/8") {
        let order = order(server, &application("rcpt_").await).await;
        let delivery = delivered(server, order).await;
        assert_eq!(delivery["signature"]["receipt"], "signed");
        assert_eq!(delivery["type"], "session.revocation.requested");
        let dossier = revocations::get(&server.db, server.project, order).await.expect("order");
        assert_eq!(dossier.revocation.sessions[0].state.as_str(), "confirmed");
        assert!(dossier.receipts[0].signed);
        assert_eq!(json!(dossier.receipts[0].delivery_id), delivery["id"]);
    }

    async fn a_receipt_signed_wrong_is_recorded_and_not_believed(server, "--webhook-allow", "127.0.0.0/8") {
        let order = order(server, &application("msg_").await).await;
        let delivery = delivered(server, order).await;
        assert_eq!(delivery["signature"]["receipt"], "invalid");
        let why = delivery["signature"]["diagnosis"].as_str().expect("diagnosis");
        assert!(why.starts_with("the receipt's signature is wrong"), "{why}");
        let dossier = revocations::get(&server.db, server.project, order).await.expect("order");
        assert_eq!((dossier.revocation.sessions[0].state.as_str(), dossier.receipts.len()), ("acknowledged", 1));
        assert_eq!((dossier.receipts[0].is_refused(), dossier.receipts[0].verdict.ends_with(why)), (true, true));
    }
}

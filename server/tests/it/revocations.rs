//! Orders over HTTP: given by an application, confirmed by receipt in every way there is, asked for by other systems.

mod again;
mod feed;
mod hooks;
mod orders;
mod receivers;
pub(crate) mod stretches;

use porchlight_domain::id::MessageId;
use porchlight_domain::signature::{Secret, sign_standard};
use porchlight_domain::time::{HOUR, SECOND};
use porchlight_server::clock;
use porchlight_server::worker::Outcome;
use serde_json::{Value, json};

use crate::support::receiver::{Received, Receiver};
use crate::support::{TestServer, eventually};

/// Logs a user in.
async fn log_in(server: &TestServer, user: &str, session: &str) {
    let event =
        json!({ "verb": "log-in", "ip": "192.0.2.7", "user": { "id": user }, "session": { "id": session } });
    server.app().post("/api/v1/events", &event).await.expect(200);
}

/// The order in a webhook.
fn is_order(received: &Received) -> bool {
    received.json()["type"] == "session.revocation.requested"
}

fn receipt(sessions: &[(&str, &str)]) -> Value {
    let sessions: Vec<_> =
        sessions.iter().map(|(id, outcome)| json!({ "id": id, "outcome": outcome })).collect();
    json!({ "receipt": { "sessions": sessions } })
}

async fn state(server: &TestServer, order: &Value) -> Value {
    let id = order["id"].as_str().expect("id");
    server.app().get(&format!("/api/v1/revocations/{id}")).await.expect(200)["state"].clone()
}

on_both! {
    async fn an_order_reaches_the_application_and_its_answer_confirms_it(server, "--webhook-allow", "127.0.0.0/8") {
        let receiver = Receiver::start(|received| {
            if !is_order(received) {
                return (200, String::new());
            }
            let sessions = received.json()["data"]["sessions"].as_array().expect("sessions").clone();
            let sessions = sessions.iter().map(|session| json!({ "id": session["id"], "outcome": "revoked" }));
            (200, json!({ "receipt": { "sessions": sessions.collect::<Vec<_>>() } }).to_string())
        })
        .await;
        server.app().post("/api/v1/endpoints", &json!({ "url": receiver.url })).await.expect(201);
        log_in(server, "eve", "s_1").await;
        log_in(server, "eve", "s_2").await;
        let before = server.app().get("/api/v1/sessions/s_1").await.expect(200);
        assert_eq!((&before["revoked"], &before["state"], &before["user"]["id"]), (&json!(false), &json!("live"), &json!("eve")));
        let order = server.app().post("/api/v1/sessions/s_1/revoke", &json!({})).await.expect(202);
        assert_eq!((&order["scope"], &order["initiated_by"]), (&json!("one"), &json!("api")));
        let during = server.app().get("/api/v1/sessions/s_1").await.expect(200);
        assert_eq!((&during["revoked"], &during["revocation_id"]), (&json!(true), &order["id"]));
        eventually(async || (state(server, &order).await == "confirmed").then_some(())).await;
        let after = server.app().get("/api/v1/sessions/s_1").await.expect(200);
        assert_eq!((&after["revoked"], &after["state"]), (&json!(true), &json!("revoked")));
        let path = format!("/api/v1/revocations/{}", order["id"].as_str().expect("id"));
        let dossier = server.app().get(&path).await.expect(200);
        assert_eq!((&dossier["receipts"][0]["via"], &dossier["receipts"][0]["verdict"]), (&json!("answer"), &json!("accepted")));
        assert_eq!(dossier["receipts"][0]["delivery_id"], dossier["deliveries"][0]);
        let live = server.app().get("/api/v1/users/eve/sessions?state=live").await.expect(200);
        assert_eq!((live["rows"].as_array().expect("rows").len(), &live["rows"][0]["id"]), (1, &json!("s_2")));
    }

    async fn an_application_that_polls_confirms_by_its_key(server) {
        for session in ["s_1", "s_2", "s_3"] {
            log_in(server, "eve", session).await;
        }
        let order = server.app().post("/api/v1/users/eve/sessions/revoke", &json!({ "except": "s_1" })).await.expect(202);
        let open = server.app().get("/api/v1/revocations?open=true&user_id=eve").await.expect(200);
        assert_eq!((&open["rows"][0], open["rows"].as_array().expect("rows").len()), (&order, 1));
        assert_eq!(order["sessions"].as_array().expect("sessions").len(), 2);
        let path = format!("/api/v1/revocations/{}/receipt", order["id"].as_str().expect("id"));
        let done = receipt(&[("s_2", "revoked"), ("s_3", "already_ended")]);
        let taken = server.app().post(&path, &done).await.expect(200);
        assert_eq!((&taken["verdict"], &taken["state"]), (&json!("accepted"), &json!("confirmed")));
        assert_eq!(server.app().post(&path, &done).await.expect(200)["verdict"], "repeated");
        let problem = server.app().post(&path, &receipt(&[("s_2", "failed")])).await.problem(409);
        assert_eq!(problem["detail"], "contradicts: s_2 was revoked and is now failed");
        let open = server.app().get("/api/v1/revocations?open=true").await.expect(200);
        assert_eq!(open["rows"], json!([]));
        let (_, other) = server.other_project().await;
        other.post(&path, &done).await.problem(404);
        server.stranger().post(&path, &done).await.problem(401);
        server.app().post("/api/v1/users/eve/sessions/revoke", &json!({ "except": ["s_1"] })).await.problem(409);
    }

    async fn a_receipt_is_posted_to_the_order_s_own_url_signed_or_not_but_never_signed_wrong(server, "--webhook-allow", "127.0.0.0/8") {
        let receiver = Receiver::start(|_| (202, String::new())).await;
        let endpoint = server.app().post("/api/v1/endpoints", &json!({ "url": receiver.url })).await.expect(201);
        let secret = Secret::typed(endpoint["secret"].as_str().expect("secret")).expect("secret");
        log_in(server, "eve", "s_1").await;
        let order = server.app().post("/api/v1/sessions/s_1/revoke", &json!({})).await.expect(202);
        let webhook = receiver.wait_for(is_order).await;
        eventually(async || (state(server, &order).await == "acknowledged").then_some(())).await;
        let url = webhook.json()["data"]["receipt_url"].as_str().expect("receipt_url").to_owned();
        let path = url.strip_prefix(&format!("http://{}", server.address)).expect("our own URL").to_owned();

        let message = webhook.header("webhook-id").to_owned();
        let body = receipt(&[("s_1", "revoked")]).to_string();
        let send = async |id: String, secret: &Secret, seconds: i64| {
            let signature = sign_standard(secret, &id, seconds, body.as_bytes());
            let seconds = seconds.to_string();
            let headers = [("webhook-id", id.as_str()), ("webhook-timestamp", &seconds), ("webhook-signature", &signature)];
            server.stranger().send("POST", &path, &headers, body.clone()).await
        };
        let now = clock::now().seconds();
        send(format!("rcpt_{message}"), &Secret::generate(), now).await.problem(401);
        send(message.clone(), &secret, now).await.problem(401);
        send(format!("rcpt_{}", MessageId(7)), &secret, now).await.problem(401);
        send(format!("rcpt_{message}"), &secret, now - 400).await.problem(401);
        assert_eq!(state(server, &order).await, "acknowledged", "none of them was believed");
        let dossier_path = format!("/api/v1/revocations/{}", order["id"].as_str().expect("id"));
        let refused = server.app().get(&dossier_path).await.expect(200)["receipts"].clone();
        let kept: Vec<_> = refused.as_array().expect("receipts").iter().map(|one| one["verdict"].as_str().expect("verdict")).collect();
        assert_eq!((kept.len(), kept.iter().all(|one| one.starts_with("refused: The receipt's signature is wrong: "))), (3, true), "{kept:?}");
        assert_eq!(send(format!("rcpt_{message}"), &secret, now).await.expect(200)["state"], "confirmed");
        assert_eq!(server.stranger().post(&path, &receipt(&[("s_1", "revoked")])).await.expect(200)["verdict"], "repeated");
        let dossier = server.app().get(&dossier_path).await.expect(200);
        assert_eq!((&dossier["receipts"][3]["via"], &dossier["receipts"][3]["signed"]), (&json!("post"), &json!(true)));

        server.stranger().post("/receipts/rct_guess", &receipt(&[("s_1", "revoked")])).await.problem(404);
        for body in ["", "{}", "null", "\u{1}", "{\"receipt\":{\"sessions\":[{}]}}"] {
            server.stranger().send("POST", &path, &[], body).await.problem(422);
        }
        server.stranger().send("POST", &path, &[], vec![b' '; 300 * 1024]).await.problem(413);
        let all = server.app().get(&dossier_path).await.expect(200)["receipts"].clone();
        let all: Vec<_> = all.as_array().expect("receipts").iter().map(|one| one["verdict"].as_str().expect("verdict")).collect();
        assert_eq!(all.len(), 3 + 1 + 5, "{all:?}");
        assert!(all[4].starts_with("refused: receipt is missing") && all[8].starts_with("refused: receipt.sessions[0].id"), "{all:?}");
    }

    async fn what_is_not_there_or_not_understood_is_a_problem_document(server) {
        log_in(server, "eve", "s_1").await;
        let app = server.app();
        for path in ["/api/v1/sessions/nothing", "/api/v1/sessions/a%00b", "/api/v1/users/nobody/sessions",
            "/api/v1/users/a%00b/sessions", "/api/v1/revocations/rev_0000000000001", "/api/v1/revocations/1"] {
            app.get(path).await.problem(404);
        }
        app.post("/api/v1/sessions/nothing/revoke", &json!({})).await.problem(404);
        app.post("/api/v1/users/nobody/sessions/revoke", &json!({})).await.problem(404);
        for (body, field) in [
            (json!({ "except": 7 }), "except"),
            (json!({ "expect": "s_1" }), "expect"),
            (json!([]), "body"),
        ] {
            assert_eq!(app.post("/api/v1/users/eve/sessions/revoke", &body).await.named_fields(), [field]);
        }
        for spared in [json!(""), json!(["s_1", ""]), json!("a\0b")] {
            let answer = app.post("/api/v1/users/eve/sessions/revoke", &json!({ "except": spared })).await;
            assert_eq!(answer.named_fields(), ["except"]);
        }
        let many: Vec<_> = (0..1_001).map(|place| format!("s_{place}")).collect();
        for (spared, words) in [(json!([]), "to end all, leave it out"), (json!(many), "at most 1000")] {
            let problem = app.post("/api/v1/users/eve/sessions/revoke", &json!({ "except": spared })).await.problem(422);
            assert!(problem.to_string().contains(words), "{problem}");
        }
        assert_eq!(app.get("/api/v1/sessions/s_1").await.expect(200)["state"], "live", "nothing was ended");
        assert_eq!(app.get("/api/v1/revocations?state=gone").await.named_fields(), ["state"]);
        assert_eq!(app.get("/api/v1/users/eve/sessions?state=gone").await.named_fields(), ["state"]);
        let (_, other) = server.other_project().await;
        other.get("/api/v1/sessions/s_1").await.problem(404);
        other.post("/api/v1/sessions/s_1/revoke", &json!({})).await.problem(404);
    }

    async fn the_worker_sleeps_until_the_time_limit_and_then_ends_the_wait(server) {
        log_in(server, "eve", "s_1").await;
        let order = server.app().post("/api/v1/sessions/s_1/revoke", &json!({})).await.expect(202);
        let limit = porchlight_domain::Timestamp::parse(order["confirm_by"].as_str().expect("confirm_by")).expect("time");
        let Ok(Outcome::Idle(Some(due))) = porchlight_server::revocations::step(&server.db, clock::now()).await else {
            panic!("there is nothing to do yet");
        };
        assert!(due.since(limit) < SECOND && limit.since(clock::now()) < HOUR);
        let step = porchlight_server::revocations::step(&server.db, due).await.expect("step");
        assert_eq!((step, state(server, &order).await), (Outcome::Worked, json!("unconfirmed")));
        let step = porchlight_server::revocations::step(&server.db, due).await.expect("step");
        assert_eq!(step, Outcome::Idle(None));
        let open = server.app().get("/api/v1/revocations?open=true").await.expect(200);
        assert_eq!(open["rows"][0]["id"], order["id"], "who polls can still confirm it");
    }
}

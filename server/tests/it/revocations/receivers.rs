//! Who receives an order, who may confirm it, and orders about a user as a whole.

use super::*;

/// Creates an endpoint with this policy; its id and its secret.
async fn endpoint(server: &TestServer, receiver: &Receiver, policy: Value) -> (Value, Secret) {
    let body = json!({ "url": receiver.url, "policy": policy });
    let created = server.app().post("/api/v1/endpoints", &body).await.expect(201);
    (created["id"].clone(), Secret::typed(created["secret"].as_str().expect("secret")).expect("secret"))
}

async fn read(server: &TestServer, order: &Value) -> Value {
    server.app().get(&format!("/api/v1/revocations/{}", order["id"].as_str().expect("id"))).await.expect(200)
}

/// Where the receipts of the order go that an endpoint received.
fn receipt_path(server: &TestServer, webhook: &Received) -> String {
    let url = webhook.json()["data"]["receipt_url"].as_str().expect("receipt_url").to_owned();
    url.strip_prefix(&format!("http://{}", server.address)).expect("our own URL").to_owned()
}

fn receptions(dossier: &Value) -> Vec<(&Value, &str)> {
    let receivers = dossier["receivers"].as_array().expect("receivers").iter();
    receivers.map(|one| (&one["endpoint_id"], one["reception"].as_str().expect("reception"))).collect()
}

on_both! {
    async fn a_posted_receipt_is_of_the_endpoint_whose_secret_signed_it(server, "--webhook-allow", "127.0.0.0/8") {
        let accepts = || Receiver::start(|_| (202, String::new()));
        let (shop, till, siem) = (accepts().await, accepts().await, accepts().await);
        let (shop_id, secret) = endpoint(server, &shop, json!({})).await;
        let (till_id, _) = endpoint(server, &till, json!({ "signed_receipts": true })).await;
        let (siem_id, overheard) = endpoint(server, &siem, json!({ "observer": true })).await;
        log_in(server, "eve", "s_1").await;
        let order = server.app().post("/api/v1/sessions/s_1/revoke", &json!({})).await.expect(202);
        let webhook = shop.wait_for(is_order).await;
        till.wait_for(is_order).await;
        let told = siem.wait_for(is_order).await.json();
        assert_eq!((&told["data"]["revocation_id"], told["data"].get("receipt_url")), (&order["id"], None), "{told}");
        let path = receipt_path(server, &webhook);
        let message = webhook.header("webhook-id").to_owned();
        let done = receipt(&[("s_1", "revoked")]);
        let send = async |secret: &Secret| {
            let (id, seconds) = (format!("rcpt_{message}"), clock::now().seconds());
            let signature = sign_standard(secret, &id, seconds, done.to_string().as_bytes());
            let seconds = seconds.to_string();
            let headers = [("webhook-id", id.as_str()), ("webhook-timestamp", &seconds), ("webhook-signature", &signature)];
            server.stranger().send("POST", &path, &headers, done.to_string()).await
        };
        let unsigned = server.stranger().post(&path, &done).await.problem(401);
        assert!(unsigned["detail"].as_str().expect("detail").contains("must be signed"), "{unsigned}");
        let listener = send(&overheard).await.problem(403);
        let why = listener["detail"].as_str().expect("detail");
        assert!(why.starts_with("its endpoint only listens"), "{listener}");
        let kept = read(server, &order).await["receipts"].as_array().and_then(|all| all.last().cloned()).expect("a receipt");
        assert_eq!((&kept["verdict"], &kept["endpoint_id"]), (&json!(format!("refused: {why}")), &siem_id), "nothing is wrong with its signature");
        assert_eq!(send(&secret).await.expect(200)["state"], "confirmed");
        let expected = [(&shop_id, "answered"), (&till_id, "acknowledged"), (&siem_id, "observed")];
        let settled = async || {
            let dossier = read(server, &order).await;
            (receptions(&dossier) == expected).then_some(dossier)
        };
        let dossier = eventually(settled).await;
        let receipts = dossier["receipts"].as_array().expect("receipts");
        assert_eq!(receipts.last().map(|one| &one["endpoint_id"]), Some(&shop_id), "{dossier}");
    }

    async fn an_order_that_only_a_listener_gets_says_at_once_that_nobody_carries_it_out(server, "--webhook-allow", "127.0.0.0/8") {
        let siem = Receiver::start(|_| (200, receipt(&[("s_1", "revoked")]).to_string())).await;
        endpoint(server, &siem, json!({ "observer": true })).await;
        log_in(server, "eve", "s_1").await;
        let order = server.app().post("/api/v1/sessions/s_1/revoke", &json!({})).await.expect(202);
        assert_eq!(order["stuck"], "no endpoint that ends sessions takes it");
        siem.wait_for(is_order).await;
        let heard = async || {
            let dossier = read(server, &order).await;
            (!dossier["receipts"].as_array().expect("receipts").is_empty()).then_some(dossier)
        };
        let dossier = eventually(heard).await;
        assert_eq!((&dossier["state"], &dossier["delivered_at"]), (&json!("requested"), &json!(null)));
        let verdict = dossier["receipts"][0]["verdict"].as_str().expect("verdict");
        assert!(verdict.starts_with("refused: ") && verdict.contains("only listens"), "{verdict}");
        let deliveries = server.app().get("/api/v1/deliveries?state=delivered").await.expect(200);
        let signature = &deliveries["rows"][0]["signature"];
        assert_eq!((&signature["receipt"], &signature["verdict"]), (&json!("invalid"), &json!(verdict)));
        server.app().get("/api/v1/revocations?after=1").await.expect(200);
        let fetched = read(server, &order).await;
        assert_eq!((&fetched["state"], &fetched["stuck"]), (&json!("delivered"), &json!(null)), "a reader of the feed took it");
    }

    async fn whoever_sends_an_order_again_is_told_to_how_many_endpoints_and_which_is_paused(server, "--webhook-allow", "127.0.0.0/8") {
        let shop = Receiver::start(|_| (202, String::new())).await;
        let (id, _) = endpoint(server, &shop, json!({})).await;
        let state = async |state: &str| {
            let path = format!("/api/v1/endpoints/{}", id.as_str().expect("id"));
            server.app().patch(&path, &json!({ "state": state })).await.expect(200);
        };
        state("paused").await;
        log_in(server, "eve", "s_1").await;
        let order = server.app().post("/api/v1/sessions/s_1/revoke", &json!({})).await.expect(202);
        let path = format!("/api/v1/revocations/{}/redeliver", order["id"].as_str().expect("id"));
        let again = server.app().post(&path, &json!({})).await.expect(202);
        assert_eq!((&again["endpoints"], &again["id"]), (&json!(0), &order["id"]));
        assert!(again["stuck"].as_str().is_some_and(|why| why.ends_with("is paused: nothing is sent to it before it is resumed")), "{again}");
        assert_eq!(receptions(&read(server, &order).await), [(&id, "held")]);
        state("active").await;
        shop.wait_for(is_order).await;
        let taken = async || {
            let read = read(server, &order).await;
            (read["state"] == "acknowledged").then_some(read)
        };
        assert_eq!(eventually(taken).await["stuck"], json!(null));
        assert_eq!(server.app().post(&path, &json!({})).await.expect(202)["endpoints"], 1);
    }

    async fn an_application_without_session_ids_ends_all_that_a_user_has(server) {
        let login = json!({ "verb": "log-in", "ip": "192.0.2.7", "user": { "id": "eve" } });
        server.app().post("/api/v1/events", &login).await.expect(200);
        let all = json!({ "scope": "all", "user_id": "eve" });
        let order = server.app().post("/api/v1/revocations", &all).await.expect(202);
        assert_eq!((&order["sessions"], &order["scope"], &order["whole"]["state"]), (&json!([]), &json!("all"), &json!("requested")));
        assert_eq!(server.app().post("/api/v1/revocations", &all).await.expect(202)["id"], order["id"], "it is open");
        let fed = server.app().get("/api/v1/revocations?after=0").await.expect(200);
        assert_eq!((&fed["rows"][0]["id"], &fed["rows"][0]["sessions"]), (&order["id"], &json!([])));
        let path = format!("/api/v1/revocations/{}/receipt", order["id"].as_str().expect("id"));
        let listed = server.app().post(&path, &receipt(&[("s_1", "revoked")])).await.problem(409);
        assert!(listed["detail"].as_str().expect("detail").contains("receipt.outcome"), "{listed}");
        let done = json!({ "receipt": { "outcome": "revoked" } });
        assert_eq!(server.app().post(&path, &done).await.expect(200)["state"], "confirmed");
        let whole = read(server, &order).await["whole"].clone();
        assert_eq!((&whole["state"], &whole["outcome"]), (&json!("confirmed"), &json!("revoked")));
    }

    async fn what_was_meant_as_a_receipt_is_told_what_is_wrong_with_it(server) {
        log_in(server, "eve", "s_1").await;
        let order = server.app().post("/api/v1/sessions/s_1/revoke", &json!({})).await.expect(202);
        let path = format!("/api/v1/revocations/{}/receipt", order["id"].as_str().expect("id"));
        let app = server.app();
        for (body, expected) in [
            (r#"{"sessions":[{"id":"s_1","outcome":"revoked"}]}"#, "not wrapped"),
            ("{'receipt': 1}", "is not JSON (key must be a string"),
            ("revoked", "the body is not JSON"),
            ("{}", "is missing: send"),
        ] {
            let problem = app.send("POST", &path, &[], body).await.problem(422);
            assert!(problem["detail"].as_str().expect("detail").contains(expected), "{body}: {problem}");
        }
    }

    async fn an_endpoint_s_answer_says_how_it_is_doing(server, "--webhook-allow", "127.0.0.0/8") {
        let receiver = Receiver::start(|_| (503, String::new())).await;
        let (id, _) = endpoint(server, &receiver, json!({})).await;
        let path = format!("/api/v1/endpoints/{}", id.as_str().expect("id"));
        let fresh = server.app().get(&path).await.expect(200);
        assert_eq!((&fresh["on_hold"], &fresh["pending"], &fresh["held"], &fresh["error_rate"]), (&json!(null), &json!(0), &json!(0), &json!(null)));
        server.app().post(&format!("{path}/test"), &json!({})).await.expect(202);
        let failing = async || {
            let read = server.app().get("/api/v1/endpoints").await.expect(200)["rows"][0].clone();
            (read["error_rate"] == 1.0 && read["on_hold"].is_object()).then_some(read)
        };
        let read = eventually(failing).await;
        assert_eq!((&read["pending"], &read["held"]), (&json!(1), &json!(0)));
        let hold = &read["on_hold"];
        assert!(hold["until"].is_string() && hold["reason"].as_str().expect("reason").contains("too much to do"), "{read}");
        server.app().patch(&path, &json!({ "state": "paused" })).await.expect(200);
        let paused = server.app().get(&path).await.expect(200);
        assert_eq!((&paused["pending"], &paused["held"], &paused["on_hold"]), (&json!(0), &json!(1), &json!(null)));
    }
}

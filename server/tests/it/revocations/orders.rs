//! Orders given by an application: one session, the listed ones, all others, all of a user.

use super::*;

/// The sessions that an order names.
fn named(order: &Value) -> Vec<&str> {
    let sessions = order["sessions"].as_array().expect("sessions").iter();
    sessions.map(|session| session["id"].as_str().expect("id")).collect()
}

on_both! {
    async fn an_order_names_what_its_scope_says(server) {
        for (user, session) in [("eve", "a"), ("eve", "b"), ("eve", "c"), ("bob", "bobs")] {
            log_in(server, user, session).await;
        }
        let app = server.app();
        for (body, expected) in [
            (json!({ "scope": "one", "sessions": ["a"] }), vec!["a"]),
            (json!({ "scope": "listed", "user_id": "eve", "sessions": ["b", "a", "unseen", "bobs"] }), vec!["b", "unseen"]),
            (json!({ "scope": "others", "user_id": "eve", "sessions": ["b"] }), vec!["a", "c", "unseen"]),
            (json!({ "scope": "all", "user_id": "bob" }), vec!["bobs"]),
        ] {
            let order = app.post("/api/v1/revocations", &body).await.expect(202);
            assert_eq!(named(&order), expected, "{body}");
            assert_eq!((&order["scope"], &order["initiated_by"]), (&body["scope"], &json!("api")));
            let path = format!("/api/v1/revocations/{}", order["id"].as_str().expect("id"));
            assert_eq!(app.get(&path).await.expect(200)["id"], order["id"]);
        }
        let first = app.post("/api/v1/revocations", &json!({ "scope": "one", "sessions": ["c"] })).await.expect(202);
        let again = json!({ "scope": "one", "user_id": "eve", "sessions": ["c"] });
        assert_eq!(app.post("/api/v1/revocations", &again).await.expect(202)["id"], first["id"], "it is open");
    }

    async fn more_sessions_than_one_order_takes_are_told_as_all_of_their_orders(server) {
        log_in(server, "eve", "a").await;
        let long: Vec<String> = (0..150).map(|number| format!("{number:0>1000}")).collect();
        let body = json!({ "scope": "listed", "user_id": "eve", "sessions": long });
        let first = server.app().post("/api/v1/revocations", &body).await.expect(202);
        let orders = first["orders"].as_array().expect("orders");
        assert_eq!((orders.len(), &orders[0]), (2, &first["id"]), "{}", first["orders"]);
        let mut named = 0;
        for order in orders {
            let one = server.app().get(&format!("/api/v1/revocations/{}", order.as_str().expect("id"))).await.expect(200);
            assert_eq!(&one["orders"], &first["orders"]);
            named += self::named(&one).len();
        }
        assert_eq!(named, long.len());
        let alone = server.app().post("/api/v1/sessions/a/revoke", &json!({})).await.expect(202);
        assert_eq!(alone.get("orders"), None, "{alone}");

        let many: Vec<_> = (150..300).map(|number| format!("{number:0>1000}")).collect();
        let (key, path) = super::hooks::legacy_source(server).await;
        let data = json!({ "user": { "id": "eve" }, "sessions": many });
        let body = json!({ "type": "session.revocation.requested", "data": data }).to_string();
        for status in ["valid", "replayed"] {
            let signature = porchlight_domain::signature::sign_legacy(&key, body.as_bytes());
            let told = server.stranger().send("POST", &path, &[("x-signature", &signature)], body.clone()).await.expect(200);
            assert_eq!((&told["status"], told["orders"].as_array().map(Vec::len)), (&json!(status), Some(2)), "{told}");
            assert_eq!(told["orders"][0], told["revocation_id"]);
        }
    }

    async fn an_application_says_why_and_how_long_it_may_take_to_end_a_session(server) {
        log_in(server, "eve", "a").await;
        log_in(server, "eve", "b").await;
        let app = server.app();
        let terms = json!({ "reason": " Left the company\n(ticket 4711) ", "confirm_seconds": 60 });
        for (scope, sessions) in [("one", json!(["a"])), ("others", json!(["a"]))] {
            let mut body = terms.clone();
            (body["scope"], body["user_id"], body["sessions"]) = (scope.into(), "eve".into(), sessions);
            let order = app.post("/api/v1/revocations", &body).await.expect(202);
            let why = json!({ "code": "application.requested", "text": "Left the company\n(ticket 4711)" });
            assert_eq!(order["reason"], why);
            let time = |field: &str| order[field].as_str().and_then(porchlight_domain::Timestamp::parse).expect("time");
            assert_eq!(time("confirm_by").since(time("requested_at")), 60 * SECOND);
            let kept = app.get(&format!("/api/v1/revocations/{}", order["id"].as_str().expect("id"))).await.expect(200);
            assert_eq!((&kept["reason"], &kept["confirm_by"]), (&why, &order["confirm_by"]));
        }
    }

    async fn a_login_into_a_session_that_a_rule_ends_is_blocked_and_told_which_rule(server) {
        for (user, effect, ended) in [("eve", "revoke(session)", "this session"), ("bob", "revoke(all)", "all sessions of the user")] {
            let name = format!("No {user}");
            let rule = json!({ "name": name, "mode": "enforce", "condition": format!("user.id == '{user}'"), "effect": effect });
            server.app().post("/api/v1/rules", &rule).await.expect(201);
            let text = format!("The rule “{name}” ends {ended}");
            let mut event = json!({ "verb": "log-in", "ip": "192.0.2.1", "user": { "id": user }, "session": { "id": user } });
            let told = server.thisdata().post("/v1/verify", &event).await.expect(200);
            assert_eq!(told["triggers"][0], text);
            for path in ["/api/v1/verify", "/api/v1/events"] {
                let judged = server.app().post(path, &event).await.expect(200);
                let reason = json!({ "decision": judged["decision"], "code": judged["reasons"][0]["code"], "text": judged["reasons"][0]["text"] });
                assert_eq!(reason, json!({ "decision": "block", "code": "rule.revoke", "text": text }), "{path}");
            }
            event["verb"] = "log-in-denied".into();
            let failed = server.app().post("/api/v1/events", &event).await.expect(200);
            assert_eq!(failed["decision"], "allow", "what failed is no login");
        }
    }

    async fn what_goes_on_in_a_session_that_was_ordered_to_end_is_blocked_and_told_why(server) {
        log_in(server, "eve", "a").await;
        let app = server.app();
        app.post("/api/v1/revocations", &json!({ "scope": "one", "sessions": ["a"] })).await.expect(202);
        let event = json!({ "verb": "access", "ip": "192.0.2.1", "user": { "id": "eve" }, "session": { "id": "a" } });
        for path in ["/api/v1/verify", "/api/v1/events"] {
            let judged = app.post(path, &event).await.expect(200);
            assert_eq!((&judged["decision"], &judged["reasons"][0]["code"]), (&json!("block"), &json!("session.revoked")));
        }
        let told = server.thisdata().post("/v1/verify", &event).await.expect(200);
        assert_eq!(told["triggers"][0], "The session was ordered to end");
        assert_eq!((&told["score"], &told["risk_level"]), (&json!(1.0), &json!("red")), "its clients read these alone");
        let mut own = event.clone();
        own["session"]["id"] = json!("another");
        assert_eq!(app.post("/api/v1/verify", &own).await.expect(200)["decision"], "allow");
    }

    async fn an_order_that_would_end_something_else_than_it_says_is_refused(server) {
        log_in(server, "eve", "a").await;
        log_in(server, "bob", "bobs").await;
        let app = server.app();
        let give = async |body: &Value| app.post("/api/v1/revocations", body).await;
        for (body, fields) in [
            (json!({ "scope": "one", "sessions": ["a", "b"] }), &["sessions"][..]),
            (json!({ "scope": "listed", "user_id": "eve" }), &["sessions"]),
            (json!({ "scope": "one", "sessions": ["a"], "reason": " " }), &["reason"]),
            (json!({ "scope": "one", "sessions": ["a"], "reason": "x".repeat(501) }), &["reason"]),
            (json!({ "scope": "one", "sessions": ["a"], "reason": "a\u{7}" }), &["reason"]),
            (json!({ "scope": "one", "sessions": ["a"], "confirm_seconds": 9 }), &["confirm_seconds"]),
            (json!({ "scope": "one", "sessions": ["a"], "reason": "", "confirm_seconds": 9 }), &["reason", "confirm_seconds"]),
            (json!({ "scope": "all", "user_id": "eve", "confirm_seconds": 86_401 }), &["confirm_seconds"]),
            (json!({ "scope": "one", "sessions": ["a"], "confirm_seconds": "60" }), &["confirm_seconds"]),
            (json!({ "scope": "listed", "sessions": ["a", ""] }), &["sessions[1]", "user_id"]),
            (json!({ "scope": "others", "user_id": "eve" }), &["sessions"]),
            (json!({ "scope": "others", "sessions": ["a"] }), &["user_id"]),
            (json!({ "scope": "all", "user_id": "eve", "sessions": ["a"] }), &["sessions"]),
            (json!({ "scope": "listed", "user_id": "eve", "sessions": vec!["a"; 1001] }), &["sessions"]),
            (json!({ "scope": "some", "user_id": "eve" }), &["scope"]),
            (json!({ "scope": "all", "user_id": "eve", "except": "a" }), &["except"]),
        ] {
            assert_eq!(give(&body).await.named_fields(), fields, "{body}");
        }
        for (order, field) in [
            (json!({ "scope": "one", "sessions": ["nothing"] }), "sessions[0]"),
            (json!({ "scope": "all", "user_id": "nobody" }), "user_id"),
            (json!({ "scope": "one", "user_id": "eve", "sessions": ["bobs"] }), "sessions[0]"),
        ] {
            assert_eq!(give(&order).await.problem(404)["errors"][0]["field"], field, "{order}");
        }
        give(&json!({ "scope": "listed", "user_id": "eve", "sessions": ["bobs"] })).await.problem(404);
        give(&json!({ "scope": "others", "user_id": "eve", "sessions": ["a"] })).await.problem(409);
        let (_, other) = server.other_project().await;
        other.post("/api/v1/revocations", &json!({ "scope": "one", "sessions": ["a"] })).await.problem(404);
        other.post("/api/v1/revocations", &json!({ "scope": "all", "user_id": "eve" })).await.problem(404);
        assert_eq!(app.get("/api/v1/revocations").await.expect(200)["rows"], json!([]));
    }

    async fn an_order_that_was_answered_without_a_receipt_is_sent_once_more_under_the_same_id(server, "--webhook-allow", "127.0.0.0/8") {
        let receiver = Receiver::start(|_| (200, String::new())).await;
        server.app().post("/api/v1/endpoints", &json!({ "url": receiver.url })).await.expect(201);
        log_in(server, "eve", "a").await;
        let app = server.app();
        let order = app.post("/api/v1/revocations", &json!({ "scope": "one", "sessions": ["a"] })).await.expect(202);
        eventually(async || (state(server, &order).await == "acknowledged").then_some(())).await;
        let path = format!("/api/v1/revocations/{}/redeliver", order["id"].as_str().expect("id"));
        let sent = app.post(&path, &json!({})).await.expect(202);
        assert_eq!((&sent["id"], &sent["state"]), (&order["id"], &json!("acknowledged")));
        let ids = eventually(async || {
            let orders: Vec<_> = receiver.received().into_iter().filter(is_order).collect();
            (orders.len() == 2).then(|| orders.iter().map(|one| one.header("webhook-id").to_owned()).collect::<Vec<_>>())
        })
        .await;
        assert!(!ids[0].is_empty() && ids[0] == ids[1], "{ids:?}");

        let (_, other) = server.other_project().await;
        other.post(&path, &json!({})).await.problem(404);
        server.stranger().post(&path, &json!({})).await.problem(401);
        let confirm = format!("/api/v1/revocations/{}/receipt", order["id"].as_str().expect("id"));
        app.post(&confirm, &receipt(&[("a", "revoked")])).await.expect(200);
        let answered = app.post(&path, &json!({})).await.problem(409);
        assert_eq!(answered["detail"], "the application has answered for every session of this order");
    }

    async fn a_filter_that_means_nothing_is_named(server) {
        let fields = async |path: &str| server.app().get(&format!("/api/v1/{path}")).await.named_fields();
        for (list, own) in [("revocations", "state"), ("deliveries", "state"), ("inbound", "status")] {
            assert_eq!(fields(&format!("{list}?{own}=lost")).await, [own], "{list}");
            for moment in ["since", "until"] {
                assert_eq!(fields(&format!("{list}?{moment}=soon")).await, [moment], "{list}");
            }
            assert_eq!(fields(&format!("{list}?nonsense=1")).await, ["nonsense"], "{list}");
        }
        assert_eq!(fields("revocations?open=perhaps").await, ["open"]);
        for of in ["revocation", "endpoint", "alert"] {
            assert_eq!(fields(&format!("deliveries?{of}=x")).await, [of]);
        }
        for of in ["revocation", "source"] {
            assert_eq!(fields(&format!("inbound?{of}=x")).await, [of]);
        }
    }
}

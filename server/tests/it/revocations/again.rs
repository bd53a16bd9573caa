//! What an application does about orders that did not do what they should, and finds them by.

use porchlight_domain::ledger;
use porchlight_domain::page::Paging;

use super::*;

fn path(order: &Value, rest: &str) -> String {
    format!("/api/v1/revocations/{}{rest}", order["id"].as_str().expect("id"))
}

/// The ids of the orders that a query finds.
async fn found(server: &TestServer, query: &str) -> Vec<Value> {
    let page = server.app().get(&format!("/api/v1/revocations?{query}")).await.expect(200);
    page["rows"].as_array().expect("rows").iter().map(|order| order["id"].clone()).collect()
}

on_both! {
    async fn what_is_not_confirmed_dead_is_ordered_again_as_in_the_console(server) {
        log_in(server, "eve", "a").await;
        log_in(server, "eve", "b").await;
        let app = server.app();
        let both = json!({ "scope": "listed", "user_id": "eve", "sessions": ["a", "b"] });
        let order = app.post("/api/v1/revocations", &both).await.expect(202);
        let open = app.post(&path(&order, "/again"), &json!({})).await.problem(409);
        assert!(open["detail"].as_str().is_some_and(|why| why.contains("still awaits its answer")), "{open}");
        let read = app.get(&path(&order, "")).await.expect(200);
        assert_eq!((&read["can_be_sent_again"], &read["can_be_ordered_again"]), (&json!(true), &json!(false)));
        app.post(&path(&order, "/receipt"), &receipt(&[("a", "revoked"), ("b", "failed")])).await.expect(200);
        let read = app.get(&path(&order, "")).await.expect(200);
        assert_eq!((&read["can_be_ordered_again"], read["alerts"].as_array().map(Vec::len)), (&json!(true), Some(1)));

        for (body, field) in [(json!({ "reason": "" }), "reason"), (json!({ "confirm_seconds": 5 }), "confirm_seconds"), (json!({ "colour": 1 }), "colour")] {
            assert_eq!(app.post(&path(&order, "/again"), &body).await.named_fields(), [field]);
        }
        let terms = json!({ "reason": "Redis is back", "confirm_seconds": 60 });
        let new = app.post(&path(&order, "/again"), &terms).await.expect(202);
        assert_ne!(new["id"], order["id"]);
        let sessions: Vec<_> = new["sessions"].as_array().expect("sessions").iter().map(|one| &one["id"]).collect();
        assert_eq!((sessions, &new["initiated_by"]), (vec![&json!("b")], &json!("api")));
        assert_eq!(new["reason"], json!({ "code": "application.requested", "text": "Redis is back" }));
        assert_eq!(app.post(&path(&order, "/again"), &json!({})).await.expect(202)["id"], new["id"], "it is open");
        let entries = ledger::list(&server.db, server.project, Paging::default()).await.expect("ledger").rows;
        let done = entries.iter().find(|entry| entry.action == "revocation.ordered_again").expect("recorded");
        assert_eq!((json!(done.subject), &done.detail["order"]), (order["id"].clone(), &new["id"]));
        assert!(done.actor.starts_with("key:"), "{}", done.actor);

        app.post(&path(&new, "/receipt"), &receipt(&[("b", "revoked")])).await.expect(200);
        let dead = app.post(&path(&new, "/again"), &json!({})).await.problem(409);
        assert!(dead["detail"].as_str().is_some_and(|why| why.contains("confirmed dead")), "{dead}");
    }

    async fn orders_that_wait_and_those_that_failed_are_found_apart_and_by_their_alert(server) {
        for session in ["a", "b", "c"] {
            log_in(server, "eve", session).await;
        }
        let app = server.app();
        let mut orders = Vec::new();
        for session in ["a", "b", "c"] {
            orders.push(app.post(&format!("/api/v1/sessions/{session}/revoke"), &json!({})).await.expect(202));
        }
        app.post(&path(&orders[1], "/receipt"), &receipt(&[("b", "failed")])).await.expect(200);
        app.post(&path(&orders[2], "/receipt"), &receipt(&[("c", "revoked")])).await.expect(200);
        assert_eq!(found(server, "waiting=true").await, [orders[0]["id"].clone()]);
        assert_eq!(found(server, "failed=true").await, [orders[1]["id"].clone()]);
        assert_eq!(found(server, "failed=true&waiting=true").await, Vec::<Value>::new());
        let read = app.get(&path(&orders[1], "")).await.expect(200);
        assert!(read["alerts"][0].is_i64(), "{read}");
        assert_eq!(found(server, &format!("alert={}", read["alerts"][0])).await, Vec::<Value>::new(), "it led to the alert, not the alert to it");
        assert_eq!(app.get("/api/v1/revocations?alert=x").await.named_fields(), ["alert"]);
        assert_eq!(app.get("/api/v1/revocations?after=0&failed=true").await.named_fields(), ["failed"]);
    }

    async fn a_user_is_looked_for_by_id_or_by_mail_address(server) {
        for (user, mail) in [("eve", "Eve@Example.com"), ("adam", "eve@example.COM"), ("bob", "bob@example.com")] {
            let event = json!({ "verb": "log-in", "ip": "192.0.2.7", "user": { "id": user, "email": mail }, "session": { "id": user } });
            server.app().post("/api/v1/events", &event).await.expect(200);
            server.app().post(&format!("/api/v1/sessions/{user}/revoke"), &json!({})).await.expect(202);
        }
        for (user, count) in [("eve", 1), ("EVE", 0), ("EVE%40example.com", 2), ("bob%40example.com", 1), ("%40example.com", 0), ("nobody%40example.com", 0)] {
            assert_eq!(found(server, &format!("user_id={user}")).await.len(), count, "{user}");
        }
        let event = json!({ "verb": "log-in", "ip": "192.0.2.7", "user": { "id": "bob", "email": "robert@example.com" }, "session": { "id": "bob-2" } });
        let judged = server.app().post("/api/v1/events", &event).await.expect(200);
        assert_eq!(judged["level"], "green", "what an unusual event says replaces nothing");
        let of = async |mail: &str| found(server, &format!("user_id={mail}")).await.len();
        assert_eq!((of("bob%40example.com").await, of("robert%40example.com").await), (0, 1), "the one that is known now");
    }
}

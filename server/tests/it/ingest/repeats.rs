//! Retries: what was stored once is not stored twice, and is answered as the first time.

use super::*;

/// The same with this header.
const fn key(value: &str) -> [(&str, &str); 1] {
    [("idempotency-key", value)]
}

on_both! {
    async fn an_id_makes_a_retry_store_nothing_and_gets_the_first_answer(server) {
        let app = server.app();
        for _ in 0..5 {
            app.post(EVENTS, &login()).await.expect(200);
        }
        let mut event = theft();
        event["id"] = "login-1".into();
        let first = app.post(EVENTS, &event).await.expect(200);
        assert_eq!(first["level"], "red");
        for _ in 0..3 {
            assert_eq!(app.post(EVENTS, &event).await.expect(200), first);
        }
        event["verb"] = "another".into();
        let refused = app.post(EVENTS, &event).await.problem(409);
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("login-1")), "{refused}");
        let batch = json!([{"verb": "new", "id": "new"}, event]);
        app.post(EVENTS, &batch).await.problem(409);
        let twins = json!([{"verb": "a", "id": "twin"}, {"verb": "b", "id": "twin"}]);
        app.post(EVENTS, &twins).await.problem(409);
        assert_eq!(stored(&app).await, 6);
        let user = app.get("/api/v1/users/112233").await.expect(200);
        assert_eq!(user["events"], 6, "{user}");
    }

    async fn an_idempotency_key_stands_for_the_id(server) {
        let app = server.app();
        let first = app.send("POST", EVENTS, &key("k-1"), login().to_string()).await.expect(200);
        assert_eq!(app.send("POST", EVENTS, &key("k-1"), login().to_string()).await.expect(200), first);
        assert_ne!(
            app.send("POST", EVENTS, &key("k-2"), login().to_string()).await.expect(200)["id"],
            first["id"]
        );
        let mut event = login();
        event["id"] = "own".into();
        let own = app.send("POST", EVENTS, &key("k-1"), event.to_string()).await.expect(200);
        assert_ne!(own["id"], first["id"], "an event's own id comes first");
        assert_eq!(stored(&app).await, 3);
    }

    async fn of_a_batch_each_event_has_its_part_of_the_key(server) {
        let app = server.app();
        let events = json!([{"verb": "a"}, {"verb": "b", "id": "own"}, {"verb": "c"}]);
        let first = app.send("POST", EVENTS, &key("batch"), events.to_string()).await.expect(200);
        assert_eq!(app.send("POST", EVENTS, &key("batch"), events.to_string()).await.expect(200), first);
        assert_eq!(
            app.post(EVENTS, &json!({"verb": "b", "id": "own"})).await.expect(200)["id"],
            first["results"][1]["id"]
        );
        let lines = "{\"verb\":\"a\"}\n{\"verb\":\"b\",\"id\":\"own\"}\n{\"verb\":\"c\"}\n";
        let headers = [NDJSON[0], ("idempotency-key", "batch")];
        assert_eq!(app.send("POST", EVENTS, &headers, lines).await.expect(200), first);
        assert_eq!(stored(&app).await, 3);
    }

    async fn the_same_id_twice_in_a_batch_is_stored_once(server) {
        let app = server.app();
        let event = json!({"verb": "v", "id": "twice"});
        let answer = ids(&app.post(EVENTS, &json!([event, {"verb": "w"}, event])).await.expect(200));
        assert_eq!(answer[0], answer[2]);
        assert_ne!(answer[0], answer[1]);
        assert_eq!(stored(&app).await, 2);
    }

    async fn an_id_belongs_to_its_project(server) {
        let (_, other) = server.other_project().await;
        let event = json!({"verb": "v", "id": "same"});
        let ours = server.app().post(EVENTS, &event).await.expect(200);
        let theirs = other.post(EVENTS, &event).await.expect(200);
        assert_ne!(ours["id"], theirs["id"]);
        other.get(&format!("{EVENTS}/{}", ours["id"].as_str().expect("id"))).await.problem(404);
    }

    async fn a_key_that_is_none_is_422_and_named(server) {
        for value in ["", " ", &"k".repeat(196), "é"] {
            let answer = server.app().send("POST", EVENTS, &key(value), login().to_string()).await;
            assert_eq!(answer.named_fields(), ["Idempotency-Key"], "{value}");
        }
        let long = "k".repeat(195);
        server.app().send("POST", EVENTS, &key(&long), json!([{"verb": "v"}]).to_string()).await.expect(200);
    }

    async fn callers_who_race_with_one_id_get_one_answer(server) {
        let app = server.app();
        let event = json!({"verb": "v", "id": "race", "user": {"id": "u"}});
        let answers = futures::future::join_all((0..32).map(|_| app.post(EVENTS, &event))).await;
        let first = answers[0].expect(200);
        for answer in &answers {
            assert_eq!(answer.expect(200), first);
        }
        assert_eq!(stored(&app).await, 1);
    }
}

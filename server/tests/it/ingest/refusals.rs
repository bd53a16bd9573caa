//! What is not taken: each refusal says why, names the field, and stores nothing.

use super::*;

on_both! {
    async fn whoever_has_no_key_gets_a_problem_and_is_told_the_scheme(server) {
        let stranger = server.stranger();
        let key = format!("bearer  {} ", server.key);
        for headers in [
            &[][..],
            &[("authorization", "Bearer pl_nobody")],
            &[("authorization", "Basic eDp5")],
            &[("authorization", "Bearer")],
        ] {
            let answer = stranger.send("POST", EVENTS, headers, login().to_string()).await;
            assert_eq!(answer.problem(401)["type"], "/problems/unauthorised", "{headers:?}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
        stranger.send("POST", EVENTS, &[("authorization", &key)], login().to_string()).await.expect(200);
        stranger.post(&format!("{EVENTS}?api_key={}", server.key), &login()).await.problem(401);
        assert_eq!(stored(&server.app()).await, 1);
    }

    async fn what_is_no_json_is_400(server) {
        let app = server.app();
        for body in [
            &b""[..],
            b" ",
            b"{",
            b"{\"verb\":",
            b"verb=log-in",
            b"{\"verb\":\"v\"} x",
            b"\xff\xfe{}",
            b"[{\"verb\":\"v\"},]",
        ] {
            let problem = app.send("POST", EVENTS, &[], body).await.problem(400);
            assert_eq!(problem["type"], "/problems/malformed");
            assert!(
                problem["detail"].as_str().is_some_and(|detail| detail.starts_with("the body is not ")),
                "{problem}"
            );
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        app.send("POST", EVENTS, &[], deep).await.problem(400);
        let problem =
            app.send("POST", EVENTS, &NDJSON, "{\"verb\":\"v\"}\n\n{\"verb\":\"v\"\n").await.problem(400);
        assert!(
            problem["detail"].as_str().is_some_and(|detail| detail.starts_with("line 3 is not JSON")),
            "{problem}"
        );
        assert_eq!(stored(&app).await, 0);
    }

    async fn wrong_types_and_unknown_keys_are_422_and_named(server) {
        let app = server.app();
        for (event, fields) in [
            (json!({}), &["verb"][..]),
            (json!({"verb": " "}), &["verb"]),
            (json!({"verb": 7}), &["verb"]),
            (json!({"verb": "v", "ip": 7}), &["ip"]),
            (json!({"verb": "v", "user_agent": []}), &["user_agent"]),
            (json!({"verb": "v", "user": "x"}), &["user"]),
            (json!({"verb": "v", "user": {"id": true}}), &["user.id"]),
            (json!({"verb": "v", "user": {"id": "1", "emial": "x"}}), &["user.emial"]),
            (json!({"verb": "v", "user": {"name": "Eve"}}), &["user.id"]),
            (json!({"verb": "v", "user": {"id": "1", "authenticated": "yes"}}), &["user.authenticated"]),
            (json!({"verb": "v", "session": {"id": 1}}), &["session.id"]),
            (json!({"verb": "v", "device": {"token": "x"}}), &["device.token"]),
            (json!({"verb": "v", "source": []}), &["source"]),
            (json!({"verb": "v", "object": [1]}), &["object"]),
            (json!({"verb": "v", "object": "text"}), &["object"]),
            (json!({"verb": "v", "vreb": "v", "IP": "1.2.3.4"}), &["IP", "vreb"]),
            (json!("verb"), &["event"]),
            (json!(null), &["event"]),
            (
                json!([{"verb": "v"}, 7, {"verb": ""}, {"verb": "v", "user": {}}, {"verb": "v", "x": 1}]),
                &["[1]", "[2].verb", "[4].x"],
            ),
        ] {
            let answer = app.post(EVENTS, &event).await;
            assert_eq!(answer.named_fields(), fields, "{event}");
            assert_eq!(answer.problem(422)["type"], "/problems/invalid");
        }
        assert_eq!(stored(&app).await, 0, "a batch with a fault is not stored in part");
    }

    async fn what_is_no_email_address_refuses_no_event_and_is_written_to_nowhere(server) {
        let app = server.app();
        for email in ["eve", "@example.com", "eve@", "e ve@example.com"] {
            let event = json!({"verb": "log-in", "user": {"id": "eve", "email": email}});
            let id = app.post(EVENTS, &event).await.expect(200)["id"].clone();
            let stored = app.get(&format!("{EVENTS}/{}", id.as_str().expect("id"))).await.expect(200);
            assert_eq!(stored["raw"]["user"]["email"], email, "the log keeps what was sent");
            assert_eq!(app.get("/api/v1/users/eve").await.expect(200)["email"], json!(null), "{email}");
        }
    }

    async fn long_fields_are_422_and_named(server) {
        let app = server.app();
        let long = "x".repeat(201);
        for (event, field) in [
            (json!({"verb": long}), "verb"),
            (json!({"verb": "v", "id": long}), "id"),
            (json!({"verb": "v", "user": {"id": long}}), "user.id"),
            (json!({"verb": "v", "session": {"id": long}}), "session.id"),
            (json!({"verb": "v", "source": {"name": long}}), "source.name"),
            (json!({"verb": "v", "source": {"logo_url": "x".repeat(2_001)}}), "source.logo_url"),
            (json!({"verb": "v", "object": {"blob": "x".repeat(64 * 1024)}}), "event"),
        ] {
            assert_eq!(app.post(EVENTS, &event).await.named_fields(), [field]);
        }
        let widest = json!({"verb": "é".repeat(200), "user": {"id": "🔑".repeat(200)}});
        app.post(EVENTS, &widest).await.expect(200);
        assert_eq!(stored(&app).await, 1, "characters count, not bytes");
    }

    async fn absurd_dates_are_422(server) {
        let app = server.app();
        for date in [
            json!("tomorrow"),
            json!("1970-01-01T00:00:00Z"),
            json!("1999-12-31T23:59:59Z"),
            json!("9999-12-31T23:59:59Z"),
            json!("2026-02-30T00:00:00Z"),
            json!("-0001-01-01T00:00:00Z"),
            json!(1_772_438_400),
            json!(at(3_600)),
            json!("1772438400"),
        ] {
            assert_eq!(
                app.post(EVENTS, &json!({"verb": "v", "occurred_at": date})).await.named_fields(),
                ["occurred_at"],
                "{date}"
            );
        }
        app.post(EVENTS, &json!({"verb": "v", "occurred_at": at(300)})).await.expect(200);
        assert_eq!(stored(&app).await, 1, "a clock may run a little ahead");
    }

    async fn a_thousand_events_are_taken_and_one_more_is_413(server) {
        let app = server.app();
        let mut events = vec![json!({"verb": "v", "user": {"id": "u"}}); 1_000];
        assert_eq!(ids(&app.post(EVENTS, &json!(events)).await.expect(200)).len(), 1_000);
        events.push(json!({"verb": "v"}));
        assert_eq!(app.post(EVENTS, &json!(events)).await.problem(413)["type"], "/problems/too-large");
        let lines = "{\"verb\":\"v\"}\n".repeat(1_001);
        app.send("POST", EVENTS, &NDJSON, lines).await.problem(413);
        assert_eq!(stored(&app).await, 1_000);
    }

    async fn a_mebibyte_is_taken_and_more_is_413_however_much_it_is(server) {
        let app = server.app();
        let padded = |size: usize| {
            let event = "{\"verb\":\"v\"}";
            format!("{event}{}", " ".repeat(size - event.len()))
        };
        app.send("POST", EVENTS, &[], padded(1024 * 1024)).await.expect(200);
        for size in [1024 * 1024 + 1, 2 * 1024 * 1024, 10_000_000] {
            for _ in 0..5 {
                assert_eq!(
                    app.send("POST", EVENTS, &[], padded(size)).await.problem(413)["type"],
                    "/problems/too-large"
                );
            }
        }
        assert_eq!(stored(&app).await, 1);
    }

    async fn nul_is_stored_as_a_replacement_character(server) {
        let event = json!({"verb": "a\u{0}b", "user": {"id": "x\u{0}y", "name": "\u{0}"}, "object": {"k\u{0}": "\u{0}"}, "user_agent": "\u{0}", "ip": "\u{0}"});
        let id = server.app().post(EVENTS, &event).await.expect(200)["id"].clone();
        let event = server.app().get(&format!("{EVENTS}/{}", id.as_str().expect("id"))).await.expect(200);
        assert_eq!((&event["verb"], &event["user"]["id"]), (&json!("a\u{fffd}b"), &json!("x\u{fffd}y")));
    }
}

//! `POST /v1/events`: everything that the clients are known to send.

use super::*;
use crate::support::wire::Wire;

on_both! {
    async fn the_body_is_json_whatever_its_content_type_says(server) {
        let kinds = [
            &[("content-type", "application/x-www-form-urlencoded")][..],
            &[("content-type", "text/json")],
            &[("content-type", "application/json; charset=utf-8")],
            &[("content-type", "nonsense")],
            &[],
        ];
        for headers in kinds {
            let answer = server.thisdata().send("POST", "/v1/events", headers, login().to_string()).await;
            assert_eq!((answer.status, answer.text.as_str()), (200, "null"), "{headers:?}");
        }
        assert_eq!(server.thisdata().get("/v1/events").await.expect(200)["total"], 5);
    }

    async fn success_is_exactly_200_and_null(server) {
        let answer = server.thisdata().post("/v1/events", &login()).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "null"));
        assert!(answer.header("content-type").starts_with("application/json"));
    }

    async fn a_client_that_expects_100_continue_is_told_to(server) {
        let body = login().to_string();
        let mut wire = Wire::open(server.address).await;
        let head = format!(
            "POST /v1/events?api_key={} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
            server.key,
            body.len()
        );
        wire.write(head.as_bytes()).await;
        let told = wire.read_until("\r\n\r\n").await;
        assert!(told.starts_with("HTTP/1.1 100 "), "{told}");
        wire.write(body.as_bytes()).await;
        let answer = wire.read_until("null").await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\nnull"), "{answer}");
    }

    async fn the_first_hop_of_a_forwarded_chain_is_the_clients_address(server) {
        let client = server.thisdata();
        for (sent, understood) in [
            ("1.2.3.4, 10.0.0.1", "1.2.3.4"),
            ("1.2.3.4:51234", "1.2.3.4"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("::ffff:1.2.3.4, 10.0.0.1", "1.2.3.4"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
        ] {
            track(&client, &json!({"verb": "access", "ip": sent})).await;
            let event = newest(&client).await;
            assert_eq!(event["location"]["ip"], understood, "{sent}");
            assert_eq!(event["raw"]["ip"], sent, "as it was sent");
        }
    }

    async fn an_address_that_cannot_be_read_loses_no_event(server) {
        let client = server.thisdata();
        track(&client, &json!({"verb": "log-in-denied", "ip": "unknown"})).await;
        assert_eq!(newest(&client).await["location"]["ip"], Value::Null);
    }

    async fn an_event_without_a_user_is_anonymous(server) {
        let client = server.thisdata();
        for user in [
            json!(null),
            json!({}),
            json!({"id": "anonymous"}),
            json!({"id": null, "name": ""}),
            json!({"id": ""}),
        ] {
            track(&client, &json!({"verb": "log-in-denied", "ip": "1.2.3.4", "user": user})).await;
            assert_eq!(newest(&client).await["user"], Value::Null, "{user}");
        }
        track(&client, &json!({"verb": "log-in-denied", "ip": "1.2.3.4"})).await;
        assert_eq!(newest(&client).await["user"], Value::Null);
        assert_eq!(server.app().get("/api/v1/users").await.expect(200)["rows"], json!([]));
    }

    async fn a_users_id_may_be_a_number(server) {
        let client = server.thisdata();
        track(&client, &json!({"verb": "log-in", "ip": "1.2.3.4", "user": {"id": 112_233}})).await;
        track(&client, &json!({"verb": "log-in", "ip": "1.2.3.4", "user": {"id": "112233"}})).await;
        assert_eq!(client.get("/v1/events?user_id=112233").await.expect(200)["total"], 2);
        assert_eq!(newest(&client).await["user"]["id"], "112233");
    }

    async fn nulls_blanks_and_unknown_fields_are_no_offence(server) {
        let client = server.thisdata();
        let sent = json!({
            "verb": "log-in", "ip": AUCKLAND, "user_agent": "", "cookie": 7, "session": {"id": null, "td_cookie_id": "", "td_cookie_expected": null},
            "user": {"id": "9", "name": "", "email": null, "mobile": "", "authenticated": null, "plan": "gold"},
            "device": {"id": null, "name": null, "os": {"version": null}}, "source": {"name": null, "logo_url": null},
            "object": {"url": "/checkout", "deep": [1, {"x": null}]},
        });
        track(&client, &sent).await;
        let event = newest(&client).await;
        assert_eq!(event["user"], json!({"id": "9", "name": null}));
        assert_eq!(event["session"], Value::Null);
        assert_eq!(event["raw"], sent, "the log keeps what was sent");
        for (field, oddity) in [
            ("session", json!([])),
            ("device", json!("phone")),
            ("source", json!(false)),
            ("user_agent", json!(7)),
        ] {
            let mut event = login();
            event[field] = oddity;
            track(&client, &event).await;
        }
    }

    async fn any_verb_is_legal(server) {
        let client = server.thisdata();
        for verb in ["log-in-challenge", "two-factor-disable", "Überweisung freigegeben", "🔑", "a,b"] {
            track(&client, &json!({"verb": verb, "ip": "1.2.3.4"})).await;
            assert_eq!(newest(&client).await["verb"], verb);
        }
    }

    async fn a_failed_login_is_green_and_teaches_no_habit(server) {
        let client = server.thisdata();
        habits(&client, 5).await;
        let mut failed = theft();
        failed["verb"] = "log-in-denied".into();
        failed["user"]["authenticated"] = false.into();
        for _ in 0..5 {
            track(&client, &failed).await;
            assert_eq!(newest(&client).await["overall_score"], 0.0);
        }
        assert_eq!(client.post("/v1/verify", &theft()).await.expect(200)["risk_level"], "red");
    }

    async fn the_cookie_tells_devices_apart_and_its_absence_is_a_signal(server) {
        let client = server.thisdata();
        habits(&client, 5).await;
        let mut other = login();
        other["session"]["td_cookie_id"] = "another".into();
        let verdict = client.post("/v1/verify", &other).await.expect(200);
        assert!(
            verdict["triggers"].as_array().expect("triggers").contains(&json!("The device is new")),
            "{verdict}"
        );
        let mut absent = login();
        absent["session"] = json!({"td_cookie_id": null, "td_cookie_expected": true});
        let verdict = client.post("/v1/verify", &absent).await.expect(200);
        let told = "The device did not identify itself";
        assert!(verdict["triggers"].as_array().expect("triggers").contains(&json!(told)), "{verdict}");
    }

    async fn what_is_missing_is_told_in_its_words(server) {
        let client = server.thisdata();
        for (body, told) in [
            (json!({"verb": "log-in", "ip": ""}), vec!["ip must not be blank"]),
            (json!({"verb": "log-in"}), vec!["ip must not be blank"]),
            (json!({"ip": "1.2.3.4"}), vec!["verb must not be blank"]),
            (json!({}), vec!["verb must not be blank", "ip must not be blank"]),
            (json!([]), vec!["event must be a JSON object"]),
            (json!("x"), vec!["event must be a JSON object"]),
            (
                json!({"verb": "v", "ip": "1.2.3.4", "user": {"id": "x".repeat(201)}}),
                vec!["user[id] must be at most 200 characters"],
            ),
            (
                json!({"verb": "v", "ip": "1.2.3.4", "session": {"id": "x".repeat(201)}}),
                vec!["session[id] must be at most 200 characters"],
            ),
        ] {
            assert_eq!(client.post("/v1/events", &body).await.messages(400), told, "{body}");
        }
        assert_eq!(client.get("/v1/events").await.expect(200)["total"], 0);
    }

    async fn what_is_no_json_is_400_and_what_is_too_large_413(server) {
        let client = server.thisdata();
        for body in [&b""[..], b"{", b"verb=log-in&ip=1.2.3.4", b"{\"verb\":\"\xff", b"{} {}"] {
            let messages = client.send("POST", "/v1/events", &[], body).await.messages(400);
            assert!(messages[0].starts_with("the body is not JSON: "), "{messages:?}");
        }
        let mut large = login();
        large["object"] = json!({"blob": "x".repeat(1024 * 1024)});
        assert_eq!(client.post("/v1/events", &large).await.messages(413).len(), 1);
    }
}

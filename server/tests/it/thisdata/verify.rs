//! `POST /v1/verify`: a score, and nothing stored.

use super::*;
use crate::support::geo::TOR;

on_both! {
    async fn a_user_seen_for_the_first_time_on_an_ordinary_network_is_green(server) {
        let verdict = server.thisdata().post("/v1/verify", &login()).await.expect(200);
        let keys: Vec<_> = verdict.as_object().expect("object").keys().map(String::as_str).collect();
        assert_eq!(keys.len(), 4, "{keys:?}");
        assert_eq!((&verdict["risk_level"], &verdict["messages"]), (&json!("green"), &json!([])));
        let score = verdict["score"].as_f64().expect("number");
        assert!((0.0..0.5).contains(&score), "{score}");
        assert_eq!(verdict["triggers"], json!([]));
    }

    async fn a_login_unlike_the_users_history_is_red_with_sentences(server) {
        let client = server.thisdata();
        habits(&client, 5).await;
        let home = client.post("/v1/verify", &login()).await.expect(200);
        assert_eq!((&home["risk_level"], &home["triggers"]), (&json!("green"), &json!([])), "as always");
        let verdict = client.post("/v1/verify", &theft()).await.expect(200);
        assert_eq!(verdict["risk_level"], "red", "{verdict}");
        let score = verdict["score"].as_f64().expect("number");
        assert!((0.85..=1.0).contains(&score), "{score}: integrations block at .85");
        assert!((score * 1000.0).fract().abs() < 1e-6, "{score} has at most three decimals");
        let triggers = verdict["triggers"].as_array().expect("array");
        for sentence in ["China is a new country", "The device is new"] {
            assert!(triggers.contains(&json!(sentence)), "{sentence} in {triggers:?}");
        }
    }

    async fn tor_is_named(server) {
        let client = server.thisdata();
        habits(&client, 3).await;
        let mut hidden = login();
        hidden["ip"] = TOR.into();
        let verdict = client.post("/v1/verify", &hidden).await.expect(200);
        let triggers = verdict["triggers"].as_array().expect("array");
        assert!(triggers.contains(&json!("Accessed from the Tor network")), "{triggers:?}");
    }

    async fn verify_stores_nothing_and_teaches_nothing(server) {
        let client = server.thisdata();
        habits(&client, 5).await;
        let first = client.post("/v1/verify", &theft()).await.expect(200);
        for _ in 0..20 {
            assert_eq!(client.post("/v1/verify", &theft()).await.expect(200), first);
        }
        let stranger = json!({"ip": "1.2.3.4", "user": {"id": "never-tracked"}});
        client.post("/v1/verify", &stranger).await.expect(200);
        assert_eq!(client.get("/v1/events").await.expect(200)["total"], 5);
        assert_eq!(
            server.app().get("/api/v1/users").await.expect(200)["rows"].as_array().map(Vec::len),
            Some(1)
        );
        assert_eq!(server.app().get("/api/v1/users/never-tracked").await.status, 404);
    }

    async fn address_and_user_are_required(server) {
        let client = server.thisdata();
        for (body, told) in [
            (json!({}), vec!["ip must not be blank", "user[id] must not be blank"]),
            (json!({"ip": "", "user": {}}), vec!["ip must not be blank", "user[id] must not be blank"]),
            (json!({"ip": "1.2.3.4"}), vec!["user[id] must not be blank"]),
            (json!({"ip": "1.2.3.4", "user": {"id": " "}}), vec!["user[id] must not be blank"]),
            (json!({"ip": "1.2.3.4", "user": {"id": null}}), vec!["user[id] must not be blank"]),
            (json!({"ip": "1.2.3.4", "user": {"id": true}}), vec!["user[id] must be text or a number"]),
            (json!({"ip": "1.2.3.4", "user": "eve"}), vec!["user must be an object"]),
            (json!({"user": {"id": "1"}}), vec!["ip must not be blank"]),
        ] {
            assert_eq!(client.post("/v1/verify", &body).await.messages(400), told, "{body}");
        }
    }

    async fn the_verb_that_dotnet_adds_and_a_number_as_id_are_taken(server) {
        let client = server.thisdata();
        habits(&client, 5).await;
        let red = client.post("/v1/verify", &theft()).await.expect(200);
        for verb in [json!("verify"), json!(null), json!(""), json!("log-in")] {
            let mut body = theft();
            body["verb"] = verb.clone();
            body["user"]["id"] = 112_233.into();
            assert_eq!(client.post("/v1/verify", &body).await.expect(200), red, "{verb}");
        }
        let form = [("content-type", "application/x-www-form-urlencoded")];
        assert_eq!(client.send("POST", "/v1/verify", &form, theft().to_string()).await.expect(200), red);
    }
}

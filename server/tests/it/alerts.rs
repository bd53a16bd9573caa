//! `/api/v1/alerts`: reading and working alerts by an application's key.

use porchlight_domain::alert::store::{Raise, raise};
use porchlight_domain::id::{AlertId, EventId};
use porchlight_domain::ledger;
use porchlight_domain::page::Paging;
use porchlight_domain::risk::Level;
use porchlight_server::clock;
use serde_json::json;

use crate::support::TestServer;

async fn raised(server: &TestServer, key: &str, level: Level) -> AlertId {
    let mut tx = server.db.begin().await.expect("begin");
    let (project, event, title) = (server.project, EventId(1), "Somebody logged in");
    let alert = Raise {
        project,
        user: None,
        event: Some(event),
        kind: "login",
        dedup_key: key,
        title,
        score: 0.9,
        level,
    };
    let raised = raise(&mut tx, alert, clock::now()).await.expect("raise");
    tx.commit().await.expect("commit");
    raised.id
}

on_both! {
    async fn alerts_are_listed_filtered_and_paged(server) {
        let red = raised(server, "a", Level::Red).await;
        let orange = raised(server, "b", Level::Orange).await;
        let ids = |page: &serde_json::Value| {
            let rows = page["rows"].as_array().expect("rows");
            rows.iter().map(|row| row["id"].as_i64().expect("a number")).collect::<Vec<_>>()
        };
        let all = server.app().get("/api/v1/alerts").await.expect(200);
        assert_eq!((ids(&all), &all["next"]), (vec![orange.0, red.0], &json!(null)));
        let first = server.app().get("/api/v1/alerts?limit=1").await.expect(200);
        let next = first["next"].as_str().expect("a cursor");
        let second = server.app().get(&format!("/api/v1/alerts?limit=1&cursor={next}")).await.expect(200);
        assert_eq!([ids(&first), ids(&second)].concat(), [orange.0, red.0]);
        assert_eq!(ids(&server.app().get("/api/v1/alerts?level=red&state=open").await.expect(200)), [red.0]);
        assert!(ids(&server.app().get("/api/v1/alerts?user_id=nobody").await.expect(200)).is_empty());
        assert_eq!(server.app().get("/api/v1/alerts?state=snoozed").await.named_fields(), ["state"]);
        assert_eq!(server.app().get("/api/v1/alerts?level=purple").await.named_fields(), ["level"]);
        assert_eq!(ids(&server.app().get("/api/v1/alerts?kind=login&limit=1").await.expect(200)).len(), 1);
        assert!(ids(&server.app().get("/api/v1/alerts?answer=no").await.expect(200)).is_empty());
        for field in ["kind", "answer"] {
            assert_eq!(server.app().get(&format!("/api/v1/alerts?{field}=purple")).await.named_fields(), [field]);
        }
        server.stranger().get("/api/v1/alerts").await.problem(401);
    }

    async fn an_alert_about_guesses_at_an_account_comes_with_its_figures(server) {
        let failed = json!({"verb": "log-in-denied", "ip": "45.1.1.3", "user": {"id": "eve"}});
        for _ in 0..30 {
            server.app().post("/api/v1/events", &failed).await.expect(200);
        }
        let all = server.app().get("/api/v1/alerts").await.expect(200);
        assert_eq!((all["rows"].as_array().map(Vec::len), &all["rows"][0]["kind"]), (Some(1), &json!("wave")), "{all}");
        let alert = server.app().get(&format!("/api/v1/alerts/{}", all["rows"][0]["id"])).await.expect(200);
        assert_eq!((&alert["wave"]["origin"]["kind"], &alert["wave"]["origin"]["from"]), (&json!("bruteforce"), &json!("eve")), "{alert}");
        assert!(alert["wave"]["failures"].as_i64().is_some_and(|failures| (1..=30).contains(&failures)), "{alert}");
    }

    async fn guesses_at_a_second_factor_are_told_and_a_right_one_after_them_is_no_proof(server) {
        let does = |verb: &str| json!({"verb": verb, "ip": "45.1.1.3", "user": {"id": "eve"}, "session": {"id": "s"}});
        server.app().post("/api/v1/events", &does("log-in")).await.expect(200);
        for failure in 1..=12 {
            let judged = server.app().post("/api/v1/events", &does("authentication-challenge-fail")).await.expect(200);
            assert_eq!(judged["reasons"][0]["code"] == json!("account.challenge.failures"), failure >= 5, "{failure}: {judged}");
        }
        let passed = server.app().post("/api/v1/events", &does("authentication-challenge-pass")).await.expect(200);
        assert_eq!(passed["reasons"][0]["code"], json!("account.challenge.guessed"), "{passed}");
        let all = server.app().get("/api/v1/alerts").await.expect(200);
        let row = &all["rows"].as_array().and_then(|rows| rows.iter().find(|row| row["kind"] == json!("wave"))).expect("told");
        assert_eq!(row["title"], json!("The second factor of eve is being guessed"));
        let alert = server.app().get(&format!("/api/v1/alerts/{}", row["id"])).await.expect(200);
        let wave = &alert["wave"];
        assert_eq!((&wave["origin"]["kind"], &wave["beside"]), (&json!("secondfactor"), &json!([])), "{alert}");
        // Its figures begin with the second in which it opened, at the tenth.
        assert!(wave["failures"].as_i64().is_some_and(|failures| (3..=12).contains(&failures)), "{alert}");
    }

    async fn an_application_works_an_alert_and_the_ledger_names_its_key(server) {
        let id = raised(server, "a", Level::Red).await;
        let path = format!("/api/v1/alerts/{id}");
        let taken = server.app().post(&format!("{path}/acknowledge"), &json!({})).await.expect(200);
        assert_eq!((&taken["state"], &taken["level"], &taken["question"]), (&json!("acknowledged"), &json!("red"), &json!(null)));
        server.app().post(&format!("{path}/acknowledge"), &json!({})).await.problem(409);
        let closing = json!({"resolution": "false_alarm", "note": "a trip"});
        let closed = server.app().post(&format!("{path}/close"), &closing).await.expect(200);
        assert_eq!((&closed["state"], &closed["resolution"], &closed["note"]), (&json!("closed"), &json!("false_alarm"), &json!("a trip")));
        server.app().post(&format!("{path}/close"), &closing).await.problem(409);
        assert_eq!(server.app().get(&path).await.expect(200), closed);
        let entries = ledger::list(&server.db, server.project, Paging::default()).await.expect("ledger").rows;
        let by_key: Vec<_> = entries.iter().filter(|e| e.actor.starts_with("key:key_")).map(|e| e.action.as_str()).collect();
        assert_eq!(by_key, ["alert.closed", "alert.acknowledged"]);
    }

    async fn what_is_wrong_with_a_closing_is_said(server) {
        let path = format!("/api/v1/alerts/{}/close", raised(server, "a", Level::Red).await);
        assert_eq!(server.app().post(&path, &json!({"resolution": "maybe"})).await.named_fields(), ["resolution"]);
        let long = json!({"resolution": "expected", "note": "x".repeat(4_001)});
        assert_eq!(server.app().post(&path, &long).await.named_fields(), ["note"]);
        for (body, field) in [
            (json!({}), "resolution"),
            (json!({"resolution": 5}), "resolution"),
            (json!({"resolution": "expected", "foo": 1}), "foo"),
            (json!({"resolution": "expected", "note": "a\u{0}"}), "note"),
            (json!({"resolution": "expected", "answer_seen": "maybe"}), "answer_seen"),
            (json!([]), "body"),
        ] {
            assert_eq!(server.app().post(&path, &body).await.named_fields(), [field]);
        }
        server.app().send("POST", &path, &[], "{").await.problem(400);
        server.app().send("POST", &path, &[], vec![0xff]).await.problem(400);
    }

    async fn another_projects_alert_is_not_found(server) {
        let id = raised(server, "a", Level::Red).await;
        let (_, other) = server.other_project().await;
        other.get(&format!("/api/v1/alerts/{id}")).await.problem(404);
        other.post(&format!("/api/v1/alerts/{id}/acknowledge"), &json!({})).await.problem(404);
        other.post(&format!("/api/v1/alerts/{id}/close"), &json!({"resolution": "expected"})).await.problem(404);
        for nonsense in ["x", "-1", "99999999999999999999", "0"] {
            server.app().get(&format!("/api/v1/alerts/{nonsense}")).await.problem(404);
        }
        assert_eq!(server.app().get(&format!("/api/v1/alerts/{id}")).await.expect(200)["state"], "open");
    }
}

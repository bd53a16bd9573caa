//! The thief who comes again: every session of theirs dies with the "no", and the next one at once.

use porchlight_domain::project::Settings;
use serde_json::{Value, json};

use super::Stage;
use crate::support::eventually;
use crate::support::geo::BEIJING;

/// Another login from where the theft was.
async fn comes_again(stage: &Stage, session: &str) -> Value {
    let login = json!({"verb": "log-in", "ip": BEIJING, "user": {"id": "112233", "email": "thief@example.com"},
        "device": {"id": "thief"}, "session": {"id": session},
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Firefox/126.0"});
    stage.server.app().post("/api/v1/events", &login).await.expect(200)
}

/// Waits until the application has confirmed that this session ended.
async fn ended(stage: &Stage, session: &str) {
    let path = format!("/api/v1/sessions/{session}");
    let app = stage.server.app();
    eventually(async || Some(app.get(&path).await.expect(200)).filter(|one| one["state"] == "revoked")).await;
}

on_both_engines! {
    async fn a_no_kills_every_session_of_the_thief_in_one_order(fresh) {
        let stage = Stage::set(fresh, Settings::default()).await;
        stage.theft().await;
        comes_again(&stage, "s-thief-2").await;
        stage.answer("no").await;
        let order = stage.thisdata.wait_for(|one| one.json()["was_user"] == false).await.json();
        assert_eq!(order["sessions"], json!([{"id": "s-thief"}, {"id": "s-thief-2"}]));
        assert_eq!(order["scope"], "listed");
        for session in ["s-thief", "s-thief-2"] {
            ended(&stage, session).await;
        }
        let home = stage.server.app().get("/api/v1/sessions/s-home-4").await.expect(200);
        assert_eq!((&home["state"], &home["revoked"]), (&json!("live"), &json!(false)));
        stage.server.stop().await;
    }

    async fn after_a_no_the_thief_is_blocked_told_and_out_at_once(fresh) {
        let stage = Stage::set(fresh, Settings::default()).await;
        stage.theft().await;
        stage.answer("no").await;
        ended(&stage, "s-thief").await;
        let again = comes_again(&stage, "s-thief-3").await;
        assert_eq!((&again["level"], &again["decision"]), (&json!("red"), &json!("block")), "{again}");
        ended(&stage, "s-thief-3").await;
        let alerts = stage.server.app().get("/api/v1/alerts").await.expect(200);
        let kinds: Vec<_> = alerts["rows"].as_array().expect("rows").iter().map(|one| &one["kind"]).collect();
        assert_eq!(kinds, ["login.repeat", "login"], "{alerts}");
        let told = stage.standard.wait_for(|one| one.json()["data"]["alert"]["kind"] == "login.repeat").await.json();
        assert_eq!((&told["type"], &told["data"]["alert"]["id"]), (&json!("alert.opened"), &alerts["rows"][0]["id"]));
        let user = &told["data"]["user"];
        assert_eq!((&user["email"], &user["claimed_email"]), (&json!("eve@example.com"), &json!("thief@example.com")));
        let orders = stage.server.app().get("/api/v1/revocations").await.expect(200);
        let newest = &orders["rows"][0];
        assert_eq!((&newest["reason"]["code"], &newest["initiated_by"]), (&json!("user.reported"), &json!("rule")));
        assert_eq!((&newest["alert_id"], &newest["state"]), (&alerts["rows"][0]["id"], &json!("confirmed")));
        eventually(async || (stage.told(&json!(null)).len() == 2).then_some(())).await;
        assert_eq!(stage.told(&json!(false)).len(), 1, "the order of a repeat goes out typed");
        let flat = stage.told(&json!(null)).pop().expect("told").json();
        assert_eq!(flat["user"], json!({"id": "112233", "name": "Eve Smith", "email": "eve@example.com"}));
        assert_eq!(stage.mailbox.wait_for(2).await.len(), 2);
        stage.server.stop().await;
    }
}

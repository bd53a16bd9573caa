//! The main job from end to end: a login is judged, its user asked, and the stolen session dies, with evidence for each
//! step.

mod operators;
mod repeats;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use porchlight_domain::operator::Actor;
use porchlight_domain::project::{Settings, store as projects};
use porchlight_server::clock;
use serde_json::{Value, json};
use sha2::Sha512;

use crate::support::geo::{AUCKLAND, BEIJING};
use crate::support::mailbox::{Mailbox, Manner, decoded};
use crate::support::receiver::{Received, Receiver};
use crate::support::{Fresh, TestServer, at, eventually};

const DAY: i64 = 86_400;

/// All that a story needs: a server that asks users, their mailbox, and an application on two endpoints, one of each
/// format.
struct Stage {
    server: TestServer,
    mailbox: Mailbox,
    standard: Receiver,
    thisdata: Receiver,
    secret: String,
}

impl Stage {
    async fn set(fresh: Fresh, settings: Settings) -> Self {
        let mailbox = Mailbox::open(Manner::Takes).await;
        let flags = ["--smtp-url", &mailbox.url, "--webhook-allow", "127.0.0.0/8"];
        let server = TestServer::start(fresh, &flags).await;
        let settings = Settings { ask_users: true, ..settings };
        projects::update(&server.db, &Actor::System, server.project, "Shop", settings, clock::now())
            .await
            .expect("settings");
        // The modern endpoint only listens; the one of ThisData's format ends what it is told to.
        let standard = Receiver::start(|_| (200, String::new())).await;
        let thisdata = Receiver::start(|received| (200, receipt(&received.json()))).await;
        let app = server.app();
        app.post("/api/v1/endpoints", &json!({"url": standard.url})).await.expect(201);
        let made = app
            .post("/api/v1/endpoints", &json!({"url": thisdata.url, "format": "thisdata"}))
            .await
            .expect(201);
        let secret = made["secret"].as_str().expect("secret").to_owned();
        Self { server, mailbox, standard, thisdata, secret }
    }

    /// Eve logs in five times from home; then somebody logs in as her from Beijing. Returns that judgement.
    async fn theft(&self) -> Value {
        let login = |session: &str, ip: &str, device: &str, agent: &str, when: i64| {
            json!({
                "verb": "log-in", "ip": ip, "user_agent": agent, "occurred_at": at(when), "device": {"id": device},
                "session": {"id": session}, "user": {"id": "112233", "name": "Eve Smith", "email": "eve@example.com"},
            })
        };
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0";
        for n in 0..5 {
            let home = login(&format!("s-home-{n}"), AUCKLAND, "laptop", chrome, (n - 5) * DAY);
            let judged = self.server.app().post("/api/v1/events", &home).await.expect(200);
            assert_eq!(judged["level"], "green", "{judged}");
        }
        let theft =
            login("s-thief", BEIJING, "thief", "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Firefox/126.0", 0);
        self.server.app().post("/api/v1/events", &theft).await.expect(200)
    }

    /// Answers the question in the mail as a person would.
    async fn answer(&self, answer: &str) {
        let mail = decoded(&self.mailbox.wait_for(1).await[0]);
        let (_, link) = mail.split_once(&format!("http://{}", self.server.address)).expect("a link");
        let path = link.split_once("?a=").expect("an answer").0;
        let browser = self.server.stranger();
        let page = browser.get(&format!("{path}?a={answer}")).await.text;
        let number =
            page.split_once("class=\"number\">").and_then(|(_, rest)| rest.get(..2)).expect("a number");
        let thanks = browser.post_form(path, &format!("answer={answer}&number={number}")).await;
        assert_eq!(thanks.status, 200, "{}", thanks.text);
    }

    async fn alert(&self) -> Value {
        let page = self.server.app().get("/api/v1/alerts").await.expect(200);
        assert_eq!(page["rows"].as_array().map(Vec::len), Some(1), "{page}");
        page["rows"][0].clone()
    }

    fn told(&self, was_user: &Value) -> Vec<Received> {
        self.thisdata
            .received()
            .into_iter()
            .filter(|one| one.json().get("was_user") == Some(was_user))
            .collect()
    }
}

/// What the application says it did: it ended every session that the webhook names.
fn receipt(webhook: &Value) -> String {
    // At the top level in ThisData's format, in `data` where no question caused the order.
    let order = if webhook["sessions"].is_array() { webhook } else { &webhook["data"] };
    let sessions = order["sessions"].as_array().into_iter().flatten();
    let ended: Vec<_> = sessions.map(|session| json!({"id": session["id"], "outcome": "revoked"})).collect();
    if ended.is_empty() {
        return String::new();
    }
    json!({"receipt": {"revocation_id": order["revocation_id"], "sessions": ended}}).to_string()
}

/// ThisData's signature: HMAC-SHA512 in hex of the raw body, keyed with the secret as it was shown.
fn legacy_signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(body);
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

fn types(received: &[Received]) -> Vec<String> {
    let mut types: Vec<_> =
        received.iter().map(|one| one.json()["type"].as_str().unwrap_or("untyped").to_owned()).collect();
    types.sort();
    types
}

on_both_engines! {
    async fn a_no_kills_the_stolen_session_and_shows_it(fresh) {
        let stage = Stage::set(fresh, Settings::default()).await;
        let theft = stage.theft().await;
        assert_eq!((&theft["level"], &theft["decision"]), (&json!("red"), &json!("challenge")));
        assert!(theft["reasons"].as_array().is_some_and(|reasons| reasons.len() >= 2), "{theft}");

        let anomaly = stage.thisdata.wait_for(|one| one.json()["was_user"].is_null()).await;
        let body = anomaly.json();
        let alert = stage.alert().await;
        assert_eq!(
            (&body["version"], &body["verb"], &body["ip"]),
            (&json!(1), &json!("log-in"), &json!(BEIJING))
        );
        assert_eq!(body["user"], json!({"id": "112233", "name": "Eve Smith", "email": "eve@example.com"}));
        assert_eq!((&body["alert"]["id"], &body["alert"]["description"]), (&alert["id"], &alert["title"]));
        assert!(body["alert"]["id"].as_u64().is_some_and(|id| id < 1 << 53), "{body}");
        assert!(anomaly.body.is_ascii());
        assert_eq!(anomaly.header("x-signature"), legacy_signature(&stage.secret, &anomaly.body));
        assert!(
            anomaly.header("webhook-signature").starts_with("v1,")
                && !anomaly.header("webhook-id").is_empty()
        );

        stage.answer("no").await;
        let order = stage.thisdata.wait_for(|one| one.json()["was_user"] == false).await;
        let body = order.json();
        assert_eq!(body["sessions"].as_array().map(Vec::len), Some(1), "the suspicious one alone: {body}");
        assert_eq!((&body["sessions"][0]["id"], &body["alert"]["id"]), (&json!("s-thief"), &alert["id"]));
        assert!(body["confirm_by"].is_string(), "{body}");
        assert_eq!(order.header("x-signature"), legacy_signature(&stage.secret, &order.body));

        let revocation = format!("/api/v1/revocations/{}", body["revocation_id"].as_str().expect("id"));
        let app = stage.server.app();
        let confirmed = eventually(async || {
            Some(app.get(&revocation).await.expect(200)).filter(|one| one["state"] == "confirmed")
        })
        .await;
        assert_eq!(confirmed["sessions"][0]["state"], "confirmed", "{confirmed}");
        assert_eq!(app.get("/api/v1/sessions/s-thief").await.expect(200)["state"], "revoked");
        assert_eq!(app.get("/api/v1/sessions/s-home-4").await.expect(200)["revoked"], false);
        let alert = stage.alert().await;
        assert_eq!((&alert["question"]["answer"], &alert["state"]), (&json!("no"), &json!("open")));

        stage.standard.wait_for(|one| one.json()["type"] == "session.revocation.requested").await;
        eventually(async || (stage.standard.received().len() >= 3).then_some(())).await;
        assert_eq!(
            types(&stage.standard.received()),
            ["alert.opened", "question.answered", "session.revocation.requested"]
        );
        assert_eq!(
            (stage.told(&json!(null)).len(), stage.told(&json!(false)).len()),
            (1, 1),
            "each exactly once"
        );
        assert_eq!(stage.mailbox.mails().len(), 1);
        stage.server.stop().await;
    }

    async fn a_no_ends_all_sessions_where_the_project_wants_it(fresh) {
        let stage = Stage::set(fresh, Settings { revoke_all_on_no: true, ..Settings::default() }).await;
        stage.theft().await;
        stage.answer("no").await;
        let order = stage.thisdata.wait_for(|one| one.json()["was_user"] == false).await.json();
        let mut named: Vec<_> = order["sessions"]
            .as_array()
            .expect("sessions")
            .iter()
            .map(|one| one["id"].as_str().expect("id").to_owned())
            .collect();
        named.sort();
        assert_eq!(named, ["s-home-0", "s-home-1", "s-home-2", "s-home-3", "s-home-4", "s-thief"]);
        stage.server.stop().await;
    }

    async fn a_yes_closes_the_alert_orders_nothing_and_is_believed_next_time(fresh) {
        let stage = Stage::set(fresh, Settings::default()).await;
        stage.theft().await;
        stage.answer("yes").await;
        let told = stage.thisdata.wait_for(|one| one.json()["was_user"] == true).await.json();
        assert_eq!((told.get("revocation_id"), told.get("sessions")), (None, None), "{told}");
        let alert = stage.alert().await;
        assert_eq!((&alert["state"], &alert["resolution"]), (&json!("closed"), &json!("confirmed_by_user")));
        assert_eq!(stage.server.app().get("/api/v1/revocations").await.expect(200)["rows"], json!([]));
        let again = stage.theft().await;
        assert_eq!(again["level"], "green", "{again}");
        assert_eq!(stage.alert().await["id"], alert["id"], "no second alert");
        assert_eq!(stage.mailbox.mails().len(), 1, "nor a second mail");
        stage.server.stop().await;
    }

    async fn a_theft_that_goes_on_is_one_alert_and_one_question(fresh) {
        let stage = Stage::set(fresh, Settings::default()).await;
        stage.theft().await;
        for _ in 0..3 {
            let theft = json!({"verb": "log-in", "ip": BEIJING, "user": {"id": "112233"}, "device": {"id": "thief"}, "session": {"id": "s-thief"},
                "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Firefox/126.0"});
            stage.server.app().post("/api/v1/events", &theft).await.expect(200);
        }
        stage.mailbox.wait_for(1).await;
        stage.thisdata.wait_for(|one| one.json()["was_user"].is_null()).await;
        assert_eq!(stage.alert().await["events"], 4);
        let deliveries = stage.server.app().get("/api/v1/deliveries").await.expect(200);
        assert_eq!(
            deliveries["rows"].as_array().map(Vec::len),
            Some(2),
            "one to each endpoint: {deliveries}"
        );
        assert_eq!(stage.mailbox.mails().len(), 1);
        stage.server.stop().await;
    }
}

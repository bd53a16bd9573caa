//! What lists and pages say without being opened further: why, by whom, about what.

use porchlight_domain::operator::{Actor, Browser, Role, store as operators};
use porchlight_domain::project::{Settings, store as projects};
use porchlight_domain::revocation::store as orders;
use porchlight_domain::time::DAY;
use porchlight_server::clock;
use serde_json::{Value, json};

use super::*;
use crate::support::geo::{AUCKLAND, BEIJING};
use crate::support::receiver::Receiver;
use crate::support::{Caller, PASSWORD, TestServer, at, eventually};

/// The part of a page that is the page's own, without the marks that hydration looks for.
async fn main_of(operator: &Caller, path: &str) -> String {
    let answer = operator.send("GET", path, &[BY_ITSELF], "").await;
    assert_eq!(answer.status, 200, "{path}");
    let main = answer.text.split("<main").nth(1).and_then(|main| main.split("</main>").next());
    main.unwrap_or_else(|| panic!("{path}: {}", answer.text)).replace("<!>", "")
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap_or_else(|| panic!("{thing}"))
}

async fn log_in(server: &TestServer, session: &str) {
    let event =
        json!({"verb": "log-in", "ip": "192.0.2.7", "user": {"id": "eve"}, "session": {"id": session}});
    server.app().post("/api/v1/events", &event).await.expect(200);
}

/// A login that is unlike Eve's usual ones, in a project that asks its users.
async fn theft(server: &TestServer) {
    let settings = Settings { ask_users: true, ..Settings::default() };
    projects::update(&server.db, &Actor::System, server.project, "Shop", settings, clock::now())
        .await
        .expect("ask");
    let login = |ip: &str, device: &str, when: String| {
        json!({"verb": "log-in", "ip": ip, "user_agent": device, "occurred_at": when, "device": {"id": device},
            "session": {"id": format!("{device}-{when}")}, "user": {"id": "eve", "email": "eve@example.com"}})
    };
    let home: Vec<_> = (1..6).map(|day| login(AUCKLAND, "home", at((day - 7) * 86_400))).collect();
    server.app().post("/api/v1/events", &json!(home)).await.expect(200);
    let theft = server.app().post("/api/v1/events", &login(BEIJING, "thief", at(0))).await.expect(200);
    assert_eq!(theft["level"], "red", "{theft}");
}

on_both! {
    async fn why_a_webhook_failed_is_seen_before_anything_is_opened(server, "--webhook-allow", "127.0.0.0/8") {
        let receiver = Receiver::start(|_| (503, String::new())).await;
        let endpoint = server.app().post("/api/v1/endpoints", &json!({"url": receiver.url})).await.expect(201);
        let test = server.app().post(&format!("/api/v1/endpoints/{}/test", id(&endpoint)), &json!({})).await.expect(202);
        let delivery = test["delivery"].as_str().expect("id");
        let failed = || async {
            server.app().get(&format!("/api/v1/deliveries/{delivery}")).await.expect(200)["last_error"].is_string().then_some(())
        };
        eventually(failed).await;
        let (viewer, project) = (server.operator(Role::Viewer).await, server.project);
        let list = main_of(&viewer, &format!("/p/{project}/deliveries")).await;
        assert!(list.contains(">answered 503</td>"), "{list}");
        let page = main_of(&viewer, &format!("/p/{project}/deliveries/{delivery}")).await;
        let closed = page.split("<details").next().expect("what is not opened");
        assert!(closed.contains("The last attempt failed: answered 503."), "{page}");
    }

    async fn what_confirms_an_order_is_shown_to_administrators_only(server) {
        server.app().post("/api/v1/endpoints", &json!({"url": "https://receiver.example/"})).await.expect(201);
        log_in(server, "s_1").await;
        server.app().post("/api/v1/sessions/s_1/revoke", &json!({})).await.expect(202);
        let deliveries = server.app().get("/api/v1/deliveries?type=session.revocation.requested").await.expect(200);
        let path = format!("/p/{}/deliveries/{}", server.project, deliveries["rows"][0]["id"].as_str().expect("id"));
        for (role, shown) in [(Role::Viewer, false), (Role::Analyst, false), (Role::Admin, true)] {
            let page = main_of(&server.operator(role).await, &path).await;
            assert!(page.contains("receipt_url"), "{page}");
            let seen = (page.contains("/receipts/"), page.contains("[left out: for administrators]"));
            assert_eq!(seen, (shown, !shown), "{role:?}: {page}");
        }
    }

    async fn whoever_ordered_sessions_ended_is_named(server) {
        for session in ["s_1", "s_2"] {
            log_in(server, session).await;
        }
        let now = clock::now();
        let ann = operators::create(&server.db, &Actor::System, "ann@example.com", "Ann Lee", PASSWORD, Role::Analyst, now)
            .await
            .expect("operator");
        let cookie = format!("porchlight_session={}", operators::open_session(&server.db, ann.id, &Browser::default(), now).await.expect("session"));
        let ann = server.stranger().with("cookie", &cookie);
        let project = server.project;
        let done = ann.send("POST", &path_of("revoke_session"), &[FORM], format!("project={project}&session=s_1")).await;
        assert!(matches!(done.status, 200 | 302), "{}: {}", done.status, done.text);
        server.app().post("/api/v1/sessions/s_2/revoke", &json!({})).await.expect(202);

        let orders = server.app().get("/api/v1/revocations").await.expect(200)["rows"].clone();
        let user = orders[0]["user"]["key"].as_str().expect("key").to_owned();
        let list = main_of(&ann, &format!("/p/{project}/revocations")).await;
        assert!(list.contains("by API key test") && list.contains("by Ann Lee"), "{list}");
        let user = main_of(&ann, &format!("/p/{project}/users/{user}")).await;
        assert!(user.contains("API key test<small>") && user.contains("Ann Lee<small>"), "{user}");
        for (order, name) in [(&orders[0], "API key test"), (&orders[1], "Ann Lee")] {
            let page = main_of(&ann, &format!("/p/{project}/revocations/{}", id(order))).await;
            assert_eq!(page.matches(name).count(), 2, "as a fact and in the history: {page}");
            assert!(!page.contains("operator:") && !page.contains("key:"), "no raw id: {page}");
        }
        let ledger = main_of(&ann, &format!("/p/{project}/ledger")).await;
        assert!(ledger.contains(">Ann Lee</td>") && ledger.contains(">API key test</td>"), "{ledger}");
    }

    async fn an_alert_that_no_judgement_opened_says_what_happened_and_leads_to_the_orders(server) {
        log_in(server, "s_1").await;
        server.app().post("/api/v1/sessions/s_1/revoke", &json!({})).await.expect(202);
        orders::overdue(&server.db, clock::now().plus(DAY)).await.expect("overdue");
        let alert = server.app().get("/api/v1/alerts").await.expect(200)["rows"][0].clone();
        assert_eq!(alert["kind"], "revocation.unconfirmed");
        let (viewer, project) = (server.operator(Role::Viewer).await, server.project);
        let page = main_of(&viewer, &format!("/p/{project}/alerts/{}", alert["id"])).await;
        assert!(page.contains("What happened") && page.contains("take them for alive"), "{page}");
        assert!(page.contains(&format!("href=\"/p/{project}/revocations?user=eve\"")), "{page}");
        assert!(!page.contains("Nothing about it is unusual"), "{page}");
    }

    async fn a_mail_in_the_outbox_leads_to_its_alert(server) {
        theft(server).await;
        let alert = server.app().get("/api/v1/alerts").await.expect(200)["rows"][0]["id"].to_string();
        let (admin, project) = (server.operator(Role::Admin).await, server.project);
        let outbox = main_of(&admin, &format!("/p/{project}/outbox")).await;
        assert!(outbox.contains(&format!("<a href=\"/p/{project}/alerts/{alert}\">Alert {alert}</a>")), "{outbox}");
    }

    async fn an_inbound_webhook_is_shown_at_its_source_alone_and_its_receipt_token_to_administrators(server) {
        let source = server.app().post("/api/v1/sources", &json!({"name": "Desk", "scheme": "thisdata", "secret": "hello"})).await.expect(201);
        let other = server.app().post("/api/v1/sources", &json!({"name": "Other", "scheme": "thisdata"})).await.expect(201);
        let body = json!({"was_user": false, "user": {"id": "nobody"}, "receipt_url": "https://other.example/receipts/rct_secret"}).to_string();
        let path = format!("/hooks/{}", source["slug"].as_str().expect("slug"));
        server.stranger().send("POST", &path, &[("x-signature", "00"), ("cookie", "never=kept")], body).await.expect(401);
        let received = server.app().get("/api/v1/inbound").await.expect(200);
        let (project, received) = (server.project, id(&received["rows"][0]).to_owned());
        let page = |source: &Value| format!("/p/{project}/inbound/{}/{received}", id(source));
        for (role, shown) in [(Role::Viewer, "[left out: for administrators]"), (Role::Admin, "rct_secret")] {
            let operator = server.operator(role).await;
            let main = main_of(&operator, &page(&source)).await;
            for told in [shown, "x-signature was made with another secret or over other bytes", "not known here", "x-signature: 00", "known here as typed #"] {
                assert!(main.contains(told), "{role:?} {told}: {main}");
            }
            assert!(!main.contains("never=kept"), "{main}");
            assert_eq!(main.contains("rct_secret"), role == Role::Admin, "{role:?}");
            let elsewhere = operator.send("GET", &page(&other), &[BY_ITSELF], "").await;
            assert_eq!(elsewhere.status, 404);
            let list = main_of(&operator, &format!("/p/{project}/inbound")).await;
            assert!(!list.contains("receipt_url"), "what was sent is on its own page: {list}");
        }
    }
}

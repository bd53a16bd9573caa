//! The page behind the mail's links: who may look, what looking does, and what counts as an answer.

use porchlight_domain::alert::{Alert, AlertFilter, State, store as alerts};
use porchlight_domain::db::Db;
use porchlight_domain::operator::{Actor, Role};
use porchlight_domain::page::Paging;
use porchlight_domain::project::{Settings, store as projects};
use porchlight_domain::question::Answer;
use serde_json::json;

use crate::revocations::stretches::figure;
use crate::support::geo::{self, AUCKLAND, BEIJING};
use crate::support::mailbox::{Mailbox, Manner, decoded};
use crate::support::{Caller, Fresh, TestServer, at};
use porchlight_server::clock;

const CHROME: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36";
const DAY: i64 = 86_400;

/// A server whose users are asked, and the path of the question that a stolen login caused: `/q/…`.
async fn asked(fresh: Fresh, name: &str) -> (TestServer, Mailbox, String) {
    asked_with(fresh, name, &[]).await
}

/// The same with more flags of the command line.
async fn asked_with(fresh: Fresh, name: &str, flags: &[&str]) -> (TestServer, Mailbox, String) {
    let mailbox = Mailbox::open(Manner::Takes).await;
    let server = TestServer::start(fresh, &[&["--smtp-url", &mailbox.url], flags].concat()).await;
    let settings = Settings {
        ask_users: true,
        support_contact: Some("help@shop.example".into()),
        ..Settings::default()
    };
    projects::update(&server.db, &Actor::System, server.project, "Shop", settings, clock::now())
        .await
        .expect("ask");
    let login = |ip: &str, device: &str, agent: &str, when: String| {
        json!({"verb": "log-in", "ip": ip, "user_agent": agent, "occurred_at": when, "device": {"id": device},
            "session": {"id": format!("{device}-{when}")}, "user": {"id": "eve", "name": name, "email": "eve@example.com"}})
    };
    let home: Vec<_> = (1..6).map(|n| login(AUCKLAND, "home", CHROME, at(n * DAY - 7 * DAY))).collect();
    server.app().post("/api/v1/events", &json!(home)).await.expect(200);
    let theft =
        server.app().post("/api/v1/events", &login(BEIJING, "thief", "curl/8", at(0))).await.expect(200);
    assert_eq!(theft["level"], "red", "{theft}");
    let mail = decoded(&mailbox.wait_for(1).await[0]);
    let base = format!("http://{}", server.address);
    let (_, link) = mail.split_once(&base).expect("a link");
    let path = link.split_once("?a=no").expect("the first link is no").0.to_owned();
    (server, mailbox, path)
}

async fn alert(db: &Db, server: &TestServer) -> Alert {
    let page =
        alerts::list(db, server.project, &AlertFilter::default(), Paging::default()).await.expect("alerts");
    page.rows.into_iter().next().expect("an alert")
}

/// The number that the page shows to whoever reads it.
async fn number(browser: &Caller, path: &str) -> String {
    let page = browser.get(&format!("{path}?a=no")).await.text;
    let (_, rest) = page.split_once("class=\"number\">").expect("a number");
    rest.split_once('<').expect("its end").0.to_owned()
}

on_both_engines! {
    async fn looking_changes_nothing_and_loads_nothing_from_elsewhere(fresh) {
        let (server, mailbox, path) = asked(fresh, "Eve Smith").await;
        let scanner = server.stranger();
        for query in ["", "?a=no", "?a=yes", "?a=maybe", "?a=%ff", "?answer=no&number=10"] {
            let page = scanner.get(&format!("{path}{query}")).await;
            assert_eq!(page.status, 200, "{query}");
            assert!(page.text.contains("Beijing, China (approximately)") && page.text.contains(BEIJING), "{}", page.text);
            for forbidden in ["<script", "http://", "https://", "src=", "eve@example.com"] {
                assert!(!page.text.contains(forbidden), "{forbidden}: {}", page.text);
            }
            assert_eq!(page.header("referrer-policy"), "no-referrer");
            assert_eq!(page.header("cache-control"), "no-store");
            assert!(page.header("x-robots-tag").contains("noindex"));
            let policy = page.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.contains("form-action 'self'"), "{policy}");
        }
        assert_eq!(scanner.send("HEAD", &format!("{path}?a=no"), &[], "").await.status, 200);
        assert_eq!(alert(&server.db, &server).await.answer(), None);
        assert_eq!(mailbox.mails().len(), 1);
        server.stop().await;
    }

    async fn the_maker_of_the_places_is_named_in_the_mail_and_on_the_page(fresh) {
        let (server, mailbox, path) = asked_with(fresh, "Eve Smith", &["--geo-dir", geo::by_dbip()]).await;
        let mail = decoded(&mailbox.mails()[0]);
        for page in [mail, server.stranger().get(&path).await.text, server.stranger().get(&format!("{path}?a=no")).await.text] {
            assert!(page.contains("Beijing, China"), "{page}");
            assert!(page.contains("<a href=\"https://db-ip.com/\"") && page.contains(">IP Geolocation by DB-IP</a>"), "{page}");
        }
        server.stop().await;
    }

    async fn an_operators_cookie_does_not_stand_in_the_way_of_an_answer(fresh) {
        let (server, _mailbox, path) = asked(fresh, "Eve Smith").await;
        let operator = server.operator(Role::Viewer).await;
        let form = format!("answer=no&number={}&website=", number(&operator, &path).await);
        // What browsers send with the form of a page that says `no-referrer`, over plain HTTP.
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", "null")];
        let thanks = operator.send("POST", &path, &headers, form).await;
        assert_eq!(thanks.status, 200, "{}", thanks.text);
        assert_eq!(alert(&server.db, &server).await.answer(), Some(Answer::No));
        let change = operator.send("POST", "/fn/porchlight_app/pages/sign_in/sign_out", &headers, "").await;
        assert_eq!(change.status, 403, "elsewhere it does");
        server.stop().await;
    }

    async fn what_a_program_submits_is_no_answer(fresh) {
        let (server, _mailbox, path) = asked(fresh, "Eve Smith").await;
        let (scanner, right) = (server.stranger(), number(&server.stranger(), &path).await);
        let wrong = if right == "10" { "11" } else { "10" };
        let forms = ["".to_owned(), "answer=no".into(), "answer=no&number=".into(), "number=47".into(), "answer=no&number=&website=".into(),
            format!("answer=no&number={wrong}"), "answer=no&number=test&website=test".into(),
            format!("answer=no&number={right}&website=http%3A%2F%2Fx"), format!("answer=maybe&number={right}"),
            "%ff%fe=%00&&&=".into()];
        for form in &forms {
            let page = scanner.post_form(&path, form).await;
            assert_eq!(page.status, 422, "{form}: {}", page.text);
            assert!(page.text.contains("Was this you?"), "{form}: the page again");
        }
        assert_eq!(scanner.send("POST", &format!("{path}?a=no"), &[], "\u{0}not a form").await.status, 422);
        assert_eq!(scanner.post_form(&path, &format!("answer=no&number={right}&x={}", "x".repeat(5_000))).await.status, 413);
        assert_eq!(scanner.send("PUT", &path, &[], "answer=no").await.status, 405);
        assert_eq!(alert(&server.db, &server).await.answer(), None);
        let hint = scanner.post_form(&path, "answer=no&number=").await.text;
        assert!(hint.contains("type the number too") && hint.contains("value=\"no\""), "{hint}");
        server.stop().await;
    }

    async fn an_operators_threat_and_a_users_no_are_not_overruled_unknowingly(fresh) {
        let (server, _mailbox, path) = asked(fresh, "Eve Smith").await;
        let (person, right) = (server.stranger(), number(&server.stranger(), &path).await);
        let close = format!("/api/v1/alerts/{}/close", alert(&server.db, &server).await.id);
        let closing = |resolution: &str| json!({"resolution": resolution});
        server.app().post(&close, &closing("confirmed_threat")).await.expect(200);
        let noted = person.post_form(&path, &format!("number={right}&answer=yes")).await;
        assert_eq!(noted.status, 200, "{}", noted.text);
        assert!(noted.text.contains("We noted it and told the people who run Shop.") && !noted.text.contains("is known now"), "{}", noted.text);
        assert_eq!(alert(&server.db, &server).await.answer(), None);
        assert_eq!(person.post_form(&path, &format!("number={right}&answer=no")).await.status, 200, "their no is heard");
        server.app().post(&close, &closing("confirmed_by_user")).await.problem(409);
        let mut seen = closing("expected");
        seen["answer_seen"] = json!("none");
        server.app().post(&close, &seen).await.problem(409);
        assert_eq!(server.app().post(&close, &closing("expected")).await.expect(200)["resolution"], "expected", "who does not say what they saw");
        server.stop().await;
    }

    async fn a_person_who_types_the_number_is_heard_once(fresh) {
        let (server, _mailbox, path) = asked(fresh, "Eve Smith").await;
        let (person, right) = (server.stranger(), number(&server.stranger(), &path).await);
        let thanks = person.post_form(&path, &format!("number=+{right}+&answer=no&website=")).await;
        assert_eq!(thanks.status, 200, "{}", thanks.text);
        for expected in ["Thank you", "told the people who run Shop", "sign out everywhere", "change your password at Shop", "help@shop.example"] {
            assert!(thanks.text.contains(expected), "{expected}: {}", thanks.text);
        }
        let alert_now = alert(&server.db, &server).await;
        assert_eq!((alert_now.answer(), alert_now.state), (Some(Answer::No), State::Open));
        assert_eq!(alert_now.question.and_then(|question| question.answered_from).as_deref(), Some("127.0.0.1"));
        for again in [person.post_form(&path, &format!("number={right}&answer=yes")).await, person.get(&path).await] {
            assert_eq!(again.status, 410);
            assert!(again.text.contains("No, it wasn’t me") && again.text.contains("first answer counts"), "{}", again.text);
        }
        assert_eq!(alert(&server.db, &server).await.answer(), Some(Answer::No));
        server.stop().await;
    }

    async fn after_a_yes_the_link_still_hears_a_no(fresh) {
        let (server, _mailbox, path) = asked(fresh, "Eve Smith").await;
        let (person, right) = (server.stranger(), number(&server.stranger(), &path).await);
        assert_eq!(person.post_form(&path, &format!("number={right}&answer=yes&website=")).await.status, 200);
        let told = person.get(&path).await;
        assert!(told.status == 200 && told.text.contains("?a=no") && told.text.contains("not your answer"), "{}", told.text);
        assert_eq!(person.get(&format!("{path}?a=yes")).await.text, told.text);
        assert!(person.get(&format!("{path}?a=no")).await.text.contains("number"));
        let no = person.post_form(&path, &format!("number={right}&answer=no&website=")).await;
        assert!(no.status == 200 && no.text.contains("Thank you"), "{}", no.text);
        assert_eq!(alert(&server.db, &server).await.answer(), Some(Answer::No));
        assert_eq!(person.get(&path).await.status, 410);
        server.stop().await;
    }

    async fn an_operator_who_is_signed_in_can_answer_in_the_same_browser(fresh) {
        let (server, _mailbox, path) = asked(fresh, "Eve Smith").await;
        let right = number(&server.stranger(), &path).await;
        let browser = server.operator(Role::Owner).await.with("origin", "null").with("sec-fetch-site", "same-origin");
        assert_eq!(browser.post_form(&path, &format!("number={right}&answer=yes")).await.status, 200);
        assert_eq!(alert(&server.db, &server).await.answer(), Some(Answer::Yes));
        server.stop().await;
    }

    async fn guessing_ends_after_twenty_tries(fresh) {
        let (server, _mailbox, path) = asked(fresh, "Eve Smith").await;
        let (scanner, right) = (server.stranger(), number(&server.stranger(), &path).await);
        for _ in 0..20 {
            assert_eq!(scanner.post_form(&path, "number=00&answer=no").await.status, 422);
        }
        assert_eq!(scanner.post_form(&path, &format!("number={right}&answer=no")).await.status, 429);
        assert_eq!(scanner.get(&path).await.status, 200, "looking is still free");
        assert_eq!(alert(&server.db, &server).await.answer(), None);
        server.stop().await;
    }

    async fn unknown_and_expired_links_say_so(fresh) {
        let (server, _mailbox, path) = asked(fresh, "Eve Smith").await;
        let person = server.stranger();
        for unknown in ["/q/q_unknown", "/q/%00", "/q/%ff", &format!("/q/{}", "x".repeat(4_000)), &path[..path.len() - 1]] {
            for page in [person.get(unknown).await, person.post_form(unknown, "number=10&answer=no").await] {
                assert!(matches!(page.status, 400 | 404), "{unknown:.20}: {}", page.status);
            }
        }
        let mut tx = server.db.begin().await.expect("begin");
        sqlx::query("UPDATE question SET expires_at = $1").bind(clock::now().0).execute(tx.conn()).await.expect("expire");
        tx.commit().await.expect("commit");
        for page in [person.get(&path).await, person.post_form(&path, "number=10&answer=no").await] {
            assert_eq!(page.status, 410);
            assert!(page.text.contains("has expired") && page.text.contains("change your password at Shop"), "{}", page.text);
        }
        server.stop().await;
    }

    async fn a_hostile_name_is_inert_in_mail_and_page(fresh) {
        let (server, mailbox, path) = asked(fresh, "<script>alert(1)</script>\r\nBcc: all@example.com").await;
        let mail = decoded(&mailbox.mails()[0]);
        assert!(!mail.lines().any(|line| line.starts_with("Bcc:")), "{mail}");
        for text in [mail, server.stranger().get(&path).await.text] {
            assert!(!text.contains("<script"), "{text}");
        }
        server.stop().await;
    }

    async fn how_long_a_user_took_to_answer_is_measured_and_counted(fresh) {
        let (server, _mailbox, path) = asked(fresh, "Eve Smith").await;
        // So long that no other test of this process comes near it.
        let long = 11 * DAY;
        let mut tx = server.db.begin().await.expect("begin");
        sqlx::query("UPDATE question SET asked_at = asked_at - $1").bind(long * 1_000_000).execute(tx.conn()).await.expect("asked");
        tx.commit().await.expect("commit");
        let counted = async || figure(&server.stranger().get("/metrics").await.text, "sum", "ask_to_answer");
        let (before, person) = (counted().await, server.stranger());
        let right = number(&person, &path).await;
        assert_eq!(person.post_form(&path, &format!("number={right}&answer=no")).await.status, 200);
        assert!(counted().await - before >= long as f64, "in seconds, since the question");
        let times = server.app().get("/api/v1/revocations/times").await.expect(200);
        let took = &times["ask_to_answer"];
        assert_eq!(took["orders"], 1, "{times}");
        assert!(took["p50_us"].as_i64().is_some_and(|us| us >= long * 1_000_000), "{times}");
        server.stop().await;
    }
}

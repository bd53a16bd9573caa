//! The native ingest API: what is answered, what is refused, and that 200 means on disk.

mod durability;
mod refusals;
mod repeats;

use serde_json::{Value, json};

use crate::support::geo::{AUCKLAND, BEIJING};
use crate::support::{Caller, at};

const EVENTS: &str = "/api/v1/events";
const NDJSON: [(&str, &str); 1] = [("content-type", "application/x-ndjson")];

/// A login of Eve's from home.
fn login() -> Value {
    json!({
        "verb": "log-in", "ip": AUCKLAND, "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0",
        "user": {"id": "112233", "name": "Eve Smith"}, "session": {"id": "s-home"}, "device": {"id": "laptop"},
    })
}

/// A login as Eve by somebody else.
fn theft() -> Value {
    json!({
        "verb": "log-in", "ip": BEIJING, "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Firefox/126.0",
        "user": {"id": "112233"}, "session": {"id": "s-thief"}, "device": {"id": "thief"},
    })
}

/// How many events the project has.
async fn stored(app: &Caller) -> u64 {
    let path = "/v1/events?limit=1";
    app.get(path).await.expect(200)["total"].as_u64().expect("total")
}

/// The ids of `{"results": […]}`.
fn ids(answer: &Value) -> Vec<String> {
    let results = answer["results"].as_array().unwrap_or_else(|| panic!("{answer}"));
    results.iter().map(|one| one["id"].as_str().expect("id").to_owned()).collect()
}

on_both! {
    async fn one_event_answers_one_judgement(server) {
        let app = server.app();
        let judged = app.post(EVENTS, &login()).await.expect(200);
        let keys: Vec<_> = judged.as_object().expect("object").keys().cloned().collect();
        assert_eq!(keys, ["decision", "id", "level", "reasons", "score"], "sorted");
        assert_eq!(
            (&judged["level"], &judged["decision"], &judged["reasons"]),
            (&json!("green"), &json!("allow"), &json!([]))
        );
        let path = format!("{EVENTS}/{}", judged["id"].as_str().expect("id"));
        let event = app.get(&path).await.expect(200);
        assert_eq!(
            (&event["id"], &event["verb"], &event["ip"]),
            (&judged["id"], &json!("log-in"), &json!(AUCKLAND))
        );
        assert_eq!((&event["session_id"], &event["device_id"]), (&json!("s-home"), &json!("laptop")));
        assert_eq!(event["user"]["id"], "112233");
        assert_eq!(event["detail"]["place"]["city"], "Auckland");
        assert_eq!(event["raw"], login());
    }

    async fn a_login_unlike_the_history_is_red_with_codes_and_sentences(server) {
        let app = server.app();
        for _ in 0..5 {
            app.post(EVENTS, &login()).await.expect(200);
        }
        let judged = app.post(EVENTS, &theft()).await.expect(200);
        assert_eq!((&judged["level"], &judged["decision"]), (&json!("red"), &json!("challenge")), "{judged}");
        let country = json!({"code": "net.country.new", "text": "China is a new country"});
        assert!(judged["reasons"].as_array().expect("reasons").contains(&country), "{judged}");
        let alerted = app.get(&format!("{EVENTS}?level=red")).await.expect(200);
        assert!(alerted["rows"][0]["alert_id"].is_i64(), "{alerted}");
    }

    async fn an_array_and_ndjson_are_answered_in_order(server) {
        let app = server.app();
        let events: Vec<_> = (0..20)
            .map(|n| json!({"verb": format!("v{n}"), "user": {"id": format!("u{}", n % 3)}}))
            .collect();
        let lines = events.iter().map(|event| format!("{event}\r\n\n")).collect::<String>();
        let array = app.post(EVENTS, &json!(events)).await.expect(200);
        let ndjson = app.send("POST", EVENTS, &NDJSON, lines).await.expect(200);
        for answer in [&array, &ndjson] {
            for (n, id) in ids(answer).iter().enumerate() {
                assert_eq!(app.get(&format!("{EVENTS}/{id}")).await.expect(200)["verb"], format!("v{n}"));
            }
        }
        assert_eq!((ids(&array).len(), ids(&ndjson).len(), stored(&app).await), (20, 20, 40));
    }

    async fn ndjson_under_another_name_is_told_its_own(server) {
        let two = "{\"verb\": \"a\"}\n{\"verb\": \"b\"}\n";
        let answer = server.app().send("POST", EVENTS, &[("content-type", "application/json")], two).await;
        let problem = answer.problem(400);
        assert!(problem["detail"].as_str().is_some_and(|text| text.contains("application/x-ndjson")), "{problem}");
        let broken = server.app().send("POST", EVENTS, &[], "{\"verb\": ").await.problem(400);
        assert!(!broken["detail"].as_str().is_some_and(|text| text.contains("ndjson")), "{broken}");
    }

    async fn an_empty_batch_stores_nothing_and_is_no_fault(server) {
        let app = server.app();
        assert_eq!(app.post(EVENTS, &json!([])).await.expect(200), json!({"results": []}));
        assert_eq!(app.send("POST", EVENTS, &NDJSON, "\n").await.expect(200), json!({"results": []}));
        assert_eq!(stored(&app).await, 0);
    }

    async fn a_batch_teaches_as_it_goes(server) {
        let mut events = vec![login(); 6];
        events.push(theft());
        events.push(login());
        let answer = server.app().post(EVENTS, &json!(events)).await.expect(200);
        let levels: Vec<_> =
            answer["results"].as_array().expect("results").iter().map(|one| one["level"].clone()).collect();
        assert_eq!(levels[..6], vec![json!("green"); 6]);
        assert_eq!(levels[6..], [json!("red"), json!("green")]);
    }

    async fn a_late_event_is_placed_where_it_happened(server) {
        let app = server.app();
        for (verb, seconds) in [("second", -3_600), ("first", -7_200), ("third", -60)] {
            app.post(EVENTS, &json!({"verb": verb, "occurred_at": at(seconds)})).await.expect(200);
        }
        let page = app.get(EVENTS).await.expect(200);
        let verbs: Vec<_> =
            page["rows"].as_array().expect("rows").iter().map(|row| row["verb"].clone()).collect();
        assert_eq!(verbs, ["third", "second", "first"]);
        assert!(page["rows"][2]["received_at"].as_str() > page["rows"][2]["occurred_at"].as_str());
    }

    async fn times_of_any_offset_are_one_moment(server) {
        let app = server.app();
        for (sent, stored) in [
            ("2024-02-29T23:59:59.5+12:00", "2024-02-29T11:59:59.500Z"),
            ("2024-02-29t11:59:59z", "2024-02-29T11:59:59.000Z"),
            ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00.000Z"),
        ] {
            let id =
                app.post(EVENTS, &json!({"verb": "v", "occurred_at": sent})).await.expect(200)["id"].clone();
            let event = app.get(&format!("{EVENTS}/{}", id.as_str().expect("id"))).await.expect(200);
            assert_eq!(event["occurred_at"], stored, "{sent}");
        }
    }

    async fn history_that_is_imported_alarms_nobody(server) {
        let app = server.app();
        let mut events: Vec<_> = (0..6)
            .map(|day| {
                let mut event = login();
                event["occurred_at"] = at(-86_400 * (40 - day)).into();
                event
            })
            .collect();
        let mut old = theft();
        old["occurred_at"] = at(-86_400 * 30).into();
        events.push(old);
        let answer = app.post(EVENTS, &json!(events)).await.expect(200);
        assert_eq!(answer["results"][6]["level"], "red", "it is judged all the same");
        let page = app.get(&format!("{EVENTS}?level=red")).await.expect(200);
        assert_eq!(page["rows"][0]["alert_id"], Value::Null);
    }

    async fn verify_judges_alike_and_stores_and_teaches_nothing(server) {
        let app = server.app();
        for _ in 0..5 {
            app.post(EVENTS, &login()).await.expect(200);
        }
        let first = app.post("/api/v1/verify", &theft()).await.expect(200);
        assert_eq!((first.get("id"), &first["level"]), (None, &json!("red")));
        let mut without_verb = theft();
        without_verb.as_object_mut().expect("object").remove("verb");
        for _ in 0..10 {
            assert_eq!(app.post("/api/v1/verify", &without_verb).await.expect(200), first);
        }
        assert_eq!(stored(&app).await, 5);
        let mut tracked = app.post(EVENTS, &theft()).await.expect(200);
        tracked.as_object_mut().expect("object").remove("id");
        assert_eq!(tracked, first, "track says what verify said");
    }

    async fn sessions_of_the_same_name_in_two_projects_are_two(server) {
        let (_, other) = server.other_project().await;
        server.app().post(EVENTS, &login()).await.expect(200);
        let id = other
            .post(EVENTS, &json!({"verb": "access", "user": {"id": "x"}, "session": {"id": "s-home"}}))
            .await
            .expect(200)["id"]
            .clone();
        let page = server.app().get(&format!("{EVENTS}?session_id=s-home")).await.expect(200);
        assert_eq!(page["rows"].as_array().map(Vec::len), Some(1));
        server.app().get(&format!("{EVENTS}/{}", id.as_str().expect("id"))).await.problem(404);
        assert_eq!(
            other.get(&format!("{EVENTS}?session_id=s-home")).await.expect(200)["rows"][0]["user"]["id"],
            "x"
        );
    }

    async fn an_ipv6_zone_and_a_forwarded_chain_are_read(server) {
        let app = server.app();
        for (sent, understood) in [
            (json!("fe80::1%eth0"), json!("fe80::1")),
            (json!("[fe80::1%25eth0]:443"), json!("fe80::1")),
            (json!("1.2.3.4, 10.0.0.1"), json!("1.2.3.4")),
            (json!("::ffff:1.2.3.4"), json!("1.2.3.4")),
            (json!("garbage"), json!(null)),
        ] {
            let id = app.post(EVENTS, &json!({"verb": "v", "ip": sent})).await.expect(200)["id"].clone();
            let event = app.get(&format!("{EVENTS}/{}", id.as_str().expect("id"))).await.expect(200);
            assert_eq!((&event["ip"], &event["raw"]["ip"]), (&understood, &sent));
        }
    }

    async fn what_no_unicode_text_can_hold_hides_no_login(server) {
        let app = server.app();
        let body = |name: &str| format!(r#"{{"verb":"log-in","user":{{"id":"u","name":"{name}"}}}}"#);
        for (name, kept) in [("\\ud800bob", "\u{fffd}bob"), ("bob\\udfff", "bob\u{fffd}"), ("\\ud83d\\ude00", "😀")] {
            let id = app.send("POST", EVENTS, &[], body(name)).await.expect(200)["id"].clone();
            let event = app.get(&format!("{EVENTS}/{}", id.as_str().expect("id"))).await.expect(200);
            assert_eq!(event["raw"]["user"]["name"], kept);
        }
    }

    async fn what_says_neither_who_nor_whence_is_not_judged(server) {
        let app = server.app();
        let told = app.post("/api/v1/verify", &json!({"verb": "log-in"})).await.expect(422);
        assert_eq!(told["errors"], json!([
            {"field": "ip", "message": "must not be blank"}, {"field": "user.id", "message": "must not be blank"},
        ]));
        let forged = json!({"ip": "unknown", "user": {"id": "u"}});
        app.post("/api/v1/verify", &forged).await.expect(200);
    }

    async fn a_user_agent_of_a_megabyte_is_cut_says_so_and_hides_no_login(server) {
        let mut event = login();
        event["user_agent"] = "é".repeat(500_000).into();
        let id = server.app().post(EVENTS, &event).await.expect(200)["id"].clone();
        let event = server.app().get(&format!("{EVENTS}/{}", id.as_str().expect("id"))).await.expect(200);
        let kept = event["detail"]["user_agent"].as_str().expect("an agent");
        assert!(kept.len() <= 2_048 && kept.ends_with("é [cut from 1000000 bytes]"), "{kept}");
        assert_eq!(event["raw"]["user_agent"], kept);
    }
}

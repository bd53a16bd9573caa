//! The contract of ThisData's clients: what they send is taken, what they expect is answered.

mod events;
mod rules;
mod track;
mod verify;

use serde_json::{Value, json};

use crate::support::geo::{AUCKLAND, BEIJING};
use crate::support::{Answer, Caller};

/// The user agent of the contract's sample.
const CHROME: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_6) AppleWebKit/537.36 (KHTML, like Gecko) \
                      Chrome/52.0.2743.116 Safari/537.36";
/// Somebody else's.
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0";

/// A login of Eve's from home.
fn login() -> Value {
    json!({
        "verb": "log-in", "ip": AUCKLAND, "user_agent": CHROME,
        "user": {"id": "112233", "name": "Eve Smith", "email": "eve.smith@example.com"},
        "session": {"id": "s-home", "td_cookie_id": "laptop"},
    })
}

/// A login as Eve from another country, with another browser, on another device.
fn theft() -> Value {
    json!({
        "verb": "log-in", "ip": BEIJING, "user_agent": FIREFOX, "user": {"id": "112233"},
        "session": {"id": "s-thief", "td_cookie_id": "thief"},
    })
}

/// Tracks it; anything but success fails the test.
async fn track(client: &Caller, event: &Value) {
    assert_eq!(client.post("/v1/events", event).await.expect(200), Value::Null);
}

/// Eve logs in from home so many times.
async fn habits(client: &Caller, logins: usize) {
    for _ in 0..logins {
        track(client, &login()).await;
    }
}

/// The newest event, as the log tells it.
async fn newest(client: &Caller) -> Value {
    client.get("/v1/events?limit=1").await.expect(200)["results"][0].clone()
}

on_both! {
    async fn every_spelling_reaches_the_same_handler(server) {
        let client = server.thisdata();
        for path in ["/v1/events", "/v1/events.json"] {
            assert_eq!(client.post(path, &login()).await.expect(200), Value::Null, "{path}");
        }
        for path in ["/v1/events", "/v1/events.json", "/events", "/events.json"] {
            assert_eq!(client.get(path).await.expect(200)["total"], 2, "{path}");
        }
        for path in ["/v1/verify", "/v1/verify.json"] {
            assert_eq!(client.post(path, &login()).await.expect(200)["risk_level"], "green", "{path}");
        }
        for path in ["/v1/rules", "/v1/rules.json"] {
            assert_eq!(client.get(path).await.expect(200), json!([]), "{path}");
        }
    }

    async fn whoever_has_no_key_gets_401_with_messages(server) {
        let stranger = server.stranger();
        let refused = |answer: &Answer| assert_eq!(answer.messages(401), ["api_key is missing or not valid"]);
        for query in ["", "?api_key=", "?api_key=pl_nobody", "?API_KEY=x", "?api_key[]=x"] {
            for (method, path) in [
                ("GET", "/v1/events"),
                ("POST", "/v1/events"),
                ("POST", "/v1/events.json"),
                ("GET", "/events"),
                ("GET", "/events.json"),
                ("POST", "/v1/verify"),
                ("POST", "/v1/verify.json"),
                ("GET", "/v1/rules"),
                ("POST", "/v1/rules"),
                ("GET", "/v1/rules/1"),
                ("POST", "/v1/rules/1"),
                ("DELETE", "/v1/rules/1"),
            ] {
                refused(&stranger.send(method, &format!("{path}{query}"), &[], login().to_string()).await);
            }
        }
        assert_eq!(server.thisdata().get("/v1/events").await.expect(200)["total"], 0, "and stored nothing");
    }

    async fn a_path_that_leads_nowhere_is_404_with_messages(server) {
        for path in ["/v1/nothing", "/v1/events/x", "/v1/%ff", "/v1/rules/1/2", "/v1/events.xml"] {
            for (method, body) in [("GET", ""), ("POST", "{}"), ("DELETE", "")] {
                for caller in [server.stranger(), server.thisdata()] {
                    let answer = caller.send(method, path, &[], body).await;
                    let told = format!("there is no {path}; there are /v1/events, /v1/verify and /v1/rules");
                    assert_eq!(answer.messages(404), [told], "{method} {path}");
                }
            }
        }
        let client = server.thisdata();
        for id in ["undefined", "%ff", "0", "99999999999999999999"] {
            client.get(&format!("/v1/rules/{id}")).await.messages(404);
            client.delete(&format!("/v1/rules/{id}")).await.messages(404);
        }
    }

    async fn a_path_that_is_not_for_this_is_405_with_messages(server) {
        for (method, path, allowed) in [
            ("PUT", "/v1/events", "GET,HEAD,POST"),
            ("DELETE", "/v1/events.json", "GET,HEAD,POST"),
            ("POST", "/events", "GET,HEAD"),
            ("GET", "/v1/verify", "POST"),
            ("PATCH", "/v1/rules", "GET,HEAD,POST"),
            ("PUT", "/v1/rules/1", "GET,HEAD,POST,DELETE"),
        ] {
            for caller in [server.stranger(), server.thisdata()] {
                let answer = caller.send(method, path, &[], "{}").await;
                let told = format!("{path} is not for {method}; the header Allow says what it is for");
                assert_eq!(answer.messages(405), [told], "{method} {path}");
                assert_eq!(answer.header("allow"), allowed, "{method} {path}");
            }
        }
    }

    async fn the_key_is_taken_among_other_parameters_and_in_a_bearer_header(server) {
        let path = format!("/v1/events?expire=1&api_key={}&verbs[]=a&verbs[]=b&x=%ff", server.key);
        server.stranger().get(&path).await.expect(200);
        server.app().get("/v1/events").await.expect(200);
        server.app_with("pl_nobody").get("/v1/events").await.messages(401);
    }

    async fn a_revoked_key_is_refused_within_seconds(server) {
        use porchlight_domain::{operator::Actor, project::store};
        let client = server.thisdata();
        track(&client, &login()).await;
        let keys = store::keys(&server.db, server.project).await.expect("keys");
        let now = porchlight_server::clock::now();
        store::revoke_key(&server.db, &Actor::System, server.project, keys[0].id, now)
            .await
            .expect("revoked");
        crate::support::eventually(async || (client.get("/v1/events").await.status == 401).then_some(()))
            .await;
        client.post("/v1/events", &login()).await.messages(401);
    }

    async fn another_projects_events_and_rules_are_not_seen(server) {
        track(&server.thisdata(), &login()).await;
        let rule = json!({"name": "Mine", "filters": ["1.2.3.4"]});
        let id = server.thisdata().post("/v1/rules", &rule).await.expect(201)["id"].clone();
        let path = format!("/v1/rules/{}", id.as_str().expect("text"));
        let (_, other) = server.other_project().await;
        assert_eq!(other.get("/v1/events").await.expect(200), json!({"total": 0, "results": []}));
        assert_eq!(other.get("/v1/rules").await.expect(200), json!([]));
        other.get(&path).await.messages(404);
        other.post(&path, &json!({"name": "Theirs"})).await.messages(404);
        other.delete(&path).await.messages(404);
        assert_eq!(server.thisdata().get(&path).await.expect(200)["name"], "Mine");
    }
}

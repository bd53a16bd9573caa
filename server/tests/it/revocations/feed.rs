//! Applications that fetch their orders: by long poll and by stream.

use std::time::{Duration, Instant};

use super::*;
use crate::support::within;

async fn order(server: &TestServer, session: &str) -> Value {
    log_in(server, "eve", session).await;
    server.app().post(&format!("/api/v1/sessions/{session}/revoke"), &json!({})).await.expect(202)
}

fn ids(page: &Value) -> Vec<&Value> {
    page["rows"].as_array().expect("rows").iter().map(|row| &row["id"]).collect()
}

/// A stream that is open, read piece by piece.
struct Open {
    answer: reqwest::Response,
    read: String,
}

impl Open {
    async fn at(server: &TestServer, last: Option<&str>) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("client");
        let mut request =
            http.get(format!("http://{}/api/v1/revocations/stream", server.address)).bearer_auth(&server.key);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = request.send().await.expect("answers");
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (200, &"text/event-stream".parse().expect("header"))
        );
        Self { answer, read: String::new() }
    }

    /// The next event's id and order; None when the stream ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned())
                };
                let found = field("id:").zip(field("data:"));
                self.read = rest.to_owned();
                if let Some((id, data)) = found {
                    return Some((id, serde_json::from_str(&data).expect("json")));
                }
                continue;
            }
            match within(self.answer.chunk()).await {
                Ok(Some(chunk)) => self.read.push_str(std::str::from_utf8(&chunk).expect("text")),
                _ => return None,
            }
        }
    }
}

on_both! {
    async fn a_poll_waits_for_an_order_and_a_receipt_closes_it(server) {
        let empty = server.app().get("/api/v1/revocations?after=0").await.expect(200);
        assert_eq!(empty, json!({ "rows": [], "next": "0" }));
        log_in(server, "eve", "s_1").await;
        let app = server.app();
        let waiting = tokio::spawn(async move { app.get("/api/v1/revocations?after=0&wait=15").await });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let given = Instant::now();
        let order = server.app().post("/api/v1/sessions/s_1/revoke", &json!({})).await.expect(202);
        let page = within(waiting).await.expect("answers").expect(200);
        assert!(given.elapsed() < Duration::from_secs(5), "it was woken: {:?}", given.elapsed());
        assert_eq!((ids(&page), &page["next"]), (vec![&order["id"]], &json!("1")));
        assert_eq!(state(server, &order).await, "requested");
        assert_eq!(ids(&server.app().get("/api/v1/revocations?after=1").await.expect(200)), Vec::<&Value>::new());
        assert_eq!(state(server, &order).await, "delivered", "the next poll tells that it has it");
        let path = format!("/api/v1/revocations/{}/receipt", order["id"].as_str().expect("id"));
        let taken = server.app().post(&path, &receipt(&[("s_1", "revoked")])).await.expect(200);
        assert_eq!(taken["state"], "confirmed");
        assert_eq!(ids(&server.app().get("/api/v1/revocations?after=0").await.expect(200)), Vec::<&Value>::new());
    }

    async fn a_poll_s_bad_parameters_are_named(server) {
        let fields = async |query: &str| server.app().get(&format!("/api/v1/revocations?{query}")).await.named_fields();
        assert_eq!(fields("after=x").await, ["after"]);
        assert_eq!(fields("after=-1").await, ["after"]);
        assert_eq!(fields("after=7").await, ["after"], "this feed has not come so far");
        assert_eq!(fields("after=0&wait=56").await, ["wait"]);
        assert_eq!(fields("wait=-1").await, ["wait"]);
        assert_eq!(fields("wait=soon").await, ["wait"]);
        assert_eq!(fields("wait=1&state=requested&open=true&limit=1").await, ["limit", "state", "open"]);
        let stream = server.app().get("/api/v1/revocations/stream?after=9").await;
        assert_eq!(stream.named_fields(), ["after"]);
        let stream = server.app().with("last-event-id", "evil").get("/api/v1/revocations/stream").await;
        assert_eq!(stream.named_fields(), ["Last-Event-ID"]);
    }

    async fn another_project_polls_its_own(server) {
        order(server, "s_1").await;
        let (_, other) = server.other_project().await;
        assert_eq!(other.get("/api/v1/revocations?after=0").await.expect(200), json!({ "rows": [], "next": "0" }));
    }

    async fn a_stream_brings_orders_resumes_and_ends(server) {
        let first = order(server, "s_1").await;
        let mut open = Open::at(server, None).await;
        let (id, seen) = open.next().await.expect("the open one");
        assert_eq!((id.as_str(), &seen["id"], &seen["sessions"][0]["id"]), ("1", &first["id"], &json!("s_1")));
        let second = order(server, "s_2").await;
        let (id, seen) = open.next().await.expect("the new one");
        assert_eq!((id.as_str(), &seen["id"]), ("2", &second["id"]));
        eventually(async || (state(server, &second).await == "delivered").then_some(())).await;
        let (id, seen) = Open::at(server, Some("1")).await.next().await.expect("resumed");
        assert_eq!((id.as_str(), &seen["id"]), ("2", &second["id"]));
    }

    async fn a_key_that_is_revoked_reads_no_further_and_takes_no_order(server) {
        use porchlight_domain::project::store as projects;
        use porchlight_domain::operator::Actor;
        let key = projects::keys(&server.db, server.project).await.expect("keys")[0].id;
        let (_, kept) = projects::create_key(&server.db, &Actor::System, server.project, "kept", clock::now()).await.expect("key");
        let first = order(server, "s_1").await;
        log_in(server, "eve", "s_2").await;
        let mut open = Open::at(server, None).await;
        open.next().await.expect("the open one");
        eventually(async || (state(server, &first).await == "delivered").then_some(())).await;
        let app = server.app();
        let poll = tokio::spawn(async move { app.get("/api/v1/revocations?after=1&wait=50").await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        projects::revoke_key(&server.db, &Actor::System, server.project, key, clock::now()).await.expect("revoked");
        let path = "/api/v1/sessions/s_2/revoke";
        let second = server.app_with(&kept).post(path, &json!({})).await.expect(202);
        assert_eq!(open.next().await, None, "the stream ends");
        within(poll).await.expect("answers").problem(401);
        let read = format!("/api/v1/revocations/{}", second["id"].as_str().expect("id"));
        assert_eq!(server.app_with(&kept).get(&read).await.expect(200)["state"], "requested", "nobody has it");
    }

    async fn only_so_many_wait_at_once_and_their_places_come_back(server) {
        let mut open = Vec::new();
        for _ in 0..porchlight_server::http::listeners::MOST {
            open.push(Open::at(server, None).await);
        }
        for path in ["/api/v1/revocations/stream", "/api/v1/revocations?wait=5"] {
            assert_eq!(server.app().get(path).await.problem(429)["type"], "/problems/too-many-listeners");
        }
        assert_eq!(server.app().get("/api/v1/revocations?after=0").await.status, 200, "who does not wait needs no place");
        drop(open);
        eventually(async || (server.app().get("/api/v1/revocations?wait=1").await.status == 200).then_some(())).await;
    }
}

on_both_engines! {
    async fn who_waits_is_sent_home_when_the_server_ends(fresh) {
        let server = TestServer::start(fresh, &[]).await;
        let mut open = Open::at(&server, None).await;
        let app = server.app();
        let poll = tokio::spawn(async move { app.get("/api/v1/revocations?wait=55").await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        let began = Instant::now();
        let ending = server.ask_to_stop();
        assert_eq!(open.next().await, None);
        assert_eq!(within(poll).await.expect("answers").expect(200)["rows"], json!([]));
        drop(ending.ended().await);
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    }
}

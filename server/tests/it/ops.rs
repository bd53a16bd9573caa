//! What whoever runs the server relies on: probes, counts, headers, the command line, and an end that loses nothing.

mod commands;
mod pipe;
mod private;
mod words;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::program::Program;
use crate::support::store::{fill, make_room};
use crate::support::wire::Wire;
use crate::support::{Caller, TestServer, eventually};

/// A whole POST on a wire, cut in two before its last byte.
fn halves(server: &TestServer, body: &str) -> (Vec<u8>, Vec<u8>) {
    let head = format!(
        "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
        server.key,
        body.len()
    );
    let mut whole = [head.as_bytes(), body.as_bytes()].concat();
    let last = whole.split_off(whole.len() - 1);
    (whole, last)
}

on_both! {
    async fn probes_answer_whoever_asks(server) {
        let stranger = server.stranger();
        let (alive, ready) = (stranger.get("/healthz").await, stranger.get("/readyz").await);
        assert_eq!((alive.status, alive.text.as_str()), (200, "ok\n"));
        assert_eq!((ready.status, ready.text.as_str()), (200, "ready\n"));
    }

    async fn without_its_database_it_lives_is_not_ready_and_stores_nothing(server) {
        server.app().get("/api/v1/events").await.expect(200);
        server.db.close().await;
        assert_eq!(server.stranger().get("/healthz").await.status, 200);
        assert_eq!(server.stranger().get("/readyz").await.status, 503);
        server.app().post("/api/v1/events", &json!({"verb": "v"})).await.problem(503);
        let told =
            server.thisdata().post("/v1/events", &json!({"verb": "v", "ip": "1.2.3.4"})).await.messages(503);
        assert_eq!(told, ["temporarily unavailable; nothing was stored"]);
        let unknown = server.app_with("pl_unknown").get("/api/v1/events").await;
        assert_eq!(
            unknown.problem(503)["type"],
            "/problems/unavailable",
            "a key that cannot be looked up is not wrong"
        );
        server.stranger().get("/v1/events?api_key=pl_unknown").await.messages(503);
    }

    async fn a_full_disk_is_told_by_the_probe_until_it_takes_events_again(server) {
        let event = json!({"verb": "v"});
        server.app().post("/api/v1/events", &event).await.expect(200);
        fill(&server.db).await;
        server.app().post("/api/v1/events", &event).await.problem(503);
        let probe = server.stranger().get("/readyz").await;
        assert_eq!((probe.status, probe.text.as_str()), (503, "the disk is full\n"));
        make_room(&server.db).await;
        eventually(|| async { (server.stranger().get("/readyz").await.status == 200).then_some(()) }).await;
        server.app().post("/api/v1/events", &event).await.expect(200);
    }

    async fn loopback_reads_the_counts_where_no_token_is_set(server) {
        server.app().post("/api/v1/events", &json!({"verb": "v"})).await.expect(200);
        let counts = server.stranger().get("/metrics").await;
        assert_eq!(counts.status, 200);
        let kind = counts.header("content-type");
        assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
        for counted in ["events_total{level=\"green\"}", "alerts_open{kind=\"revocation.unconfirmed\"}", "endpoints{standing=\"disabled\"}"] {
            assert!(counts.text.contains(&format!("porchlight_{counted}")), "{counted}: {}", counts.text);
        }
        let forwarded = server.stranger().with("x-forwarded-for", "203.0.113.9").get("/metrics").await;
        assert_eq!(forwarded.status, 403, "a proxy on this machine brings strangers");
    }

    async fn the_counts_tell_of_queues_requests_data_and_version(server) {
        let app = server.app();
        let endpoint = json!({"url": "https://nowhere.invalid/hook"});
        let made = app.post("/api/v1/endpoints", &endpoint).await.expect(201);
        app.post(&format!("/api/v1/endpoints/{}/test", made["id"].as_str().expect("id")), &json!({})).await.expect(202);
        app.post("/api/v1/events", &json!({"verb": "v"})).await.expect(200);
        app.get("/api/v1/users/nobody").await.problem(404);
        let engine = if server.db.engine() == porchlight_domain::db::Engine::Sqlite { "sqlite" } else { "postgres" };
        let expected = [
            "porchlight_queue_items{queue=\"deliveries\"} 1".to_owned(),
            "porchlight_queue_oldest_age_seconds{queue=\"deliveries\"}".to_owned(),
            "porchlight_queue_items{queue=\"notices\"} 0".to_owned(),
            "porchlight_queue_oldest_age_seconds{queue=\"notices\"} 0".to_owned(),
            "porchlight_queue_items{queue=\"revocations\"} 0".to_owned(),
            "porchlight_http_request_duration_seconds_bucket{class=\"ingest\",status=\"2xx\",le=\"".to_owned(),
            "porchlight_http_request_duration_seconds_count{class=\"api\",status=\"4xx\"}".to_owned(),
            "porchlight_ingest_group_events_bucket{le=\"".to_owned(),
            "porchlight_geo_signal_on{signal=\"country\"} 1".to_owned(),
            "porchlight_geo_data_age_seconds{signal=\"country\"}".to_owned(),
            format!("porchlight_build_info{{version=\"{}\",engine=\"{engine}\"}} 1", env!("CARGO_PKG_VERSION")),
        ];
        // The gauges are the process's: another test's server may have set them in between.
        eventually(|| async {
            let counts = server.stranger().get("/metrics").await.text;
            expected.iter().all(|line| counts.contains(line)).then_some(())
        })
        .await;
    }

    async fn with_a_token_set_it_alone_opens_the_counts(server, "--metrics-token", "s3cret") {
        for (authorization, status) in [
            ("", 403),
            ("Bearer s3cre", 403),
            ("Bearer s3cret2", 403),
            ("Basic s3cret", 403),
            ("Bearer s3cret", 200),
        ] {
            let caller = if authorization.is_empty() {
                server.stranger()
            } else {
                server.stranger().with("authorization", authorization)
            };
            assert_eq!(caller.get("/metrics").await.status, status, "{authorization}");
            let forwarded = caller.with("x-forwarded-for", "203.0.113.9").get("/metrics").await.status;
            assert_eq!(forwarded, status, "{authorization}");
        }
    }

    async fn every_response_carries_careful_headers(server) {
        for path in [
            "/healthz",
            "/sign-in",
            "/",
            "/nothing",
            "/v1/events",
            "/api/v1/events",
            "/api/openapi.json",
            "/pkg/nothing.js",
            "/q/nothing",
        ] {
            let answer = server.stranger().get(path).await;
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("cross-origin-opener-policy", "same-origin"),
                ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
            ] {
                assert_eq!(answer.header(name), value, "{path} {name}");
            }
            assert_eq!(answer.headers.get("strict-transport-security"), None, "the public URL is http");
            assert!(matches!(answer.header("referrer-policy"), "same-origin" | "no-referrer"), "{path}");
            assert_eq!(answer.headers.get("server"), None, "{path}");
            assert_eq!(answer.headers.get("access-control-allow-origin"), None, "{path}");
        }
    }

    async fn a_public_url_of_https_keeps_browsers_on_it(server, "--public-url", "https://watch.example") {
        let told = server.stranger().get("/sign-in").await;
        assert_eq!(told.header("strict-transport-security"), "max-age=31536000");
    }

    async fn refused_events_are_counted(server) {
        server.app().post("/api/v1/events", &json!({"verb": 7})).await;
        server.app_with("pl_unknown").post("/api/v1/events", &json!({"verb": "v"})).await.problem(401);
        let counts = server.stranger().get("/metrics").await.text;
        assert!(counts.contains("porchlight_events_refused_total{status=\"401\"}"), "{counts}");
        let refused = |counts: &str| {
            let line = counts.lines().find_map(|line| line.strip_prefix("porchlight_events_refused_total{status=\"422\"} "));
            line.and_then(|count| count.parse::<u64>().ok()).expect("counted")
        };
        let three = json!([{ "verb": "v" }, { "verb": "v" }, { "verb": 7 }]);
        server.app().post("/api/v1/events", &three).await.problem(422);
        let after = server.stranger().get("/metrics").await.text;
        // Other tests of this process are counted as well.
        assert!(refused(&after) >= refused(&counts) + 3, "{after}");
        assert!(counts.contains("porchlight_ready 1"), "{counts}");
    }

    async fn logs_of_the_counts_hold_no_secret(server) {
        server
            .app()
            .post(
                "/api/v1/events",
                &json!({"verb": "v", "ip": "203.0.113.77", "user": {"id": "eve@example.com"}}),
            )
            .await
            .expect(200);
        let counts = server.stranger().get("/metrics").await.text;
        for secret in [server.key.as_str(), "203.0.113.77", "eve@example.com"] {
            assert!(!counts.contains(secret), "{secret}");
        }
    }
}

on_both_engines! {
    async fn a_request_in_flight_is_answered_and_stored_before_the_end(fresh) {
        let server = TestServer::start(fresh, &[]).await;
        let (first, last) = halves(&server, "{\"verb\":\"in-flight\"}");
        let (address, db_project) = (server.address, server.project);
        let mut wire = Wire::open(address).await;
        wire.write(&first).await;
        // Its head is read before the server is asked to end.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let ending = server.ask_to_stop();
        eventually(async || tokio::net::TcpStream::connect(address).await.is_err().then_some(())).await;
        wire.write(&last).await;
        let answer = wire.read_all().await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"level\":\"green\""), "{answer}");
        let fresh = ending.ended().await;
        let db = porchlight_domain::db::Db::connect(&fresh.url, [7; 32], porchlight_server::clock::now())
            .await
            .expect("opens");
        let stored =
            porchlight_domain::event::store::newest(&db, db_project).await.expect("read").expect("an event");
        assert_eq!(stored.verb, "in-flight");
        db.close().await;
    }

    async fn an_end_amid_many_requests_loses_none_that_was_answered(fresh) {
        let server = TestServer::start(fresh, &[]).await;
        let (app, project) = (server.app(), server.project);
        let senders: Vec<_> = (0..32)
            .map(|_| {
                let app = app.clone();
                tokio::spawn(async move {
                    let mut stored = 0_i64;
                    while let Ok(answer) =
                        app.try_send("POST", "/api/v1/events", &[], "{\"verb\":\"v\"}").await
                    {
                        assert_eq!(answer.status, 200, "{}", answer.text);
                        stored += 1;
                    }
                    stored
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let fresh = server.ask_to_stop().ended().await;
        let mut answered = 0;
        for sender in senders {
            answered += sender.await.expect("sender");
        }
        let db = porchlight_domain::db::Db::connect(&fresh.url, [7; 32], porchlight_server::clock::now())
            .await
            .expect("opens");
        let stored =
            porchlight_domain::event::store::count(&db, project, &Default::default()).await.expect("count");
        assert!(answered > 0 && stored >= answered, "{answered} were answered, {stored} are stored");
        db.close().await;
    }
}

//! 200 means on disk: many callers at once, and the sudden death of the process.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::*;
use crate::support::program::{Program, Serving};
use crate::support::{TestServer, eventually};

/// How many callers send at once.
const CALLERS: usize = 64;

on_both! {
    async fn sixty_four_callers_at_once_have_all_their_events_stored_once(server) {
        let app = server.app();
        let send = async |caller: usize| {
            let mut ids = Vec::new();
            for n in 0..10 {
                let user = format!("u{}", (caller + n) % 20);
                let event =
                    json!({"verb": format!("{caller}-{n}"), "user": {"id": user}, "session": {"id": user}});
                ids.push(app.post(EVENTS, &event).await.expect(200)["id"].as_str().expect("id").to_owned());
            }
            ids
        };
        let ids: BTreeSet<_> =
            futures::future::join_all((0..CALLERS).map(send)).await.into_iter().flatten().collect();
        assert_eq!((ids.len(), stored(&app).await), (CALLERS * 10, CALLERS as u64 * 10));
        let mut counted = 0;
        for user in 0..20 {
            counted += app.get(&format!("/api/v1/users/u{user}")).await.expect(200)["events"]
                .as_u64()
                .expect("events");
        }
        assert_eq!(counted, CALLERS as u64 * 10, "every event is counted for its user");
    }

    async fn one_callers_fault_does_not_cost_its_neighbours(server) {
        let app = server.app();
        let good = login();
        let bad = json!({"verb": "v", "ip": 7});
        let send =
            async |n: usize| app.post(EVENTS, if n.is_multiple_of(4) { &bad } else { &good }).await.status;
        let statuses = futures::future::join_all((0..CALLERS).map(send)).await;
        for (n, status) in statuses.into_iter().enumerate() {
            assert_eq!(status, if n % 4 == 0 { 422 } else { 200 });
        }
        assert_eq!(stored(&app).await, 48);
    }
}

/// A project and a key, made by the command line; the caller is for a server that runs now.
async fn key(program: &Program) -> String {
    program.run(&["project", "create", "--name", "Shop"], "").await;
    program.run(&["key", "create", "--project", "Shop"], "").await
}

fn app(serving: &Serving, key: &str) -> Caller {
    Caller::new(serving.address).with("authorization", &format!("Bearer {key}"))
}

/// The event with this id, `round-caller-number`.
fn numbered(id: &str) -> Value {
    let caller = id.split('-').nth(1).expect("caller");
    json!({"verb": "log-in", "id": id, "ip": AUCKLAND, "user": {"id": format!("u{caller}")}, "session": {"id": id}})
}

/// Sends numbered events until the server is gone; the client ids of those that were answered with 200.
async fn send_until_it_dies(
    app: Caller,
    round: usize,
    caller: usize,
    answered: Arc<AtomicBool>,
) -> Vec<(String, String)> {
    let mut stored = Vec::new();
    for n in 0.. {
        let id = format!("{round}-{caller}-{n}");
        let event = numbered(&id);
        let body = if n % 3 == 2 { json!([event]) } else { event };
        match app.try_send("POST", EVENTS, &[], body.to_string()).await {
            Ok(answer) if answer.status == 200 => {
                let judged: Value = serde_json::from_str(&answer.text).expect("JSON");
                let ours =
                    judged["id"].as_str().or(judged["results"][0]["id"].as_str()).expect("id").to_owned();
                stored.push((id, ours));
                answered.store(true, Ordering::Relaxed);
            }
            Ok(answer) => panic!("{}: {}", answer.status, answer.text),
            Err(_) => break,
        }
    }
    stored
}

on_both_engines! {
    async fn a_kill_at_any_moment_loses_no_event_that_was_answered(fresh) {
        let program = Program::new(fresh).await;
        let key = key(&program).await;
        let mut acknowledged = Vec::new();
        for round in 0..3 {
            let serving = program.serve(&[]).await;
            let answered = Arc::new(AtomicBool::new(false));
            let senders: Vec<_> = (0..16)
                .map(|caller| {
                    tokio::spawn(send_until_it_dies(app(&serving, &key), round, caller, answered.clone()))
                })
                .collect();
            eventually(async || answered.load(Ordering::Relaxed).then_some(())).await;
            tokio::time::sleep(Duration::from_millis(300 + 170 * round as u64)).await;
            serving.kill();
            for sender in senders {
                acknowledged.extend(sender.await.expect("sender"));
            }
        }
        assert!(acknowledged.len() > 100, "only {} events were answered", acknowledged.len());
        let serving = program.serve(&[]).await;
        let app = app(&serving, &key);
        for (id, ours) in &acknowledged {
            let event = app.get(&format!("{EVENTS}/{ours}")).await.expect(200);
            assert_eq!(event["client_id"], *id);
        }
        let total = stored(&app).await;
        for (id, ours) in acknowledged.iter().step_by(10) {
            let again = app.post(EVENTS, &numbered(id)).await.expect(200);
            assert_eq!(again["id"], *ours, "a retry after the restart finds it");
        }
        assert_eq!(stored(&app).await, total);
        let page = app.get("/api/v1/users?limit=200").await.expect(200);
        let counted: u64 = page["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|user| user["events"].as_u64().expect("events"))
            .sum();
        assert_eq!(counted, total, "users and events were committed together");
    }

    async fn requests_that_arrive_together_share_a_commit(fresh) {
        let program = Program::new(fresh).await;
        let key = key(&program).await;
        let serving = program.serve(&[]).await;
        let app = app(&serving, &key);
        let event = json!({"verb": "v"});
        for _ in 0..10 {
            let answers = futures::future::join_all((0..CALLERS).map(|_| app.post(EVENTS, &event))).await;
            assert!(answers.iter().all(|answer| answer.status == 200));
        }
        let metrics = app.get("/metrics").await.text;
        let figure = |name: &str| -> f64 {
            let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{name} in {metrics}"))
        };
        let (events, commits) =
            (figure("porchlight_ingest_group_events_sum"), figure("porchlight_ingest_group_events_count"));
        assert_eq!(events, 640.0);
        assert!(commits < 400.0, "{events} events took {commits} commits");
    }

    async fn what_was_stored_before_a_restart_is_there_after_it(fresh) {
        let server = TestServer::start(fresh, &[]).await;
        let key = server.key.clone();
        server.app().post(EVENTS, &login()).await.expect(200);
        let fresh = server.ask_to_stop().ended().await;
        let program = Program::new(fresh).await;
        let serving = program.serve(&[]).await;
        let page = app(&serving, &key).get(EVENTS).await.expect(200);
        assert_eq!(page["rows"][0]["user"]["id"], "112233");
    }
}

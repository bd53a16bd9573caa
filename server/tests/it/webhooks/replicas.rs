//! Two replicas on one PostgreSQL database: each delivery once, and what a dead one had on its way within seconds.

use std::time::Instant;

use super::*;
use crate::support::receiver::Receiver;
use crate::support::{eventually, store as fresh};

/// How often a replica has beaten, and whether it drains.
async fn beat(db: &Db, of: &Db) -> (i64, i64) {
    let query = sqlx::query_as("SELECT beat, draining FROM replica WHERE id = $1").bind(of.replica());
    query.fetch_one(db.reader()).await.expect("replica")
}

/// Steps a worker until it is dropped.
fn run(worker: Worker) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            let now = porchlight_server::clock::now();
            if worker.step(now).await.expect("step") != porchlight_server::worker::Outcome::Worked {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_replica_sends_what_a_dead_one_had_on_its_way_within_five_seconds() {
    let database = fresh::postgres().await;
    let outgoing = Outgoing::start(&database.db).await;
    let other = Db::connect(&database.url, [7; 32], NOW).await.expect("another replica");
    let hanging = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/hook", hanging.local_addr().expect("address"));
    let (endpoint, _) = outgoing.endpoint(&url, Format::Standard).await;
    outgoing.publish(porchlight_server::clock::now()).await;
    let doomed = run(worker(&other, &["127.0.0.0/8"], 60_000));
    let (socket, _) = within(hanging.accept()).await.expect("it is being sent");
    let live = run(worker(&database.db, &["127.0.0.0/8"], 60_000));
    // The live one has seen the other's beat before that stops.
    eventually(|| async {
        let beating: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM replica WHERE beat > 1")
            .fetch_one(database.db.reader())
            .await
            .expect("beats");
        (beating == 2).then_some(())
    })
    .await;
    doomed.abort();
    let died = Instant::now();
    drop((socket, hanging));
    let receiver = Receiver::start(|_| (200, String::new())).await;
    sqlx::query("UPDATE endpoint SET url = $1 WHERE id = $2")
        .bind(&receiver.url)
        .bind(endpoint.0)
        .execute(database.db.reader())
        .await
        .expect("move");
    receiver.wait_for(|_| true).await;
    assert!(died.elapsed() < Duration::from_secs(5), "{:?}", died.elapsed());
    live.abort();
    other.close().await;
    database.db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_draining_replica_still_sends_is_not_taken_over() {
    let database = fresh::postgres().await;
    let outgoing = Outgoing::start(&database.db).await;
    let other = Db::connect(&database.url, [7; 32], NOW).await.expect("another replica");
    let slow = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/hook", slow.local_addr().expect("address"));
    outgoing.endpoint(&url, Format::Standard).await;
    outgoing.publish(porchlight_server::clock::now()).await;

    let ending = worker(&other, &["127.0.0.0/8"], 60_000);
    ending.step(porchlight_server::clock::now()).await.expect("step");
    let (mut socket, _) = within(slow.accept()).await.expect("it is being sent");
    let live = run(worker(&database.db, &["127.0.0.0/8"], 60_000));
    let drained = tokio::spawn(async move { ending.finish(porchlight_server::clock::now()).await });
    // Two beats a second: after ten of them a silent one would have been dead for two seconds.
    let (first, _) = beat(&database.db, &other).await;
    eventually(|| async {
        let (count, draining) = beat(&database.db, &other).await;
        (draining == 1 && count >= first + 10).then_some(())
    })
    .await;
    answer_ok(&mut socket).await;
    within(drained).await.expect("task").expect("finish");

    let sent = outgoing.only().await;
    let states = (sent.delivery.state, sent.delivery.attempts, sent.attempts.len());
    assert_eq!(states, (porchlight_domain::webhook::DeliveryState::Delivered, 1, 1));
    assert_eq!(beat(&database.db, &other).await.0, 0, "it ended in order");
    let again = tokio::time::timeout(Duration::from_secs(1), slow.accept()).await;
    assert!(again.is_err(), "nobody sent it twice");
    live.abort();
    other.close().await;
    database.db.close().await;
}

/// Answers the request on a socket.
async fn answer_ok(socket: &mut tokio::net::TcpStream) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut request = vec![0; 16 * 1024];
    assert!(socket.read(&mut request).await.expect("request") > 0, "a request");
    socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.expect("answer");
}

//! A flood of inbound webhooks with wrong signatures: how many are refused a second, in how much memory, and what ingest
//! beside it notices.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::disk;
use crate::load::{self, Load, Report};
use crate::server::Server;

/// A second, beside ingest; as many as are answered where the machine does not give so many.
const FLOOD: u64 = 10_000;
const TIME: Duration = Duration::from_secs(15);
const INGEST: Load = Load { batch: 1, connections: 16, rate: Some(500), time: TIME, users: None };

/// Ingest alone, the flood alone, then both: 64 connections that each send the next when the last is answered.
pub async fn run() {
    println!("disk: {:.0} fdatasync/s before", disk::syncs_per_second());
    let server = Server::start().await;
    let path = source(&server).await;
    let alone = load::run(&server, INGEST).await;
    let before = server.resident_mib();
    let most = forge(&server, &path, None).await;
    show("as many as are answered", &most);
    let rate = (most.events_per_second() > FLOOD as f64).then_some(FLOOD);
    let (flood, beside) = tokio::join!(forge(&server, &path, rate), load::run(&server, INGEST));
    show("beside ingest", &flood);
    println!(
        "ingest at 500/s: p50 {:.2}, p99 {:.2} ms alone; {:.0} events/s, p50 {:.2}, p99 {:.2} ms, {} failures beside the flood",
        alone.percentile(50.0),
        alone.percentile(99.0),
        beside.events_per_second(),
        beside.percentile(50.0),
        beside.percentile(99.0),
        beside.failures
    );
    println!("memory: {before:.1} MiB resident before the flood, {:.1} after it", server.resident_mib());
}

fn show(name: &str, flood: &Report) {
    println!(
        "forged inbound webhooks, {name}: {:.0} refused/s, p50 {:.2} ms, p99 {:.2} ms, {} not answered by 401",
        flood.events_per_second(),
        flood.percentile(50.0),
        flood.percentile(99.0),
        flood.failures
    );
}

/// Makes a source; the path it sends to.
async fn source(server: &Server) -> String {
    let request = reqwest::Client::new()
        .post(format!("http://{}/api/v1/sources", server.address))
        .bearer_auth(&server.key)
        .header("content-type", "application/json")
        .body(r#"{"name":"Fraud desk"}"#);
    let made = request.send().await.expect("answer").text().await.expect("body");
    let made: serde_json::Value = serde_json::from_str(&made).expect("JSON");
    format!("/hooks/{}", made["slug"].as_str().expect("slug"))
}

/// Orders to end sessions, each with an id and a signature of its own, none of them genuine.
async fn forge(server: &Server, path: &str, rate: Option<u64>) -> Report {
    let (address, path) = (server.address.clone(), path.to_owned());
    let load = Load { batch: 1, connections: 64, rate, time: TIME, users: None };
    load::drive(&server.address, load, 401, move |number| forged(&address, &path, number)).await
}

fn forged(address: &str, path: &str, number: u64) -> Vec<u8> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let body = format!(
        r#"{{"type":"session.revocation.requested","data":{{"user":{{"id":"u_{number}"}},"sessions":[{{"id":"s_{number}"}}],"reason":{{"text":"Seen by the fraud desk"}}}}}}"#
    );
    format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nwebhook-id: msg_{number}\r\nwebhook-timestamp: {now}\r\nwebhook-signature: \
         v1,{number:043}=\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

//! `make bench`: the figures of the README, measured on the real executable over real sockets, beside the disk's rate.
//!
//! `cargo bench -p porchlight -- [ingest] [pages] [memory] [engine] [backtest] [webhooks] [inbound]` runs only those named. Nothing here
//! asserts: a figure is a figure.

#![allow(clippy::expect_used, reason = "a bench that finds nothing to go on with has failed")]
#![allow(clippy::disallowed_methods, reason = "a bench measures time and drives another process")]

mod backtest;
mod disk;
mod history;
mod inbound;
mod load;
mod pages;
mod server;
mod webhooks;

use std::time::Duration;

use porchlight_server::cli::bench::speed;

use crate::load::{Load, Report};
use crate::server::Server;

/// As in the executable.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Users whose profiles are to fit into memory.
const PROFILES: u64 = 100_000;

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let wants = |name: &str| asked.is_empty() || asked.iter().any(|arg| arg == name);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime");
    runtime.block_on(async {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        println!("cores {cores}, load generator on the same machine, SQLite (WAL, synchronous FULL)");
        if wants("memory") {
            memory().await;
        }
        if wants("engine") {
            print!("{}", speed::measure().lines());
        }
        if wants("ingest") {
            ingest().await;
        }
        if wants("backtest") {
            backtest::measure().await;
        }
        if wants("webhooks") {
            webhooks::run().await;
        }
        if wants("inbound") {
            inbound::run().await;
        }
        if wants("pages") {
            pages::run().await;
        }
    });
}

async fn memory() {
    let server = Server::start().await;
    server.get("/healthz").await;
    println!(
        "memory idle: {:.1} MiB resident, {:.1} MiB without mapped files",
        server.resident_mib(),
        server.anonymous_mib()
    );
    let filling =
        Load { batch: 100, connections: 4, rate: None, time: Duration::from_secs(60), users: Some(PROFILES) };
    let report = load::run(&server, filling).await;
    println!(
        "memory after {:.0} logins of {PROFILES} users: {:.1} MiB resident, {:.1} MiB without mapped files",
        report.events(),
        server.resident_mib(),
        server.anonymous_mib()
    );
}

async fn ingest() {
    println!("disk: {:.0} fdatasync/s before", disk::syncs_per_second());
    let server = Server::start().await;
    let single = Load { batch: 1, connections: 64, rate: None, time: Duration::from_secs(15), users: None };
    show("POST /api/v1/events singly, concurrency 64", &load::run(&server, single).await);
    let batches = Load { batch: 100, connections: 4, rate: None, time: Duration::from_secs(15), users: None };
    show("POST /api/v1/events in batches of 100, concurrency 4", &load::run(&server, batches).await);
    let paced =
        Load { batch: 1, connections: 16, rate: Some(500), time: Duration::from_secs(15), users: None };
    let report = load::run(&server, paced).await;
    show("POST /api/v1/events at 500/s", &report);
    let syncs = disk::syncs_per_second();
    println!("disk: {syncs:.0} fdatasync/s after; target p99 at 500/s: {:.1} ms", 3_000.0 / syncs + 10.0);
    println!("memory after the load: {:.1} MiB resident", server.resident_mib());
}

fn show(name: &str, report: &Report) {
    println!(
        "{name}: {:.0} events/s, p50 {:.2} ms, p95 {:.2} ms, p99 {:.2} ms, failures {}",
        report.events_per_second(),
        report.percentile(50.0),
        report.percentile(95.0),
        report.percentile(99.0),
        report.failures
    );
}

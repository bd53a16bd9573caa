//! Webhooks, from the commit of a message to its record: how many a second, how soon, and what some endpoints that never
//! answer cost the others. The worker, the database and a light receiver share this process and the cores.

mod receiver;
mod stage;

use std::time::{Duration, Instant};

use porchlight_domain::webhook::Policy;

use self::receiver::{Manner, Receiver};
use self::stage::{Stage, percentile};
use crate::disk;

/// Messages of a measurement at full speed.
const MANY: usize = 30_000;

/// All of them, on SQLite and, where `PORCHLIGHT_BENCH_POSTGRES` names a cluster, on PostgreSQL.
pub async fn run() {
    println!("disk: {:.0} fdatasync/s before", disk::syncs_per_second());
    throughput("W1 SQLite", &Stage::sqlite().await).await;
    match std::env::var("PORCHLIGHT_BENCH_POSTGRES") {
        Ok(cluster) => throughput("W2 PostgreSQL", &Stage::postgres(&cluster).await).await,
        Err(_) => println!("W2 PostgreSQL: not measured; name a cluster in PORCHLIGHT_BENCH_POSTGRES"),
    }
    idle().await;
    paced().await;
    black_holes().await;
    retries().await;
    backlog().await;
    println!("disk: {:.0} fdatasync/s after", disk::syncs_per_second());
}

/// A backlog of committed messages to eight endpoints: until the last is recorded as delivered.
async fn throughput(name: &str, stage: &Stage) {
    let receiver = Receiver::start(Manner::Answers).await;
    let projects = stage.endpoints(8, &receiver.url, &Policy::default()).await;
    stage.publish_many(&projects, MANY).await;
    let began = Instant::now();
    let worker = stage.work();
    stage.until_done(MANY).await;
    let rate = MANY as f64 / began.elapsed().as_secs_f64();
    println!("{name}: {rate:.0} deliveries/s committed → recorded, {} received", receiver.count());
    worker.stop().await;
}

/// One message at a time: from its commit to the first byte at the receiver.
async fn idle() {
    let (stage, receiver) = (Stage::sqlite().await, Receiver::start(Manner::Answers).await);
    let projects = stage.endpoints(1, &receiver.url, &Policy::default()).await;
    let worker = stage.work();
    let mut waits = Vec::new();
    for _ in 0..300 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let (id, committed) = stage.publish(projects[0]).await;
        waits.push(receiver.arrival(&id).await.duration_since(committed).as_secs_f64() * 1_000.0);
    }
    worker.stop().await;
    let (half, most) = (percentile(&mut waits, 50.0), percentile(&mut waits, 99.0));
    println!("W3 idle, commit → first byte: p50 {half:.2} ms, p99 {most:.2} ms");
}

/// A thousand messages a second for ten seconds.
async fn paced() {
    let (stage, receiver) = (Stage::sqlite().await, Receiver::start(Manner::Answers).await);
    let projects = stage.endpoints(8, &receiver.url, &Policy::default()).await;
    let worker = stage.work();
    let mut waits = stage.paced(&projects, &receiver, 1_000, Duration::from_secs(10)).await;
    worker.stop().await;
    let (half, most) = (percentile(&mut waits, 50.0), percentile(&mut waits, 99.0));
    println!(
        "W4 at 1000/s, commit → first byte: p50 {half:.2} ms, p99 {most:.2} ms, {} messages",
        waits.len()
    );
}

/// Eight healthy endpoints alone, then beside two that take connections and never answer.
async fn black_holes() {
    let mut figures = Vec::new();
    for holes in [0, 2] {
        let (stage, receiver) = (Stage::sqlite().await, Receiver::start(Manner::Answers).await);
        let hole = Receiver::start(Manner::Hangs).await;
        let healthy = stage.endpoints(8, &receiver.url, &Policy::default()).await;
        if holes > 0 {
            let swallowing = stage.endpoints(holes, &hole.url, &Policy::default()).await;
            stage.publish_many(&swallowing, MANY / 4).await;
        }
        let worker = stage.work();
        let mut waits = stage.paced(&healthy, &receiver, 500, Duration::from_secs(8)).await;
        stage.publish_many(&healthy, MANY / 2).await;
        let (began, before) = (Instant::now(), waits.len());
        stage.until_done(before + MANY / 2).await;
        let rate = (MANY / 2) as f64 / began.elapsed().as_secs_f64();
        figures.push((percentile(&mut waits, 99.0), rate));
        worker.stop().await;
    }
    let [(alone, full), (beside, kept)] = figures[..] else { return };
    println!(
        "W5 healthy alone p99 {alone:.2} ms, {full:.0}/s; with 20 % black-holed p99 {beside:.2} ms, {kept:.0}/s ({:.0} %)",
        kept / full * 100.0
    );
}

/// How late retries come: each message fails once and is due again after two seconds. So few to an endpoint open no breaker.
async fn retries() {
    let (stage, receiver) = (Stage::sqlite().await, Receiver::start(Manner::FailsOnce).await);
    let policy = Policy { retry_after_seconds: Some(vec![2, 2, 2]), ..Policy::default() };
    let projects = stage.endpoints(25, &receiver.url, &policy).await;
    let worker = stage.work();
    let (mut due, mut late) = (Vec::new(), Vec::new());
    for number in 0..100 {
        let (id, _) = stage.publish(projects[number % projects.len()]).await;
        due.push((stage.retry_due(&id).await, id));
    }
    for (due, id) in due {
        late.push((receiver.second(&id).await - due) as f64 / 1_000.0);
    }
    worker.stop().await;
    let (half, most) = (percentile(&mut late, 50.0), percentile(&mut late, 100.0));
    println!("W8 retries after 2 s: late by p50 {half:.2} ms, at most {most:.2} ms");
}

/// A million pending deliveries to endpoints that never answer: what the process holds of them.
async fn backlog() {
    let (stage, hole) = (Stage::sqlite().await, Receiver::start(Manner::Hangs).await);
    let projects = stage.endpoints(10, &hole.url, &Policy::default()).await;
    stage.pile_up(&projects, 1_000_000).await;
    let receiver = Receiver::start(Manner::Answers).await;
    let healthy = stage.endpoints(1, &receiver.url, &Policy::default()).await;
    let worker = stage.work();
    let mut waits = stage.paced(&healthy, &receiver, 100, Duration::from_secs(5)).await;
    println!(
        "W10 1,000,000 pending: {:.0} MiB resident with the receivers; a healthy endpoint's p99 beside them {:.2} ms",
        stage::resident_mib(),
        percentile(&mut waits, 99.0)
    );
    worker.stop().await;
}

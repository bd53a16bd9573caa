//! A database with endpoints, what publishes to them, and the worker that sends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use porchlight_domain::db::Db;
use porchlight_domain::id::{EndpointId, ProjectId};
use porchlight_domain::operator::Actor;
use porchlight_domain::project::{Settings, store as projects};
use porchlight_domain::webhook::{MessageType, NewEndpoint, NewMessage, Policy, store};
use porchlight_server::clock;
use porchlight_server::webhooks::{Client, Limits, Worker};
use porchlight_server::worker;
use serde_json::json;
use sqlx::Connection;
use tokio_util::sync::CancellationToken;

use super::receiver::Receiver;
use crate::server::scratch;

/// A fresh database.
pub struct Stage {
    db: Db,
}

/// A running worker.
pub struct Running {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Ends it; what is on its way is left.
    pub async fn stop(self) {
        self.stop.cancel();
        let _ = self.task.await;
    }
}

impl Stage {
    /// A new SQLite file on the disk that was measured.
    pub async fn sqlite() -> Self {
        let folder = scratch().join("webhooks");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("folder");
        let url = format!("sqlite:{}", folder.join("porchlight.db").display());
        Self { db: Db::connect(&url, [7; 32], clock::now()).await.expect("sqlite") }
    }

    /// A new database in this cluster.
    pub async fn postgres(cluster: &str) -> Self {
        sqlx::any::install_default_drivers();
        let name = format!("figures_{}", std::process::id());
        let mut admin = sqlx::AnyConnection::connect(&format!("{cluster}/postgres")).await.expect("cluster");
        for statement in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
            sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut admin).await.expect("database");
        }
        let url = format!("{cluster}/{name}");
        Self { db: Db::connect(&url, [7; 32], clock::now()).await.expect("postgres") }
    }

    /// So many projects with one endpoint each.
    pub async fn endpoints(&self, count: usize, url: &str, policy: &Policy) -> Vec<ProjectId> {
        let mut made = Vec::new();
        for _ in 0..count {
            let (now, name) = (clock::now(), format!("Bench {}", self.db.next_id(clock::now())));
            let project = projects::create(&self.db, &Actor::System, &name, Settings::default(), now).await;
            let project = project.expect("project").id;
            let new = NewEndpoint { url: url.into(), policy: policy.clone(), ..NewEndpoint::default() };
            store::create(&self.db, &Actor::System, project, new, now).await.expect("endpoint");
            made.push(project);
        }
        made
    }

    /// Starts the worker.
    pub fn work(&self) -> Running {
        let limits = Limits { allow: vec!["127.0.0.0/8".parse().expect("range")], ..Limits::default() };
        let sender = Arc::new(Worker::new(self.db.clone(), Client::new(limits).expect("client")));
        let (stop, queue) = (CancellationToken::new(), Some(porchlight_domain::db::Queue::Deliveries));
        let step = move |now| {
            let sender = sender.clone();
            async move { sender.step(now).await }
        };
        let task = tokio::spawn(worker::run("webhooks", self.db.clone(), queue, stop.clone(), step));
        Running { stop, task }
    }

    /// Publishes one message; its id, and when it was committed.
    pub async fn publish(&self, project: ProjectId) -> (String, Instant) {
        self.publish_together(&[project]).await.remove(0)
    }

    /// Publishes a message to each of these projects in one commit.
    async fn publish_together(&self, projects: &[ProjectId]) -> Vec<(String, Instant)> {
        let (mut tx, mut ids) = (self.db.begin().await.expect("begin"), Vec::new());
        for project in projects {
            let id = store::publish(&mut tx, message(*project), clock::now()).await.expect("publish");
            ids.push(id.to_string());
        }
        tx.commit().await.expect("commit");
        let committed = Instant::now();
        ids.into_iter().map(|id| (id, committed)).collect()
    }

    /// So many messages in turn to these projects, many in a commit.
    pub async fn publish_many(&self, projects: &[ProjectId], count: usize) {
        let mut rest = (0..count).peekable();
        while rest.peek().is_some() {
            let mut tx = self.db.begin().await.expect("begin");
            for number in rest.by_ref().take(500) {
                let message = message(projects[number % projects.len()]);
                store::publish(&mut tx, message, clock::now()).await.expect("publish");
            }
            tx.commit().await.expect("commit");
        }
    }

    /// Publishes at this rate for this time, what is due together in one commit, as events that arrive together are;
    /// milliseconds from each commit to the first byte at the receiver.
    pub async fn paced(
        &self,
        projects: &[ProjectId],
        receiver: &Receiver,
        rate: u32,
        time: Duration,
    ) -> Vec<f64> {
        let (began, mut sent) = (Instant::now(), Vec::new());
        while began.elapsed() < time {
            let next = began + Duration::from_secs(1) * u32::try_from(sent.len()).expect("few") / rate;
            tokio::time::sleep_until(next.into()).await;
            let due = (began.elapsed().as_secs_f64() * f64::from(rate)) as usize + 1;
            let targets: Vec<_> = (sent.len()..due).map(|number| projects[number % projects.len()]).collect();
            sent.extend(self.publish_together(&targets).await);
        }
        let mut waits = Vec::with_capacity(sent.len());
        for (id, committed) in sent {
            let wait = receiver.arrival(&id).await.saturating_duration_since(committed);
            waits.push(wait.as_secs_f64() * 1_000.0);
        }
        waits
    }

    /// Waits until so many deliveries are recorded as delivered.
    pub async fn until_done(&self, count: usize) {
        let count = i64::try_from(count).expect("few");
        loop {
            let done: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM attempt WHERE status = 200")
                .fetch_one(self.db.reader())
                .await
                .expect("count");
            if done >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// When this message's delivery is tried again, in microseconds since 1970; waits until its first attempt is recorded.
    pub async fn retry_due(&self, message: &str) -> i64 {
        let id: porchlight_domain::id::MessageId = message.parse().expect("id");
        loop {
            let due: Option<i64> = sqlx::query_scalar(
                "SELECT next_attempt_at FROM delivery WHERE message_id = $1 AND attempts = 1",
            )
            .bind(id.0)
            .fetch_optional(self.db.reader())
            .await
            .expect("due");
            match due {
                Some(due) => return due,
                None => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
    }

    /// So many pending deliveries of one message for each project, written at once.
    pub async fn pile_up(&self, projects: &[ProjectId], count: i64) {
        for project in projects {
            let endpoint: EndpointId = store::list(&self.db, *project).await.expect("endpoints")[0].id;
            let (id, _) = self.publish(*project).await;
            let message: porchlight_domain::id::MessageId = id.parse().expect("id");
            let each = count / i64::try_from(projects.len()).expect("few");
            sqlx::query(
                "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $1)
                 INSERT INTO delivery (id, project_id, message_id, endpoint_id, type, state, attempts, next_attempt_at,
                    lease_until, claim, created_at)
                 SELECT $2 + n, $3, $4, $5, 'alert.opened', 'pending', 0, $6, 0, 0, $6 FROM n",
            )
            .bind(each)
            .bind(message.0 + 1_000)
            .bind(project.0)
            .bind(message.0)
            .bind(endpoint.0)
            .bind(clock::now().0)
            .execute(self.db.reader())
            .await
            .expect("pile");
        }
    }
}

fn message(project: ProjectId) -> NewMessage {
    NewMessage {
        project,
        kind: MessageType::AlertOpened,
        user: None,
        event: None,
        alert: None,
        question: None,
        revocation: None,
        data: json!({
            "user": { "id": "u_42", "name": "Eve Smith", "email": "eve@example.com" },
            "alert": { "id": 7, "title": "China is a new country", "level": "red", "score": 0.97 },
            "event": { "verb": "log-in", "ip": "101.80.0.1", "session": { "id": "s_1" }, "device": { "id": "d_1" } },
        }),
        thisdata: None,
    }
}

/// The value that this share of them does not exceed.
pub fn percentile(values: &mut [f64], percent: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (values.len() as f64 * percent / 100.0) as usize;
    values.get(index.min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// Resident memory of this process, in MiB.
pub fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(f64::NAN) / 1_024.0
}

//! The real executable as a process of its own: for what must survive its sudden death.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use tokio::sync::oneshot;

use super::{Fresh, within};

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// Where one process after another keeps its data.
pub struct Program {
    /// The database; closed, so that the processes have it to themselves.
    pub fresh: Fresh,
    /// The key that seals secrets; at first the one under which tests open databases too.
    pub secret_key: String,
    /// Variables of the environment.
    pub variables: Vec<(String, String)>,
    folder: PathBuf,
}

/// A process that serves.
pub struct Serving {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
}

impl Program {
    /// Nothing runs yet. The database is closed: the processes have it to themselves.
    pub async fn new(fresh: Fresh) -> Self {
        fresh.db.close().await;
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("porchlight-program-{}-{number}", std::process::id()));
        Self { fresh, secret_key: "07".repeat(32), variables: Vec::new(), folder }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_porchlight"));
        command
            .args(arguments)
            .arg("--database-url")
            .arg(&self.fresh.url)
            .arg("--data-dir")
            .arg(&self.folder);
        command.args(["--secret-key", &self.secret_key]);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end with `input`: whether it succeeded, and what it printed.
    pub async fn try_run(&self, arguments: &[&str], input: &str) -> (bool, String) {
        let mut child = self.command(arguments).spawn().expect("starts");
        let input = input.to_owned();
        let ended = tokio::task::spawn_blocking(move || {
            // One that never reads has closed the pipe: no failure of ours.
            let _ = child.stdin.take().expect("stdin").write_all(input.as_bytes());
            child.wait_with_output().expect("output")
        });
        let output = within(ended).await.expect("it was waited for");
        let printed = if output.status.success() { output.stdout } else { output.stderr };
        (output.status.success(), String::from_utf8(printed).expect("text").trim().to_owned())
    }

    /// Runs it to its end; what it printed. Panics when it failed.
    pub async fn run(&self, arguments: &[&str], input: &str) -> String {
        let (succeeded, printed) = self.try_run(arguments, input).await;
        assert!(succeeded, "{arguments:?}: {printed}");
        printed
    }

    /// Starts `porchlight serve` with these further flags and waits until it listens.
    pub async fn serve(&self, flags: &[&str]) -> Serving {
        let mut arguments = vec!["serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--log", "info"];
        arguments.extend(flags);
        let mut process = self.command(&arguments).spawn().expect("starts");
        let log = BufReader::new(process.stderr.take().expect("stderr"));
        let (found, address) = oneshot::channel();
        // A thread that reads to the end: a full pipe would stop the process.
        std::thread::spawn(move || {
            let mut found = Some(found);
            for line in log.lines().map_while(Result::ok) {
                let told: Value = serde_json::from_str(&line).unwrap_or_default();
                if told["message"] == "listening"
                    && let Some(found) = found.take()
                {
                    let _ = found
                        .send(told["address"].as_str().and_then(|text| text.parse().ok()).expect("address"));
                }
            }
        });
        Serving { address: within(address).await.expect("it ended before it listened"), process }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Serving {
    /// SIGKILL: no farewell, nothing flushed.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.end();
    }
}

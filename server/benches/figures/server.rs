//! The real executable on a fresh folder, and how much memory it takes.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::net::TcpStream;

/// A running server; ended and its folder removed when dropped.
pub struct Server {
    child: Child,
    folder: PathBuf,
    /// Where it listens.
    pub address: String,
    /// A project's API key.
    pub key: String,
    /// That project's id.
    pub project: String,
}

/// Where the benches write: in the target folder, on the disk that was measured.
pub fn scratch() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("figures-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("scratch folder");
    folder
}

impl Server {
    /// Starts it with an owner (`bench@example.com`), a project and a key.
    pub async fn start() -> Self {
        let folder = scratch().join("data");
        let _ = std::fs::remove_dir_all(&folder);
        let run = |args: &[&str], input: &str| command(&folder, args, input);
        run(
            &["operator", "create", "--email", "bench@example.com", "--role", "owner"],
            "a bench's password\n",
        );
        let project = run(&["project", "create", "--name", "Bench"], "");
        let key = run(&["key", "create", "--project", "Bench"], "");
        let address = free_address();
        let child = executable(&folder)
            .args(["serve", "--listen", &address])
            .stderr(Stdio::null())
            .spawn()
            .expect("server");
        let project = project.split('\t').next().unwrap_or_default().to_owned();
        let server = Self { child, folder, address, key, project };
        server.wait().await;
        server
    }

    async fn wait(&self) {
        for _ in 0..500 {
            if TcpStream::connect(&self.address).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server does not listen on {}", self.address);
    }

    /// A page's status and body.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("http://{}{path}", self.address)).await.expect("answer");
        (answer.status().as_u16(), answer.text().await.expect("body"))
    }

    /// Resident memory, in MiB.
    pub fn resident_mib(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// Resident memory that is not a mapped file, in MiB.
    pub fn anonymous_mib(&self) -> f64 {
        self.status("RssAnon:")
    }

    fn status(&self, field: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(f64::NAN) / 1_024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn executable(folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_porchlight"));
    command.arg("--data-dir").arg(folder).arg("--log").arg("warn");
    command
}

fn command(folder: &std::path::Path, args: &[&str], input: &str) -> String {
    use std::io::Write;
    let mut child =
        executable(folder).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("command");
    child.stdin.take().expect("stdin").write_all(input.as_bytes()).expect("input");
    let output = child.wait_with_output().expect("output");
    assert!(output.status.success(), "{args:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("address").to_string()
}

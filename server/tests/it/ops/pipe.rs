//! What a command does when nobody reads on.

use std::process::{Command, Stdio};

#[test]
fn a_reader_that_stops_reading_is_no_failure() {
    let folder = std::env::temp_dir().join(format!("porchlight-pipe-{}", std::process::id()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_porchlight"));
    command.args(["project", "create", "--name", "Shop", "--data-dir"]).arg(&folder);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("ends");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    std::fs::remove_dir_all(folder).expect("removed");
}

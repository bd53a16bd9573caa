//! What of it other users of the machine can read: nothing.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn the_folder_the_database_and_the_key_are_their_owners_alone() {
    let above = std::env::temp_dir().join(format!("porchlight-private-{}", std::process::id()));
    let folder = above.join("data");
    let made = Command::new(env!("CARGO_BIN_EXE_porchlight"))
        .args(["project", "create", "--name", "Shop", "--data-dir"])
        .arg(&folder)
        .output()
        .expect("runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mode = |path: &std::path::Path| path.metadata().expect("is there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("folder") {
        let entry = entry.expect("entry");
        assert_eq!(mode(&entry.path()), 0o600, "{:?}", entry.path());
        names.push(entry.file_name().into_string().expect("name"));
    }
    names.sort();
    assert!(
        names.starts_with(&["porchlight.db".to_owned()]) && names.contains(&"secret.key".to_owned()),
        "{names:?}"
    );
    std::fs::remove_dir_all(above).expect("removed");
}

//! Files and folders that only their owner reads: the database holds the whole log, the key opens its secrets.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Result, Write};
use std::path::Path;

/// Makes a folder, with those above it. One that is there keeps the access it has.
pub fn folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes an empty file; one that is there keeps what it has. SQLite gives its log and index the access of the file.
pub fn file(path: &Path) -> Result<()> {
    match create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Writes a line into a file that was not there, onto the disk.
pub fn write(path: &Path, text: &str) -> Result<()> {
    let mut file = create(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

/// Takes a file for this process alone, as long as what is returned lives; None when another process has it. The kernel
/// gives it back however the process ends.
pub fn alone(path: &Path) -> Result<Option<File>> {
    file(path)?;
    let file = OpenOptions::new().write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn create(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_file_is_one_process_s_alone_until_it_ends() {
        let path = std::env::temp_dir().join(format!("porchlight-alone-{}", std::process::id()));
        let first = super::alone(&path).expect("a file");
        assert!(first.is_some());
        assert!(super::alone(&path).expect("a file").is_none());
        drop(first);
        assert!(super::alone(&path).expect("a file").is_some());
        std::fs::remove_file(&path).expect("removed");
    }
}

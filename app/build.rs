//! Fingerprints what the browser's half is made of. A page and the module that takes it over must come from one source, or
//! hydration stumbles over the difference: the server compares (`server/src/http/assets.rs`).

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> io::Result<()> {
    let mut files = Vec::new();
    for folder in ["src", "domain/src"] {
        println!("cargo::rerun-if-changed={folder}");
        gather(Path::new(folder), &mut files)?;
    }
    files.push(PathBuf::from("../Cargo.lock"));
    println!("cargo::rerun-if-changed=../Cargo.lock");
    files.sort();
    let mut fingerprint = DefaultHasher::new();
    for file in files {
        (file.to_string_lossy(), fs::read(&file)?).hash(&mut fingerprint);
    }
    println!("cargo::rustc-env=PORCHLIGHT_SOURCES={:016x}", fingerprint.finish());
    Ok(())
}

/// All sources but what only the server compiles: SQL, and tests.
fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if ["store", "db", "tests", "lab"].contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            gather(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

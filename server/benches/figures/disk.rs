//! How often a second this disk makes a small write durable: every figure of a durable store hangs on it.

use std::io::Write;
use std::time::{Duration, Instant};

/// fdatasync calls a second, each after appending 4 KiB, over two seconds, in the folder the benches write to.
pub fn syncs_per_second() -> f64 {
    let path = super::server::scratch().join("sync");
    let mut file = std::fs::File::create(&path).expect("scratch file");
    let (block, began) = ([7_u8; 4_096], Instant::now());
    let mut count = 0_u32;
    while began.elapsed() < Duration::from_secs(2) {
        file.write_all(&block).expect("write");
        file.sync_data().expect("sync");
        count += 1;
    }
    let _ = std::fs::remove_file(path);
    f64::from(count) / began.elapsed().as_secs_f64()
}

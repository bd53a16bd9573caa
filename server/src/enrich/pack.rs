//! Turns lists of autonomous systems in CSV into a table: half a million ranges belong into a mapped file, not
//! into memory.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use porchlight_domain::Timestamp;
use serde_json::json;

use super::list::written_at;
use super::mmdb::Writer;
use super::table::Table;

/// The table that is made.
pub const TABLE: &str = "asn.mmdb";
/// What it is made from.
const LISTS: [&str; 2] = ["asn-ipv4.csv", "asn-ipv6.csv"];

/// Makes the table from the CSV files in `dir` when it is not there or older than they are.
pub fn systems_when_newer(dir: &Path) -> io::Result<()> {
    let lists: Vec<_> = LISTS.iter().map(|name| dir.join(name)).filter(|path| path.exists()).collect();
    let Some(newest) =
        lists.iter().map(|path| written_at(path)).collect::<io::Result<Vec<_>>>()?.into_iter().max()
    else {
        return Ok(());
    };
    let table = dir.join(TABLE);
    if Table::open(&table).is_ok_and(|table| table.built_at >= newest) {
        return Ok(());
    }
    tracing::info!("packing the lists of autonomous systems; this is done once");
    systems(&lists, &table, newest)
}

/// Turns CSV files of `first,last,number,name` into the table `to`, which says it was made at `built_at`.
/// Lines of another form are left out. The file appears whole or not at all.
fn systems(from: &[PathBuf], to: &Path, built_at: Timestamp) -> io::Result<()> {
    let mut writer = Writer::default();
    let mut records = HashMap::new();
    for path in from {
        for line in BufReader::with_capacity(1 << 16, File::open(path)?).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            let Some((first, last, number, name)) = fields(line.trim_end()) else { continue };
            let record = records.entry(number).or_insert_with(|| {
                writer.record(
                    &json!({"autonomous_system_number": number, "autonomous_system_organization": name}),
                )
            });
            writer.insert(first, last, *record);
        }
    }
    let unfinished = to.with_extension(format!("{}.tmp", std::process::id()));
    let mut out = BufWriter::new(File::create(&unfinished)?);
    let written = writer.finish("ASN", built_at, &mut out).and_then(|()| out.into_inner()?.sync_all());
    let written = written.and_then(|()| std::fs::rename(&unfinished, to));
    if written.is_err() {
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}

fn fields(line: &str) -> Option<(IpAddr, IpAddr, u32, String)> {
    let mut fields = line.splitn(4, ',');
    let (first, last): (IpAddr, IpAddr) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    if first.is_ipv4() != last.is_ipv4() {
        return None;
    }
    let number = fields.next()?.parse().ok()?;
    let name = fields.next().unwrap_or_default();
    let unquoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    Some((first, last, number, unquoted.map_or_else(|| name.to_owned(), |name| name.replace("\"\"", "\""))))
}

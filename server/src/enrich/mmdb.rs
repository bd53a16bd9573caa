//! Writes `.mmdb` files: MaxMind DB format 2.0, with IPv6 trees and 32-bit records.

use std::io::{self, Write};
use std::net::IpAddr;

use porchlight_domain::Timestamp;
use serde_json::Value;

/// A record's place in the file's data.
#[derive(Clone, Copy)]
pub struct Record(u32);

/// A child that leads nowhere.
const EMPTY: u32 = u32::MAX;
/// Marks a child that is a record and not a node; `EMPTY` has it too.
const LEAF: u32 = 1 << 31;
/// The data section stands 16 zero bytes behind the tree, and offsets into it count them.
const SEPARATOR: [u8; 16] = [0; 16];

/// The format's type numbers.
const STRING: u8 = 2;
const DOUBLE: u8 = 3;
const UINT16: u8 = 5;
const UINT32: u8 = 6;
const MAP: u8 = 7;
const UINT64: u8 = 9;
const ARRAY: u8 = 11;
const BOOLEAN: u8 = 14;

/// A file in the making: a binary tree over 128-bit addresses (IPv4 at `::/96`), its leaves pointing at records.
pub struct Writer {
    nodes: Vec<[u32; 2]>,
    data: Vec<u8>,
}

impl Default for Writer {
    fn default() -> Self {
        Self { nodes: vec![[EMPTY; 2]], data: Vec::new() }
    }
}

impl Writer {
    /// Adds a record. Whole numbers go up to 4,294,967,295; the format has no null, which becomes the empty text.
    pub fn record(&mut self, value: &Value) -> Record {
        let at = u32::try_from(self.data.len()).unwrap_or(LEAF);
        encode(&mut self.data, value);
        Record(at)
    }

    /// Says that the addresses from `first` to `last` have this record. What was said of them before is overwritten.
    pub fn insert(&mut self, first: IpAddr, last: IpAddr, record: Record) {
        let (mut first, last) = (number(first), number(last));
        while first <= last {
            let room = (last - first).checked_add(1).map_or(127, u128::ilog2);
            let free = first.trailing_zeros().min(room);
            self.insert_network(first, 128 - free, LEAF | record.0);
            let Some(next) = first.checked_add(1 << free) else { return };
            first = next;
        }
    }

    fn insert_network(&mut self, network: u128, length: u32, leaf: u32) {
        let mut node = 0;
        for depth in 1..length {
            let side = side(network, depth);
            let child = self.nodes[node][side];
            node = if child & LEAF == 0 {
                child as usize
            } else {
                self.nodes.push([child; 2]);
                self.nodes[node][side] = (self.nodes.len() - 1) as u32;
                self.nodes.len() - 1
            };
        }
        self.nodes[node][side(network, length)] = leaf;
    }

    /// Writes the file.
    pub fn finish(self, kind: &str, built_at: Timestamp, out: &mut impl Write) -> io::Result<()> {
        let count = u32::try_from(self.nodes.len()).map_err(io::Error::other)?;
        if u64::from(count) + self.data.len() as u64 >= u64::from(LEAF) {
            return Err(io::Error::other("too much for one file"));
        }
        for child in self.nodes.iter().flatten() {
            let value = match *child {
                EMPTY => count,
                leaf if leaf & LEAF != 0 => count + SEPARATOR.len() as u32 + (leaf & !LEAF),
                node => node,
            };
            out.write_all(&value.to_be_bytes())?;
        }
        out.write_all(&SEPARATOR)?;
        out.write_all(&self.data)?;
        out.write_all(b"\xab\xcd\xefMaxMind.com")?;
        out.write_all(&metadata(kind, built_at, count))
    }
}

/// The bit of `network` at this depth, counted from 1 at the top.
fn side(network: u128, depth: u32) -> usize {
    usize::from(network >> (128 - depth) & 1 == 1)
}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u32::from(ip).into(),
        IpAddr::V6(ip) => ip.into(),
    }
}

fn metadata(kind: &str, built_at: Timestamp, node_count: u32) -> Vec<u8> {
    let mut out = Vec::new();
    head(&mut out, MAP, 9);
    for (key, number_type, value) in [
        ("binary_format_major_version", UINT16, 2),
        ("binary_format_minor_version", UINT16, 0),
        ("build_epoch", UINT64, built_at.seconds().unsigned_abs()),
        ("ip_version", UINT16, 6),
        ("node_count", UINT32, node_count.into()),
        ("record_size", UINT16, 32),
    ] {
        string(&mut out, key);
        unsigned(&mut out, number_type, value);
    }
    string(&mut out, "database_type");
    string(&mut out, kind);
    string(&mut out, "description");
    head(&mut out, MAP, 0);
    string(&mut out, "languages");
    head(&mut out, ARRAY, 0);
    out
}

/// A value's control bytes: type and size. Types above 7 take a second byte.
fn head(out: &mut Vec<u8>, kind: u8, size: usize) {
    let (first, more) = match size {
        0..29 => (size as u8, &[][..]),
        29..285 => (29, &[(size - 29) as u8][..]),
        _ => (30, &((size - 285) as u16).to_be_bytes()[..]),
    };
    if kind > MAP {
        out.extend([first, kind - MAP]);
    } else {
        out.push(kind << 5 | first);
    }
    out.extend_from_slice(more);
}

fn string(out: &mut Vec<u8>, text: &str) {
    let text = &text[..text.floor_char_boundary(65_535)];
    head(out, STRING, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn unsigned(out: &mut Vec<u8>, kind: u8, value: u64) {
    let bytes = value.to_be_bytes();
    let bytes = &bytes[value.leading_zeros() as usize / 8..];
    head(out, kind, bytes.len());
    out.extend_from_slice(bytes);
}

fn encode(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Object(fields) => {
            head(out, MAP, fields.len());
            for (key, value) in fields {
                string(out, key);
                encode(out, value);
            }
        }
        Value::Array(items) => {
            head(out, ARRAY, items.len());
            items.iter().for_each(|item| encode(out, item));
        }
        Value::Number(number) => match number.as_u64() {
            Some(whole) => unsigned(out, UINT32, whole.min(u32::MAX.into())),
            None => {
                head(out, DOUBLE, 8);
                out.extend(number.as_f64().unwrap_or_default().to_be_bytes());
            }
        },
        Value::String(text) => string(out, text),
        Value::Bool(flag) => head(out, BOOLEAN, usize::from(*flag)),
        Value::Null => string(out, ""),
    }
}

//! The folder of the geographic data: which files there are, what they are good for, and how old they are.

use std::cmp::Reverse;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use porchlight_domain::Timestamp;
use porchlight_domain::place::Credit;
use porchlight_domain::signal::{Aged, Signal, SignalName, SignalState, version};
use porchlight_domain::time::DAY;
use porchlight_domain::version::Version;

use super::geo::Places;
use super::list::List;
use super::network::Networks;
use super::pack;
use super::table::{Kind, Table};

/// What makes a change of the folder noticed: name, time and size of each file that matters, by name.
pub type Stamp = Vec<(PathBuf, Option<SystemTime>, u64)>;

/// All data, as the folder held it at one moment.
pub struct Sources {
    /// Where addresses are.
    pub places: Places,
    /// Which networks they belong to.
    pub networks: Networks,
    /// The folder as it was.
    pub stamp: Stamp,
    /// A sentence for each file that could not be read.
    pub problems: Vec<String>,
    /// Which data it is.
    pub version: Option<Version>,
    /// When the oldest part of each signal was made.
    made: Vec<(SignalName, Timestamp)>,
}

/// How the folder is now.
pub fn stamp(dir: &Path) -> Stamp {
    let files = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut stamp: Stamp = files
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "mmdb" || kind == "csv" || kind == "txt"))
        .filter_map(|path| std::fs::metadata(&path).ok().map(|file| (path, file.modified().ok(), file.len())))
        .collect();
    stamp.sort();
    stamp
}

/// The tables that can be read, the newest first; `noted` is told of the others.
fn read_tables(stamp: &Stamp, noted: &mut impl FnMut(&Path, &dyn std::fmt::Display)) -> Vec<Table> {
    let paths = stamp.iter().map(|(path, ..)| path);
    let mut tables = Vec::new();
    for path in paths.filter(|path| path.extension().is_some_and(|kind| kind == "mmdb")) {
        match Table::open(path) {
            Ok(table) => tables.push(table),
            Err(why) => noted(path, &why),
        }
    }
    tables.sort_by_key(|table| Reverse(table.built_at));
    tables
}

impl Sources {
    /// Reads the folder. What is missing or broken is left out.
    pub fn read(dir: &Path) -> Self {
        let mut problems = Vec::new();
        let mut noted = |path: &Path, why: &dyn std::fmt::Display| {
            problems.push(format!("{}: {why}", path.file_name().unwrap_or_default().to_string_lossy()));
        };
        if let Err(error) = pack::systems_when_newer(dir) {
            noted(&dir.join(pack::TABLE), &error);
        }
        let stamp = stamp(dir);
        let mut tables = read_tables(&stamp, &mut noted);
        let mut list = |name: &str| {
            let path = dir.join(name);
            match List::read(&path) {
                Ok(list) => Some(list),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => {
                    noted(&path, &error);
                    None
                }
            }
        };
        let (hosting, vpn, tor) = (list("hosting.txt"), list("vpn.txt"), list("tor.txt"));
        let mut of = |kind: Kind| tables.extract_if(.., |table| table.kind == kind).collect();
        let places = Places { cities: of(Kind::City), countries: of(Kind::Country) };
        let networks = Networks { systems: of(Kind::System), hosting, vpn, tor };
        let mut sources = Self { places, networks, stamp, problems, version: None, made: Vec::new() };
        let signals = sources.signals(Timestamp(0));
        sources.version = version(&signals);
        let made = signals.iter().filter_map(|signal| match signal.state {
            SignalState::On { built_at, .. } => Some((signal.name, built_at)),
            SignalState::Off { .. } => None,
        });
        sources.made = made.collect();
        sources
    }

    /// What of it is old, and says less.
    pub fn aged(&self, now: Timestamp) -> Vec<Aged> {
        let age = |(signal, made): &(SignalName, Timestamp)| Aged { signal: *signal, days: days(*made, now) };
        self.made.iter().map(age).filter(|old| old.days > old.signal.fresh_days()).collect()
    }

    /// What can be told, and from what.
    pub fn signals(&self, now: Timestamp) -> Vec<Signal> {
        let Self { places: Places { cities, countries }, networks, .. } = self;
        let both = || cities.iter().chain(countries);
        let signal =
            |name, parts: Parts<'_>, missing| Signal { name, state: self.state(name, &parts, missing, now) };
        let hosting = tables(&networks.systems).into_iter().chain(listed(&networks.hosting)).collect();
        vec![
            signal(SignalName::Country, tables(both()), "no .mmdb of cities or countries"),
            signal(SignalName::City, tables(cities), "no .mmdb of cities"),
            signal(SignalName::Network, tables(&networks.systems), "no .mmdb or CSV of autonomous systems"),
            signal(SignalName::Hosting, hosting, "no data of autonomous systems and no hosting.txt"),
            signal(SignalName::Vpn, listed(&networks.vpn), "no vpn.txt"),
            signal(SignalName::Tor, listed(&networks.tor), "no tor.txt"),
        ]
    }

    fn state(&self, name: SignalName, parts: &Parts<'_>, missing: &str, now: Timestamp) -> SignalState {
        let Some(built_at) = parts.iter().map(|part| part.built_at).min() else {
            let why =
                std::iter::once(missing).chain(self.problems.iter().map(String::as_str)).collect::<Vec<_>>();
            return SignalState::Off { why: why.join("; ") };
        };
        let age_days = days(built_at, now);
        SignalState::On {
            source: parts.iter().map(|part| part.name).collect::<Vec<_>>().join(", "),
            credit: parts.iter().find_map(|part| part.credit),
            built_at,
            age_days,
            stale: age_days > name.fresh_days(),
        }
    }
}

/// Whole days since then.
fn days(made: Timestamp, now: Timestamp) -> u32 {
    (now.since(made) / DAY).max(0).try_into().unwrap_or(u32::MAX)
}

/// A file behind a signal.
struct Part<'a> {
    name: &'a str,
    built_at: Timestamp,
    credit: Option<Credit>,
}

type Parts<'a> = Vec<Part<'a>>;

fn tables<'a>(tables: impl IntoIterator<Item = &'a Table>) -> Parts<'a> {
    let part = |table: &'a Table| Part { name: &table.name, built_at: table.built_at, credit: table.credit };
    tables.into_iter().map(part).collect()
}

fn listed(list: &Option<List>) -> Parts<'_> {
    list.iter().map(|list| Part { name: &list.name, built_at: list.built_at, credit: None }).collect()
}

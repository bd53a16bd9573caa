//! `porchlight import …`: history from elsewhere, judged and learned in the order of time as if it had come in live.
//!
//! An event's id is made of what its line says, so that a second run, one after a kill, or one over a longer copy of
//! the same file stores nothing twice.

mod csv;
mod events;
mod lines;
mod order;
mod rba;
mod sshd;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use porchlight_domain::Timestamp;
use porchlight_domain::db::Db;
use porchlight_domain::event::parse::{self, Dialect};
use porchlight_domain::event::store::{Arrival, record};
use porchlight_domain::id::ProjectId;
use porchlight_domain::place::{Network, Place};
use serde_json::Value;

use super::progress::{Progress, thousands};
use crate::clock;
use crate::config::Config;
use crate::enrich::{Enricher, GeoSettings};
use crate::ingest::arrival;
use lines::{Line, Lines};
use order::{Order, Waiting};

/// How many bad lines are shown.
const SHOWN: u64 = 10;
/// One line of `message repeated` stands for at most so many events.
const MOST_OF_A_LINE: u32 = 1_000;

const AFTER_HELP: &str = "\
A map for --format csv, in TOML (or the same in JSON):
  delimiter = \";\"                                  a comma when absent
  time = \"[day].[month].[year] [hour]:[minute]\"    or rfc3339 (when absent), unix, unix_ms
  [columns]                                        our field = the table's column
  occurred_at = \"Zeit\"
  verb = \"Ergebnis\"
  \"user.id\" = \"Benutzer\"
  ip = \"Adresse\"
  [constants]                                      our field = the same for every row
  \"source.name\" = \"Shop\"
  [values.verb]                                    what a column's values mean
  ok = \"log-in\"
  falsch = \"log-in-denied\"

Events of the last 24 hours are treated as live ones: they may open alerts and ask users. Older ones never do.
A second run over the same events stores nothing twice.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Import {
    /// The file; - reads standard input.
    file: PathBuf,
    /// The project's name or id.
    #[arg(long)]
    project: String,
    /// What the file is.
    #[arg(long)]
    format: Format,
    /// For csv: a TOML or JSON file that says which column is what, as below.
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Events committed together.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    batch: u16,
    /// Lines that are held back to be sorted by time.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    window: u32,
    /// For sshd's traditional times, which name no year: the year of the first line.
    #[arg(long)]
    year: Option<i32>,
    /// For sshd's traditional times and for csv: hours east of UTC at which they were written, as +02:00.
    #[arg(long, default_value = "+00:00", value_parser = offset, allow_hyphen_values = true)]
    utc_offset: time::UtcOffset,
    /// Only read the file and say what is wrong with it.
    #[arg(long)]
    dry_run: bool,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON object a line, as POST /api/v1/events takes them, each with `occurred_at`.
    Events,
    /// The login data set for risk-based authentication of das-group (rba-dataset.csv).
    Rba,
    /// OpenSSH's log: auth.log, secure, or journalctl's output.
    Sshd,
    /// A table with a header line, explained by --map.
    Csv,
}

/// An event that a line tells of: in the native form, with what the file knows of the address.
#[derive(Clone, Debug, Default, PartialEq)]
struct Read {
    event: Value,
    place: Option<Place>,
    asn: Option<u32>,
    /// So many of them.
    times: u32,
}

/// A line is an event, something else that belongs there, or broken.
type Told = Result<Option<Read>, String>;

/// Reads one line after the other.
trait Reader {
    fn read(&mut self, line: &str) -> Told;
}

/// What became of the lines.
#[derive(Debug, Default)]
struct Counts {
    lines: u64,
    stored: u64,
    repeated: u64,
    other: u64,
    bad: u64,
}

impl Counts {
    /// Shows the first bad lines, counts all.
    fn bad(&mut self, line: u64, why: &str) {
        self.bad += 1;
        if self.bad <= SHOWN {
            eprintln!("line {line}: {why}");
        } else if self.bad == SHOWN + 1 {
            eprintln!("… further bad lines are only counted");
        }
    }
}

/// What an import works with.
struct Work<'a> {
    db: &'a Db,
    project: ProjectId,
    enricher: Enricher,
    public_url: String,
    batch: usize,
    dry_run: bool,
    now: Timestamp,
    counts: Counts,
    ready: Vec<Arrival>,
}

pub(super) async fn run(db: &Db, config: &Config, asked: Import) -> Result<(), String> {
    let found = super::key::find(db, &asked.project).await?;
    let mut work = Work {
        db,
        project: found.id,
        enricher: Enricher::open(&GeoSettings { dir: config.geo_dir() }),
        public_url: config.public_url(),
        batch: usize::from(asked.batch),
        dry_run: asked.dry_run,
        now: clock::now(),
        counts: Counts::default(),
        ready: Vec::new(),
    };
    let mut reader = reader(&asked, work.now)?;
    let mut progress = Progress::new("lines");
    let done = work.all(&asked, reader.as_mut(), &mut progress).await;
    // What was stored before a fault is learned all the same.
    let saved = porchlight_domain::risk::store::step(db, clock::now()).await;
    progress.end(work.counts.lines);
    let Counts { lines, stored, repeated, other, bad } = work.counts;
    for (count, what) in [
        (lines, "lines read"),
        (stored, if asked.dry_run { "events would be stored" } else { "events stored" }),
        (repeated, "events were stored already"),
        (other, "lines are about something else"),
        (bad, "lines are bad"),
    ] {
        println!("{:>14} {what}", thousands(count));
    }
    done?;
    saved.map_err(|error| error.to_string())?;
    if bad > 0 && stored + repeated == 0 {
        return Err("there is no event in the file: is it another --format?".to_owned());
    }
    Ok(())
}

fn reader(asked: &Import, now: Timestamp) -> Result<Box<dyn Reader>, String> {
    Ok(match asked.format {
        Format::Events => Box::new(events::Events),
        Format::Rba => Box::new(rba::Rba::default()),
        Format::Sshd => Box::new(sshd::Sshd::new(asked.year, asked.utc_offset, now)),
        Format::Csv => {
            let map = asked.map.as_ref().ok_or("--format csv needs --map FILE")?;
            Box::new(csv::Table::open(map, asked.utc_offset)?)
        }
    })
}

impl Work<'_> {
    async fn all(
        &mut self,
        asked: &Import,
        reader: &mut dyn Reader,
        progress: &mut Progress,
    ) -> Result<(), String> {
        let mut lines = Lines::open(&asked.file, matches!(asked.format, Format::Csv | Format::Rba))?;
        let mut order = Order::new(asked.window as usize);
        while let Some(line) = lines.next().map_err(|error| format!("cannot read on: {error}"))? {
            self.counts.lines += 1;
            if let Line::Text(number, text) = &line {
                self.line(reader, &mut order, *number, text);
            } else if let Line::TooLong(number) = line {
                self.counts.bad(number, &format!("is longer than {} bytes", lines::MOST));
            }
            order.check(self.counts.lines)?;
            while let Some(next) = order.due() {
                self.take(next).await?;
            }
            progress.at(self.counts.lines, lines.share());
        }
        while let Some(next) = order.rest() {
            self.take(next).await?;
        }
        self.store().await
    }

    fn line(&mut self, reader: &mut dyn Reader, order: &mut Order, number: u64, text: &str) {
        let read = match reader.read(text) {
            Ok(Some(read)) => read,
            Ok(None) => return self.counts.other += 1,
            Err(why) => return self.counts.bad(number, &why),
        };
        let event = match parse::event(&read.event, Dialect::Native, "", self.now) {
            Ok(event) => event,
            Err(error) => return self.counts.bad(number, &error.to_string()),
        };
        let Some(at) = event.occurred_at else {
            return self.counts.bad(number, "occurred_at: must be given: when did it happen?");
        };
        let times = read.times.clamp(1, MOST_OF_A_LINE);
        let waiting = Waiting { at, line: number, event, place: read.place, asn: read.asn, times };
        if let Err(last) = order.put(waiting) {
            let why = format!("is from {}, after a line from {}: out of order", at.human(), last.human());
            self.counts.bad(number, &why);
        }
    }

    async fn take(&mut self, next: Waiting) -> Result<(), String> {
        let Waiting { event, place, asn, .. } = next;
        let mut arrival = arrival(&self.enricher, self.project, event, self.now);
        // What the file knows of its addresses holds: they may be made up, or have moved since.
        if place.is_some() {
            arrival.observation.place = place;
        }
        if let Some(asn) = asn {
            let known = arrival.observation.network.take().filter(|network| network.asn == Some(asn));
            let network = known.unwrap_or(Network { asn: Some(asn), ..Network::default() });
            arrival.observation.network = Some(network);
        }
        self.ready.push(arrival);
        if self.ready.len() >= self.batch { self.store().await } else { Ok(()) }
    }

    async fn store(&mut self) -> Result<(), String> {
        let group = std::mem::take(&mut self.ready);
        if self.dry_run || group.is_empty() {
            self.counts.stored += group.len() as u64;
            return Ok(());
        }
        let recorded = record(self.db, &group, &self.public_url, clock::now()).await;
        let recorded = recorded.map_err(|error| format!("cannot store: {error}"))?;
        let repeated = recorded.iter().filter(|one| one.repeated).count() as u64;
        self.counts.repeated += repeated;
        self.counts.stored += recorded.len() as u64 - repeated;
        Ok(())
    }
}

/// `+02:00`
fn offset(text: &str) -> Result<time::UtcOffset, String> {
    let format = time::macros::format_description!("[offset_hour sign:mandatory]:[offset_minute]");
    time::UtcOffset::parse(text, format).map_err(|_| format!("{text} is no offset like +02:00"))
}

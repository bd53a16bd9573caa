//! `porchlight import …`: history from elsewhere, judged and learned in the order of time as if it had come in live.
//!
//! An event's id is made of what its line says, so that a second run, one after a kill, or one over a longer copy of
//! the same file stores nothing twice.

mod asked;
mod counts;
mod csv;
mod events;
pub(super) mod lines;
mod missing;
mod order;
pub(super) mod rba;
pub(super) mod read;
mod repeats;
mod sshd;

use porchlight_domain::backtest::store::span;
use porchlight_domain::db::Db;
use porchlight_domain::event::store::{Arrival, record};
use porchlight_domain::id::ProjectId;
use porchlight_domain::{Error, Timestamp};

use super::progress::Progress;
use crate::clock;
use crate::config::Config;
use crate::enrich::{Enricher, GeoSettings};
use asked::Format;
pub(super) use asked::Import;
use counts::Counts;
use lines::{Line, Lines};
use missing::missing;
use order::{Order, Waiting};
use read::Read;
use repeats::Repeats;

/// One line of `message repeated` stands for at most so many events.
const MOST_OF_A_LINE: u32 = 1_000;

/// A line is an event, something else that belongs there, or broken.
type Told = Result<Option<Read>, Fault>;

/// What is wrong.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    /// With this line: the others may be good.
    Line(String),
    /// With what all lines have in common: there is nothing to read on for.
    File(String),
}

impl From<String> for Fault {
    fn from(why: String) -> Self {
        Self::Line(why)
    }
}

/// Reads one line after the other.
trait Reader {
    fn read(&mut self, line: &str) -> Told;

    /// Sees a line that is read later, in its turn: what follows may tell how a line is meant.
    fn look(&mut self, _line: &str) {}

    /// What whoever imports should know of how the lines were taken.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
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
    /// The lines of those that are ready.
    numbers: Vec<u64>,
    repeats: Repeats,
}

pub(super) async fn run(db: &Db, config: &Config, asked: Import) -> Result<(), String> {
    let found = super::key::find(db, &asked.project).await?;
    let newest = span(db, found.id).await.map_err(|error| error.to_string())?.map(|(_, last)| last);
    let mut work = Work {
        db,
        project: found.id,
        enricher: Enricher::open(&GeoSettings { dir: config.geo_dir() }),
        public_url: config.public_url(),
        batch: usize::from(asked.batch),
        dry_run: asked.dry_run,
        now: clock::now(),
        counts: Counts::after(newest),
        ready: Vec::new(),
        numbers: Vec::new(),
        repeats: Repeats::default(),
    };
    missing(&work.enricher, config).iter().for_each(|line| eprintln!("{line}"));
    let lines = Lines::open(&asked.file, matches!(asked.format, Format::Csv | Format::Rba))?;
    let mut reader = reader(&asked, work.now)?;
    let mut progress = Progress::new("lines");
    let done = work.all(lines, asked.window as usize, reader.as_mut(), &mut progress).await;
    // What was stored before a fault is learned all the same.
    let saved = porchlight_domain::risk::store::step(db, clock::now()).await;
    progress.end(work.counts.lines);
    if done.is_ok() || work.counts.has_any() {
        work.counts.tell(asked.dry_run);
    }
    done?;
    work.counts.slips().for_each(|slip| println!("{slip}"));
    work.counts.left_out(MOST_OF_A_LINE).iter().for_each(|remark| println!("{remark}"));
    reader.remarks().iter().for_each(|remark| println!("{remark}"));
    work.counts.out_of_order(&found.name).iter().for_each(|remark| println!("{remark}"));
    saved.map_err(|error| error.to_string())?;
    if work.counts.are_all_bad() {
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
        mut lines: Lines,
        window: usize,
        reader: &mut dyn Reader,
        progress: &mut Progress,
    ) -> Result<(), String> {
        let mut order = Order::new(window);
        while let Some(line) =
            lines.next_seen(|text| reader.look(text)).map_err(|error| format!("cannot read on: {error}"))?
        {
            self.counts.lines += 1;
            if let Line::Text(number, text) = &line {
                self.line(reader, &mut order, *number, text)?;
            } else if let Line::TooLong(number) = line {
                self.counts.bad(number, &format!("is longer than {} bytes", lines::MOST));
            }
            if let Line::Unclosed(number) = line {
                self.counts.bad(number, lines::UNCLOSED);
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

    fn line(
        &mut self,
        reader: &mut dyn Reader,
        order: &mut Order,
        number: u64,
        text: &str,
    ) -> Result<(), String> {
        let told = reader.read(text).and_then(|read| {
            let parsed = read.map(|read| read.parse(self.now).map(|(event, at)| (read, event, at)));
            Ok(parsed.transpose()?)
        });
        let (read, event, at) = match told {
            Ok(Some(told)) => told,
            Ok(None) => {
                self.counts.other += 1;
                return Ok(());
            }
            Err(Fault::Line(why)) => {
                self.counts.bad(number, &why);
                return Ok(());
            }
            Err(Fault::File(why)) => return Err(format!("line {number}: {why}")),
        };
        let times = read.times.clamp(1, MOST_OF_A_LINE);
        self.counts.cut(read.times.saturating_sub(MOST_OF_A_LINE));
        let waiting = Waiting { at, line: number, event, place: read.place, asn: read.asn, times };
        if let Err(last) = order.put(waiting) {
            let why = format!("is from {}, after a line from {}: out of order", at.human(), last.human());
            self.counts.bad(number, &why);
        }
        Ok(())
    }

    async fn take(&mut self, next: Waiting) -> Result<(), String> {
        let Waiting { event, place, asn, line, .. } = next;
        if self.dry_run && !self.repeats.is_new(&event, line, &mut self.counts) {
            return Ok(());
        }
        self.counts.verb(&event.verb);
        self.ready.push(read::enriched(&self.enricher, self.project, event, place, asn, self.now));
        self.numbers.push(line);
        if self.ready.len() >= self.batch { self.store().await } else { Ok(()) }
    }

    /// Stores what is ready. A batch with an event that cannot be stored is halved until that one is alone.
    async fn store(&mut self) -> Result<(), String> {
        let (group, numbers) = (std::mem::take(&mut self.ready), std::mem::take(&mut self.numbers));
        if self.dry_run || group.is_empty() {
            self.counts.stored += group.len() as u64;
            return Ok(());
        }
        let mut parts = vec![(group.as_slice(), numbers.as_slice())];
        while let Some((part, numbers)) = parts.pop() {
            match record(self.db, part, &self.public_url, clock::now()).await {
                Ok(recorded) => self.counts.recorded(part, &recorded),
                Err(Error::Conflict(why)) if part.len() == 1 => {
                    self.counts.bad(numbers.first().copied().unwrap_or_default(), &why);
                }
                Err(Error::Conflict(_)) => {
                    let ((a, b), (c, d)) = (part.split_at(part.len() / 2), numbers.split_at(part.len() / 2));
                    parts.extend([(b, d), (a, c)]);
                }
                Err(error) => return Err(format!("cannot store: {error}")),
            }
        }
        Ok(())
    }
}

//! How far a long command is, on standard error: a bar that is drawn again on a terminal, else a line now and then.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use porchlight_domain::Timestamp;
use porchlight_domain::time::SECOND;

use crate::clock;

/// How often a terminal's bar is drawn.
const REDRAW: Duration = Duration::from_millis(100);
/// How often a log gets a line.
const LINE: Duration = Duration::from_secs(10);
/// The bar's width, in characters.
const WIDTH: usize = 30;

/// The progress of one command.
#[derive(Debug)]
pub(super) struct Progress {
    what: &'static str,
    terminal: bool,
    began: Timestamp,
    told: Timestamp,
}

impl Progress {
    /// Begins now; `what` is counted: `events`, `lines`.
    pub(super) fn new(what: &'static str) -> Self {
        let now = clock::now();
        Self { what, terminal: std::io::stderr().is_terminal(), began: now, told: now }
    }

    /// So many are done, `share` of all that there is to do.
    pub(super) fn at(&mut self, done: u64, share: f64) {
        let now = clock::now();
        let every = if self.terminal { REDRAW } else { LINE };
        if u128::from(now.since(self.told).max(0).unsigned_abs()) >= every.as_micros() {
            self.told = now;
            self.write(&self.line(done, share, now), false);
        }
    }

    /// All of it.
    pub(super) fn end(&self, done: u64) {
        self.write(&self.line(done, 1.0, clock::now()), true);
    }

    fn line(&self, done: u64, share: f64, now: Timestamp) -> String {
        let seconds = (now.since(self.began) as f64 / SECOND as f64).max(0.001);
        let share = share.clamp(0.0, 1.0);
        let rate = thousands((done as f64 / seconds) as u64);
        let left = if share > 0.0 && share < 1.0 {
            format!(", {} left", span(seconds / share - seconds))
        } else {
            format!(" in {}", span(seconds))
        };
        let figures = format!("{:3.0} %  {} {} ({rate}/s){left}", share * 100.0, thousands(done), self.what);
        if !self.terminal {
            return figures;
        }
        let full = (share * WIDTH as f64) as usize;
        format!("[{}{}] {figures}", "#".repeat(full), " ".repeat(WIDTH - full))
    }

    /// A terminal that is gone is no reason to stop.
    fn write(&self, line: &str, last: bool) {
        let mut stderr = std::io::stderr();
        let _ = match self.terminal {
            true => write!(stderr, "\r{line}\x1b[K{}", if last { "\n" } else { "" }),
            false => writeln!(stderr, "{line}"),
        };
        let _ = stderr.flush();
    }
}

/// `1,234,567`
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 event`, `1,234 events`
pub(super) fn count(number: u64, one: &str) -> String {
    format!("{} {one}{}", thousands(number), if number == 1 { "" } else { "s" })
}

fn span(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    match (whole / 3_600, whole / 60 % 60, whole % 60) {
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_for_people() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!((span(59.9), span(61.0), span(3_661.0)), ("0:59".into(), "1:01".into(), "1:01:01".into()));
        let mut progress =
            Progress { what: "lines", terminal: true, began: Timestamp(0), told: Timestamp(0) };
        let line = progress.line(500, 0.5, Timestamp(10 * SECOND));
        assert!(
            line.starts_with("[###############               ]  50 %  500 lines (50/s), 0:10 left"),
            "{line}"
        );
        progress.terminal = false;
        assert_eq!(progress.line(1_000, 1.0, Timestamp(20 * SECOND)), "100 %  1,000 lines (50/s) in 0:20");
    }
}

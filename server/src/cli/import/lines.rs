//! Lines of a file or of standard input, none longer than a bound.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The longest line taken, in bytes: the largest event.
pub(in crate::cli) const MOST: usize = 64 * 1024;

/// So many lines are seen before they are read.
const AHEAD: usize = 200;

/// What is wrong with [`Line::Unclosed`].
pub(in crate::cli) const UNCLOSED: &str = "opens a quote that is never closed: what follows it cannot be told apart (a quote inside one is doubled)";

/// A line, with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Line {
    /// Its text, without what ends it. What is not UTF-8 in it becomes U+FFFD.
    Text(u64, String),
    /// It is longer than [`MOST`].
    TooLong(u64),
    /// A quote opens in it that is not closed before the end of the file, or within [`MOST`].
    Unclosed(u64),
}

/// Reads lines.
pub(in crate::cli) struct Lines {
    input: Box<dyn BufRead + Send>,
    /// Quotes may hold line ends.
    quoted: bool,
    number: u64,
    bytes: u64,
    size: Option<u64>,
    /// Lines that were seen and not read yet.
    ahead: VecDeque<Line>,
}

impl Lines {
    /// Opens a file, or `-`.
    pub(in crate::cli) fn open(path: &Path, quoted: bool) -> Result<Self, String> {
        if path == Path::new("-") {
            return Ok(Self::new(Box::new(BufReader::new(io::stdin())), quoted, None));
        }
        let told = |error: io::Error| format!("cannot read {}: {error}", path.display());
        let file = File::open(path).map_err(told)?;
        let about = file.metadata().map_err(told)?;
        if about.is_dir() {
            return Err(format!("{} is a folder", path.display()));
        }
        let size = about.is_file().then_some(about.len());
        Ok(Self::new(Box::new(BufReader::with_capacity(1 << 16, file)), quoted, size))
    }

    /// Lines of something else; `size` is how many bytes, when that is known.
    pub(in crate::cli) fn new(input: Box<dyn BufRead + Send>, quoted: bool, size: Option<u64>) -> Self {
        Self { input, quoted, number: 0, bytes: 0, size, ahead: VecDeque::new() }
    }

    /// How much has been read, 0..1; 0 where the end is not known.
    pub(in crate::cli) fn share(&self) -> f64 {
        self.size.filter(|size| *size > 0).map_or(0.0, |size| self.bytes as f64 / size as f64)
    }

    /// The next line; the texts of those that follow it are shown to `see` before.
    pub(in crate::cli) fn next_seen(&mut self, mut see: impl FnMut(&str)) -> io::Result<Option<Line>> {
        while self.ahead.len() <= AHEAD {
            let Some(line) = self.next()? else { break };
            if let Line::Text(_, text) = &line {
                see(text);
            }
            self.ahead.push_back(line);
        }
        Ok(self.ahead.pop_front())
    }

    /// The next line that is not blank.
    pub(in crate::cli) fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let mut line = Vec::new();
            if self.physical(&mut line)? == 0 {
                return Ok(None);
            }
            let number = self.number;
            let mut open = self.quoted && is_odd(&line);
            while open && line.len() <= MOST {
                let known = line.len();
                if self.physical(&mut line)? == 0 {
                    break;
                }
                open ^= is_odd(line.get(known..).unwrap_or_default());
            }
            while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
                line.pop();
            }
            // One line that is too long is that; what went on over line ends is a quote.
            if open && (line.len() <= MOST || self.number > number) {
                return Ok(Some(Line::Unclosed(number)));
            }
            if line.len() > MOST {
                return Ok(Some(Line::TooLong(number)));
            }
            let text = String::from_utf8_lossy(&line);
            let text = if number == 1 { text.trim_start_matches('\u{feff}') } else { &text };
            if !text.trim().is_empty() {
                return Ok(Some(Line::Text(number, text.to_owned())));
            }
        }
    }

    /// Adds up to the next line end; of a line that is too long only enough to see that it is.
    fn physical(&mut self, line: &mut Vec<u8>) -> io::Result<u64> {
        let room = (MOST + 3).saturating_sub(line.len()) as u64;
        let mut read = self.input.by_ref().take(room.max(1)).read_until(b'\n', line)? as u64;
        if read > 0 && line.last() != Some(&b'\n') && line.len() > MOST {
            read += self.skip()?;
        }
        self.bytes += read;
        self.number += u64::from(read > 0);
        Ok(read)
    }

    fn skip(&mut self) -> io::Result<u64> {
        let mut skipped = 0;
        loop {
            let buffer = self.input.fill_buf()?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.input.consume(used);
            skipped += used as u64;
            if end.is_some() || used == 0 {
                return Ok(skipped);
            }
        }
    }
}

/// Whether a quote that begins in this is not ended in it.
fn is_odd(text: &[u8]) -> bool {
    text.iter().filter(|byte| **byte == b'"').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8], quoted: bool) -> Vec<Line> {
        let mut lines = Lines::new(Box::new(io::Cursor::new(text.to_vec())), quoted, Some(text.len() as u64));
        let mut all = Vec::new();
        while let Some(line) = lines.next().expect("line") {
            all.push(line);
        }
        assert!((lines.share() - 1.0).abs() < 1e-9, "all of it was read");
        all
    }

    #[test]
    fn lines_are_numbered_and_blank_ones_left_out() {
        let text = |number, text: &str| Line::Text(number, text.to_owned());
        let read = all(b"\xef\xbb\xbfa\r\n\n  \nb\xff\nc", false);
        assert_eq!(read, [text(1, "a"), text(4, "b\u{fffd}"), text(5, "c")]);
        assert_eq!(all(b"1,\"a\nb\"\n2,c\n", true), [text(1, "1,\"a\nb\""), text(3, "2,c")]);
        assert_eq!(all(b"1,\"a\nb", true), [Line::Unclosed(1)], "a quote that never ends");
        assert_eq!(all(b"1,a\n2,\"b", true), [text(1, "1,a"), Line::Unclosed(2)]);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let mut long = vec![b'x'; 3 * MOST];
        long.extend(b"\nshort\n");
        assert_eq!(all(&long, false), [Line::TooLong(1), Line::Text(2, "short".into())]);
        let mut fits = vec![b'y'; MOST];
        fits.extend(b"\r\n");
        assert!(matches!(&all(&fits, false)[..], [Line::Text(1, text)] if text.len() == MOST));
        let mut open = b"\"".to_vec();
        open.extend(std::iter::repeat_n(b"zz\n", MOST).flatten());
        assert_eq!(all(&open, true).first(), Some(&Line::Unclosed(1)), "a quote that never ends is bounded");
    }
}

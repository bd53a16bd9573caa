//! What came back from a receiver, as far as it was read.

use time::PrimitiveDateTime;
use time::macros::format_description;

use super::{Fault, Phases};
use crate::Timestamp;
use crate::time::{DAY, SECOND};

/// A receiver's answer, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status, when one came.
    pub status: Option<u16>,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body as read, at most 256 KiB.
    pub body: Vec<u8>,
    /// Why the attempt failed although, or because no, status came: in words.
    pub error: Option<String>,
    /// The kind of that, where it says what to do.
    pub fault: Option<Fault>,
    /// Where the time went.
    pub phases: Phases,
}

impl Answer {
    /// The value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// True when the receiver took the message: a whole answer of 2xx, nothing else.
    pub fn is_success(&self) -> bool {
        self.error.is_none() && self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// True when the receiver, or what stands before it, says that it has too much to do.
    pub fn is_throttle(&self) -> bool {
        matches!(self.status, Some(429 | 502 | 503 | 504))
    }

    /// True when less at once might help: it throttles, fails, or does not answer.
    pub fn is_overload(&self) -> bool {
        !self.is_success() && self.status.is_none_or(|status| status == 429 || status >= 500)
    }

    /// Why it failed, in words; None when it did not.
    pub fn failure(&self) -> Option<String> {
        if self.is_success() {
            return None;
        }
        let status = self.status.unwrap_or_default();
        Some(match &self.error {
            Some(error) => error.clone(),
            None if (300..400).contains(&status) => format!("answered {status}: redirects are not followed"),
            None => format!("answered {status}"),
        })
    }

    /// How long the receiver asks us to wait, in microseconds (RFC 9110 §10.2.3: seconds or a date).
    pub fn retry_after(&self, now: Timestamp) -> Option<i64> {
        let text = self.header("retry-after")?.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            // However many digits: longer than anybody waits.
            return Some(text.parse::<u32>().map_or(DAY, |seconds| i64::from(seconds) * SECOND));
        }
        http_date(text).map(|at| at.since(now))
    }

    /// How far the receiver's clock is ahead of ours, in seconds, from its `Date` header: against when the headers came,
    /// not when the last of the body did, which was at `ended`.
    pub fn clock_offset(&self, ended: Timestamp) -> Option<i64> {
        let arrived = ended.plus(-self.phases.body_us.unwrap_or(0));
        http_date(self.header("date")?).map(|date| date.seconds() - arrived.seconds())
    }

    /// How the body is packed, where that keeps it from being read: nobody asked for it.
    pub fn encoding(&self) -> Option<&str> {
        self.header("content-encoding").map(str::trim).filter(|how| !matches!(*how, "" | "identity"))
    }

    /// The body's first `limit` bytes as text that every database takes; of bytes that are no text only how many.
    pub fn excerpt(&self, limit: usize) -> String {
        let bytes = &self.body[..self.body.len().min(limit)];
        // PostgreSQL's TEXT cannot hold NUL.
        let text = String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}");
        if is_binary(&text) { format!("[{} bytes that are no text]", self.body.len()) } else { text }
    }
}

/// Whether more than a quarter of it is what no text has: packed or an image, not a few characters in another encoding.
fn is_binary(text: &str) -> bool {
    let is_odd =
        |character: &char| *character == '\u{fffd}' || (character.is_control() && !character.is_whitespace());
    text.chars().filter(is_odd).count() * 4 > text.chars().count()
}

/// Reads an IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7; the obsolete forms are not taken).
fn http_date(text: &str) -> Option<Timestamp> {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let moment = PrimitiveDateTime::parse(text.trim(), format).ok()?;
    Some(Timestamp::from_seconds(moment.assume_utc().unix_timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Answer { status: Some(status), headers, ..Answer::default() }
    }

    #[test]
    fn only_a_whole_2xx_is_a_success() {
        assert!(answer(204, &[]).is_success());
        assert_eq!(answer(200, &[]).failure(), None);
        let broken = Answer { error: Some("the answer is larger than 256 KiB".into()), ..answer(200, &[]) };
        assert_eq!(broken.failure().as_deref(), Some("the answer is larger than 256 KiB"));
        assert_eq!(answer(308, &[]).failure().as_deref(), Some("answered 308: redirects are not followed"));
        assert_eq!(answer(500, &[]).failure().as_deref(), Some("answered 500"));
    }

    #[test]
    fn retry_after_and_date_are_read_in_both_forms() {
        let now = Timestamp::from_seconds(784_111_777);
        assert_eq!(answer(503, &[("retry-after", "120")]).retry_after(now), Some(120 * SECOND));
        let late = answer(503, &[("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT")]);
        assert_eq!(late.retry_after(now), Some(60 * SECOND));
        assert_eq!(answer(503, &[("retry-after", "soon")]).retry_after(now), None);
        assert_eq!(answer(503, &[("retry-after", "99999999999999999999")]).retry_after(now), Some(DAY));
        assert_eq!(answer(200, &[("date", "Sun, 06 Nov 1994 08:44:37 GMT")]).clock_offset(now), Some(-300));
        let mut slow = answer(200, &[("date", "Sun, 06 Nov 1994 08:49:30 GMT")]);
        slow.phases.body_us = Some(7 * SECOND);
        assert_eq!(slow.clock_offset(now), Some(0), "its headers came seven seconds before the end");
        assert_eq!(answer(200, &[("date", "06 Nov 1994")]).clock_offset(now), None);
    }

    #[test]
    fn an_excerpt_is_bounded_and_has_no_nul() {
        let excerpt = |body: &[u8], limit| Answer { body: body.to_vec(), ..Answer::default() }.excerpt(limit);
        assert_eq!(excerpt(b"no such thing\0here\xe2\x82\xac", 19), "no such thing\u{fffd}here\u{fffd}");
        assert_eq!(excerpt("d\u{e9}j\u{e0} vu\n\t".as_bytes(), 99), "d\u{e9}j\u{e0} vu\n\t");
        assert_eq!(excerpt(b"clef invalide ou p\xe9rim\xe9e", 99), "clef invalide ou p\u{fffd}rim\u{fffd}e");
        assert_eq!(excerpt(b"", 9), "");
    }

    #[test]
    fn of_bytes_that_are_no_text_only_their_number_is_kept() {
        let packed = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcbH\xcd\xc9\xc9\x07\0\x86\xa6\x106\x05\0\0\0".to_vec();
        let count = packed.len();
        let answer = Answer { body: packed, ..Answer::default() };
        assert_eq!(answer.excerpt(16), format!("[{count} bytes that are no text]"));
    }
}

//! Keyset paging: a page knows where the next one starts, so that page 1,000 costs what page 1 costs.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{decode, encode};

/// How many rows a list shows unless told otherwise.
pub const DEFAULT_LIMIT: i64 = 50;
/// The most rows one page may hold.
pub const MAX_LIMIT: i64 = 200;

/// Where a page starts: strictly after this place in the list's order (newest first).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The order's time of the last row seen; lists ordered by id alone leave it 0.
    pub at: Timestamp,
    /// The id of the last row seen.
    pub id: i64,
}

impl Cursor {
    /// Before the first row of any list.
    pub const START: Self = Self { at: Timestamp(i64::MAX), id: i64::MAX };

    /// Reads what [`std::fmt::Display`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('-')?;
        Some(Self { at: Timestamp(decode(at)?), id: decode(id)? })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", encode(self.at.0), encode(self.id))
    }
}

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Strictly after this place.
    pub after: Cursor,
    /// At most so many rows; clamped to 1..=[`MAX_LIMIT`].
    pub limit: i64,
}

impl Default for Paging {
    fn default() -> Self {
        Self { after: Cursor::START, limit: DEFAULT_LIMIT }
    }
}

impl Paging {
    /// From a request's text: a missing or unreadable cursor is the first page, the limit is clamped.
    pub fn new(cursor: Option<&str>, limit: Option<i64>) -> Self {
        Self {
            after: cursor.and_then(Cursor::parse).unwrap_or(Cursor::START),
            limit: limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT),
        }
    }
}

/// Rows, and the cursor of the next page if there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub rows: Vec<T>,
    /// Give this as `cursor` to read on; null at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// From `limit + 1` rows read: the extra one only says that there is a next page.
    pub fn from_rows(mut rows: Vec<T>, limit: i64, place: impl Fn(&T) -> Cursor) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|row| place(row).to_string()) } else { None };
        Self { rows, next }
    }

    /// The same page of something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(change).collect(), next: self.next }
    }
}

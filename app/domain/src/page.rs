//! Keyset paging: a page knows where the next one starts, so that page 1,000 costs what page 1 costs.

use serde::{Deserialize, Serialize};

use crate::id::{decode, encode};
use crate::{Error, FieldError, Result, Timestamp};

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
    /// Behind the last row of any list.
    pub const END: Self = Self { at: Timestamp(i64::MIN), id: i64::MIN };

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

/// Of whom, of which session, and when: what deliveries, orders and inbound webhooks are searched by. Every field narrows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// Only of this user, by the application's id; or of those with this mail address.
    pub user_id: Option<String>,
    /// Only of this session, by the application's id.
    pub session: Option<String>,
    /// At or after.
    pub since: Option<Timestamp>,
    /// Strictly before.
    pub until: Option<Timestamp>,
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
    /// After a cursor that a page of ours gave; one that is none has nothing after it. What a request says is for
    /// [`Self::read`]. The limit is clamped.
    pub fn new(cursor: Option<&str>, limit: Option<i64>) -> Self {
        Self {
            after: cursor.map_or(Cursor::START, |text| Cursor::parse(text).unwrap_or(Cursor::END)),
            limit: limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT),
        }
    }

    /// From a request's text: absent is the first page of [`DEFAULT_LIMIT`] rows, what cannot be read is refused by name.
    pub fn read(cursor: Option<&str>, limit: Option<&str>) -> Result<Self> {
        let mut errors = Vec::new();
        let after = cursor.map_or(Some(Cursor::START), Cursor::parse);
        if after.is_none() {
            errors.push(FieldError::new("cursor", "must be the `next` of a page, as it was given"));
        }
        let within = |limit: &i64| (1..=MAX_LIMIT).contains(limit);
        let limit = limit.map_or(Some(DEFAULT_LIMIT), |text| text.trim().parse().ok().filter(within));
        if limit.is_none() {
            errors.push(FieldError::new("limit", format!("must be a whole number from 1 to {MAX_LIMIT}")));
        }
        match (after, limit) {
            (Some(after), Some(limit)) => Ok(Self { after, limit }),
            _ => Err(Error::Invalid(errors)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_says_is_read_or_refused_by_name() {
        let start = Paging::read(None, None).expect("the first page");
        assert_eq!(start, Paging::default());
        let cursor = Cursor { at: Timestamp(7), id: 9 };
        let paging = Paging::read(Some(&cursor.to_string()), Some(" 200 ")).expect("readable");
        assert_eq!(paging, Paging { after: cursor, limit: 200 });
        for (cursor, limit, fields) in [
            (Some("nonsense"), None, vec!["cursor"]),
            (Some(""), Some("1"), vec!["cursor"]),
            (None, Some("0"), vec!["limit"]),
            (None, Some("201"), vec!["limit"]),
            (None, Some("-1"), vec!["limit"]),
            (None, Some("abc"), vec!["limit"]),
            (Some("-"), Some("99999999999999999999"), vec!["cursor", "limit"]),
        ] {
            let Err(Error::Invalid(errors)) = Paging::read(cursor, limit) else {
                panic!("{cursor:?} {limit:?} is taken")
            };
            assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), fields);
        }
    }

    #[test]
    fn nothing_comes_after_what_is_no_cursor() {
        assert_eq!(Paging::new(Some("nonsense"), None).after, Cursor::END);
    }
}

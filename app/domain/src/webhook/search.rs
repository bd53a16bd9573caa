//! A search in deliveries by text: bounded work, and how far it came.

use serde::{Deserialize, Serialize};

use super::Delivery;
use crate::page::Page;
use crate::{Error, Result, Timestamp};

/// So many deliveries are looked through for one page.
pub const LOOKED_THROUGH: usize = 20_000;
/// How long a text that is searched for may be, in characters: one letter is in everything.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=200;

/// A page of what was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The deliveries, newest first. With none, there may be a next page still.
    pub page: Page<Delivery>,
    /// So many were looked through.
    pub looked_through: i64,
    /// The next page goes on with what was published before this; None: all there are were looked through.
    pub back_to: Option<Timestamp>,
}

/// A text that can be searched for, without what surrounds it.
pub fn checked_text(text: &str) -> Result<&str> {
    let text = text.trim();
    if !LENGTHS.contains(&text.chars().count()) || text.contains('\0') {
        return Err(Error::invalid("text", "must have 2 to 200 characters"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_and_a_book_are_not_searched_for() {
        assert_eq!(checked_text("  é1 ").expect("text"), "é1");
        for wrong in ["", " a ", "a\0b", &"a".repeat(201)] {
            assert!(checked_text(wrong).is_err(), "{wrong:?}");
        }
    }
}

//! Searching deliveries by text: in the body as it was sent, in the answers' beginnings, in what failed. There is no index of
//! words: rows are looked through, newest first, a step at a time and only so many for a page.

use sqlx::Row;

use super::deliveries::{SELECT, delivery};
use super::narrow::conditions;
use crate::db::{Db, Engine};
use crate::id::ProjectId;
use crate::page::{Cursor, Page, Paging};
use crate::webhook::search::{Found, LOOKED_THROUGH, checked_text};
use crate::webhook::{Delivery, DeliveryFilter};
use crate::{Result, Timestamp};

/// So many are looked through at once: what is found among the newest costs no more than these.
const STEP: usize = 1_000;

macro_rules! matching {
    ($body:literal) => {
        concat!(
            " AND d.id >= ? AND (LOWER(",
            $body,
            ") LIKE ? ESCAPE '\\' OR LOWER(d.last_error) LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM attempt a \
             WHERE a.delivery_id = d.id AND (LOWER(a.response_body) LIKE ? ESCAPE '\\' OR LOWER(a.error) LIKE ? ESCAPE '\\'))) \
             ORDER BY d.id DESC LIMIT ?"
        )
    };
}

/// Bodies are stored as bytes, which each engine reads as text in its own words.
const MATCHING_IN_SQLITE: &str = matching!(
    "CAST(CASE WHEN e.format = 'thisdata' THEN COALESCE(m.thisdata_body, m.body) ELSE m.body END AS TEXT)"
);
const MATCHING_IN_POSTGRES: &str = matching!(
    "convert_from(CASE WHEN e.format = 'thisdata' THEN COALESCE(m.thisdata_body, m.body) ELSE m.body END, 'UTF8')"
);

/// A project's deliveries with `text` in them, whatever the case of its letters (SQLite: of ASCII's), newest first.
pub async fn search(
    db: &Db,
    project: ProjectId,
    filter: DeliveryFilter,
    text: &str,
    paging: Paging,
) -> Result<Found> {
    let pattern = pattern(db, checked_text(text)?);
    let limit = usize::try_from(paging.limit).unwrap_or_default();
    let (mut rows, mut looked, mut place) = (Vec::new(), 0, paging.after);
    let at_end = loop {
        let step = step(db, project, &filter, place).await?;
        let Some(last) = step.last().copied() else { break true };
        looked += step.len();
        let room = limit + 1 - rows.len();
        rows.extend(matches(db, project, &filter, (place, last), &pattern, room).await?);
        place = last;
        if rows.len() > limit || looked >= LOOKED_THROUGH || step.len() < STEP {
            break step.len() < STEP;
        }
    };
    let looked_through = i64::try_from(looked).unwrap_or(i64::MAX);
    let mut page = Page::from_rows(rows, paging.limit, |row| Cursor { at: row.created_at, id: row.id.0 });
    let mut back_to = page.rows.last().filter(|_| page.next.is_some()).map(|row| row.created_at);
    if page.next.is_none() && !at_end {
        (page.next, back_to) = (Some(place.to_string()), Some(place.at));
    }
    Ok(Found { page, looked_through, back_to })
}

/// The places of the next deliveries to look through.
async fn step(db: &Db, project: ProjectId, filter: &DeliveryFilter, after: Cursor) -> Result<Vec<Cursor>> {
    let limit = i64::try_from(STEP).unwrap_or(i64::MAX);
    let rows = conditions(project, filter, after.id)
        .fetch(
            db.reader(),
            "SELECT d.id, d.created_at FROM delivery d JOIN message m ON m.id = d.message_id",
            " ORDER BY d.id DESC LIMIT ?",
            [limit.into()],
        )
        .await?;
    let place = |row: &sqlx::any::AnyRow| {
        Ok(Cursor { at: Timestamp(row.try_get("created_at")?), id: row.try_get("id")? })
    };
    rows.iter().map(place).collect()
}

/// Those with the text among the deliveries after `from`, down to `to`.
async fn matches(
    db: &Db,
    project: ProjectId,
    filter: &DeliveryFilter,
    (from, to): (Cursor, Cursor),
    pattern: &str,
    room: usize,
) -> Result<Vec<Delivery>> {
    let matching = match db.engine() {
        Engine::Sqlite => MATCHING_IN_SQLITE,
        Engine::Postgres => MATCHING_IN_POSTGRES,
    };
    let [body, error, answer, failure] = [pattern; 4];
    let room = i64::try_from(room).unwrap_or(i64::MAX);
    let values = [to.id.into(), body.into(), error.into(), answer.into(), failure.into(), room.into()];
    let rows = conditions(project, filter, from.id).fetch(db.reader(), SELECT, matching, values).await?;
    rows.iter().map(delivery).collect()
}

/// The text anywhere, in small letters as the engine makes them.
fn pattern(db: &Db, text: &str) -> String {
    let small = match db.engine() {
        Engine::Sqlite => text.to_ascii_lowercase(),
        Engine::Postgres => text.to_lowercase(),
    };
    format!("%{}%", small.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

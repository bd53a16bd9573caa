//! Many rows in few statements, the same text on both engines: `VALUES ($1, $2), ($3, $4), …`.

use sqlx::any::{Any, AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{AnyConnection, AssertSqlSafe};

use crate::Result;

/// Rows a statement, largest first: few different texts, so that each is prepared once and found again (a connection
/// remembers a hundred), and few statements, since each is a hand-over to SQLite's thread and back.
const SIZES: [usize; 7] = [256, 128, 64, 32, 16, 4, 1];

/// A statement with its values still to bind.
pub type Statement<'q> = Query<'q, Any, AnyArguments>;

/// Runs `head VALUES (…), (…) tail` for all `rows` of `columns` values each, as few times as possible; `bind` binds
/// one row. Returns all rows that the statements return.
pub async fn run<'q, T>(
    conn: &mut AnyConnection,
    head: &str,
    tail: &str,
    columns: usize,
    rows: &'q [T],
    bind: impl Fn(Statement<'q>, &'q T) -> Statement<'q>,
) -> Result<Vec<AnyRow>> {
    let numbered = conn.backend_name() != "SQLite";
    let mut returned = Vec::new();
    let mut rest = rows;
    while !rest.is_empty() {
        let size = SIZES.into_iter().find(|size| *size <= rest.len()).unwrap_or(1);
        let (chunk, left) = rest.split_at(size);
        rest = left;
        let mut query = sqlx::query(AssertSqlSafe(text(head, tail, columns, size, numbered)));
        for row in chunk {
            query = bind(query, row);
        }
        returned.extend(query.fetch_all(&mut *conn).await?);
    }
    Ok(returned)
}

/// Inserts all `rows` of `columns` values each: `into` names the table and its columns, the first of which is never null.
/// SQLite gets one statement for almost any number of rows, filled up with rows of nulls that it passes over.
pub async fn insert<'q, T>(
    conn: &mut AnyConnection,
    into: &str,
    conflict: &str,
    columns: usize,
    rows: &'q [T],
    bind: impl Fn(Statement<'q>, &'q T) -> Statement<'q>,
) -> Result<()> {
    if conn.backend_name() != "SQLite" {
        return run(conn, into, conflict, columns, rows, bind).await.map(drop);
    }
    let (head, tail) = (format!("{into} SELECT * FROM ("), format!(") WHERE column1 IS NOT NULL {conflict}"));
    for chunk in rows.chunks(SIZES[0]) {
        let size = room(chunk.len());
        let mut query = sqlx::query(AssertSqlSafe(text(&head, &tail, columns, size, false)));
        for row in chunk {
            query = bind(query, row);
        }
        for _ in chunk.len() * columns..size * columns {
            query = query.bind(None::<i64>);
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// Rows that stand for `keys`: `WITH wanted (columns) AS (VALUES …) select`, where `select` reads `FROM wanted CROSS JOIN …`.
/// CROSS JOIN keeps SQLite from writing the keys into a table of their own first: it walks through them. `nothing` is a key
/// that nobody has: with it the keys are filled up, so that one statement does for almost any number of them.
pub async fn look_up<'q, T>(
    conn: &mut AnyConnection,
    columns: &[&str],
    select: &str,
    keys: &'q [T],
    nothing: &'q T,
    bind: impl Fn(Statement<'q>, &'q T) -> Statement<'q>,
) -> Result<Vec<AnyRow>> {
    let (head, tail) = (format!("WITH wanted ({}) AS (", columns.join(", ")), format!(") {select}"));
    let numbered = conn.backend_name() != "SQLite";
    let mut found = Vec::new();
    for chunk in keys.chunks(SIZES[0]) {
        let size = room(chunk.len());
        let mut query = sqlx::query(AssertSqlSafe(text(&head, &tail, columns.len(), size, numbered)));
        for key in chunk.iter().chain(std::iter::repeat(nothing)).take(size) {
            query = bind(query, key);
        }
        found.extend(query.fetch_all(&mut *conn).await?);
    }
    Ok(found)
}

/// The smallest statement that has room for so many rows.
fn room(rows: usize) -> usize {
    SIZES.into_iter().rev().find(|size| *size >= rows).unwrap_or(SIZES[0])
}

/// Only `head`, `tail` and numbers enter the text: never a value. SQLite gets a bare `?` for each value: it looks names
/// such as `$7` up one by one, which for a thousand of them costs more than the rows themselves.
fn text(head: &str, tail: &str, columns: usize, rows: usize, numbered: bool) -> String {
    let mut text = String::with_capacity(head.len() + tail.len() + rows * columns * 6 + 16);
    text.push_str(head);
    text.push_str(" VALUES ");
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=columns {
            text.push_str(if column == 1 { "" } else { ", " });
            if numbered {
                text.push('$');
                text.push_str(&(row * columns + column).to_string());
            } else {
                text.push('?');
            }
        }
        text.push(')');
    }
    text.push(' ');
    text.push_str(tail);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_has_room_for_almost_any_number_of_rows() {
        assert_eq!([1, 2, 5, 16, 17, 100, 256].map(room), [1, 4, 16, 16, 32, 128, 256]);
    }

    #[test]
    fn placeholders_are_numbered_through_all_rows_where_that_costs_nothing() {
        let of = |numbered| text("INSERT INTO t (a, b)", "RETURNING a", 2, 2, numbered);
        assert_eq!(of(true), "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) RETURNING a");
        assert_eq!(of(false), "INSERT INTO t (a, b) VALUES (?, ?), (?, ?) RETURNING a");
    }
}

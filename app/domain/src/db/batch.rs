//! Many rows in few statements, the same text on both engines: `VALUES ($1, $2), ($3, $4), …`.

use sqlx::any::{Any, AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{AnyConnection, AssertSqlSafe};

use crate::Result;

/// Rows a statement, largest first: few different texts, so that each is prepared once and found again (a connection
/// remembers a hundred), and few statements, since each is a hand-over to SQLite's thread and back.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

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
    fn placeholders_are_numbered_through_all_rows_where_that_costs_nothing() {
        let of = |numbered| text("INSERT INTO t (a, b)", "RETURNING a", 2, 2, numbered);
        assert_eq!(of(true), "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) RETURNING a");
        assert_eq!(of(false), "INSERT INTO t (a, b) VALUES (?, ?), (?, ?) RETURNING a");
    }
}

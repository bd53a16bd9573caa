//! Columns that hold more than a number or a text.

use sqlx::Row;
use sqlx::any::AnyRow;

use crate::{Result, Timestamp};

/// Reads a column that holds JSON.
pub fn json<T: serde::de::DeserializeOwned>(row: &AnyRow, column: &str) -> Result<T> {
    Ok(serde_json::from_str(row.try_get::<&str, _>(column)?)?)
}

/// Writes a value as the JSON of a column.
pub fn to_json<T: serde::Serialize>(value: &T) -> Result<String> {
    Ok(serde_json::to_string(value)?)
}

/// Reads a column that holds a time, or none.
pub fn time(row: &AnyRow, column: &str) -> Result<Option<Timestamp>> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp))
}

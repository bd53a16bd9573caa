//! What is read of attempts.

use std::collections::HashMap;

use sqlx::Row;
use sqlx::any::AnyRow;

use crate::db::filter::Filter;
use crate::db::{Db, json};
use crate::id::{AttemptId, DeliveryId};
use crate::webhook::{Attempt, Phases};
use crate::{Result, Timestamp};

/// A delivery's attempts, oldest first.
pub(super) async fn attempts(db: &Db, delivery: DeliveryId) -> Result<Vec<Attempt>> {
    let rows = sqlx::query("SELECT * FROM attempt WHERE delivery_id = $1 ORDER BY number, id")
        .bind(delivery.0)
        .fetch_all(db.reader())
        .await?;
    rows.iter().map(attempt).collect()
}

/// When each of these deliveries was last tried.
pub async fn last_tried(db: &Db, deliveries: &[DeliveryId]) -> Result<HashMap<DeliveryId, Timestamp>> {
    if deliveries.is_empty() {
        return Ok(HashMap::new());
    }
    let mut of = Filter::default();
    of.and_in("delivery_id", deliveries.iter().map(|id| id.0.into()));
    let select = "SELECT delivery_id, MAX(started_at) AS at FROM attempt";
    let rows = of.fetch(db.reader(), select, " GROUP BY delivery_id", []).await?;
    let last = |row: &AnyRow| Ok((DeliveryId(row.try_get("delivery_id")?), Timestamp(row.try_get("at")?)));
    rows.iter().map(last).collect()
}

/// A number that may be none, or be too large for its place.
pub(super) fn number<T: TryFrom<i64>>(row: &AnyRow, column: &str) -> Result<Option<T>> {
    Ok(row.try_get::<Option<i64>, _>(column)?.and_then(|number| T::try_from(number).ok()))
}

/// Where an attempt's time went.
pub(super) fn phases(row: &AnyRow) -> Result<Phases> {
    Ok(Phases {
        dns_us: row.try_get("dns_us")?,
        connect_us: row.try_get("connect_us")?,
        wait_us: row.try_get("wait_us")?,
        body_us: row.try_get("body_us")?,
    })
}

fn attempt(row: &AnyRow) -> Result<Attempt> {
    Ok(Attempt {
        id: AttemptId(row.try_get("id")?),
        number: number(row, "number")?.unwrap_or_default(),
        url: row.try_get("url")?,
        format: row.try_get::<Option<&str>, _>("format")?.map(str::parse).transpose()?,
        observer: row.try_get::<Option<i64>, _>("observer")?.map(|observer| observer != 0),
        started_at: Timestamp(row.try_get("started_at")?),
        duration_us: row.try_get("duration_us")?,
        phases: phases(row)?,
        status: number(row, "status")?,
        error: row.try_get("error")?,
        request_headers: json(row, "request_headers")?,
        response_headers: json(row, "response_headers")?,
        response_body: row.try_get("response_body")?,
        signature: json(row, "signature")?,
        diagnosis: row.try_get("diagnosis")?,
    })
}

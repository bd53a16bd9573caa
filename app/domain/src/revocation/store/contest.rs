//! Which confirmed orders are contested, as their receipts tell.

use std::collections::HashMap;

use sqlx::Row;

use crate::Result;
use crate::db::Db;
use crate::db::filter::{Filter, Value};
use crate::id::EndpointId;
use crate::revocation::contest::{Word, contested};
use crate::revocation::hearing::Hearing;
use crate::revocation::{Overall, Revocation};

/// Marks those of these orders that a receipt contradicts although they are confirmed.
pub(super) async fn mark(db: &Db, orders: &mut [Revocation]) -> Result<()> {
    let confirmed = orders.iter().filter(|order| order.state == Overall::Confirmed);
    let confirmed: Vec<i64> = confirmed.map(|order| order.id.0).collect();
    let doubtful = doubtful(db, &confirmed).await?;
    let mut words = words(db, &doubtful).await?;
    for order in orders {
        order.contested = words.remove(&order.id.0).is_some_and(contested);
    }
    Ok(())
}

/// Those that no receipt is against are not read further: nearly all.
async fn doubtful(db: &Db, orders: &[i64]) -> Result<Vec<i64>> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::default();
    filter.and_in("revocation_id", orders.iter().map(|id| Value::from(*id)));
    // Written out: only so is the index of these few used.
    filter.and("hearing = 'against'", []);
    let rows = filter.fetch(db.reader(), "SELECT DISTINCT revocation_id FROM receipt", "", []).await?;
    rows.iter().map(|row| Ok(row.try_get("revocation_id")?)).collect()
}

/// What the receipts of these orders say, in the order in which they came. Whoever was not believed is not heard.
async fn words(db: &Db, orders: &[i64]) -> Result<HashMap<i64, Vec<Word>>> {
    let mut words: HashMap<i64, Vec<Word>> = HashMap::new();
    if orders.is_empty() {
        return Ok(words);
    }
    let mut filter = Filter::default();
    filter.and_in("r.revocation_id", orders.iter().map(|id| Value::from(*id)));
    filter.and("r.hearing <> ?", [Hearing::Refused.as_str().into()]);
    let select = "SELECT r.revocation_id, r.hearing, r.endpoint_id FROM receipt r";
    for row in filter.fetch(db.reader(), select, " ORDER BY r.id", []).await? {
        let endpoint = row.try_get::<Option<i64>, _>("endpoint_id")?.map(EndpointId);
        let against = row.try_get::<&str, _>("hearing")? == Hearing::Against.as_str();
        words.entry(row.try_get("revocation_id")?).or_default().push(Word { endpoint, against });
    }
    Ok(words)
}

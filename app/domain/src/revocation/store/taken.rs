//! Which open orders nobody carries out, because no endpoint that ends sessions gets them.

use std::collections::HashSet;

use sqlx::Row;

use crate::Result;
use crate::db::Db;
use crate::db::filter::Filter;
use crate::revocation::{Overall, Revocation};
use crate::webhook::MessageType;

/// Why such an order stays where it is.
const UNTAKEN: &str = "no endpoint that ends sessions takes it";

/// Says so of those of these orders. One that somebody fetched is not `requested` any more.
pub(super) async fn mark(db: &Db, orders: &mut [Revocation]) -> Result<()> {
    let waiting = |order: &&mut Revocation| order.state == Overall::Requested;
    let ids: Vec<i64> = orders.iter_mut().filter(waiting).map(|order| order.id.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut filter = Filter::default();
    filter.and_in("m.revocation_id", ids.into_iter().map(Into::into));
    filter.and("m.type = ?", [MessageType::SessionRevocationRequested.as_str().into()]);
    filter.and("d.state <> 'cancelled' AND e.state IN ('active', 'paused') AND e.observer = 0", []);
    let select = "SELECT DISTINCT m.revocation_id FROM message m JOIN delivery d ON d.message_id = m.id \
         JOIN endpoint e ON e.id = d.endpoint_id";
    let rows = filter.fetch(db.reader(), select, "", []).await?;
    let taken: HashSet<i64> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    for order in orders.iter_mut().filter(waiting).filter(|order| !taken.contains(&order.id.0)) {
        order.stuck = Some(UNTAKEN.to_owned());
    }
    Ok(())
}

//! Which open orders nobody carries out, because no endpoint that ends sessions gets them.

use std::collections::{BTreeMap, HashMap};

use sqlx::Row;

use super::withheld::name;
use crate::Result;
use crate::db::Db;
use crate::db::filter::Filter;
use crate::id::RevocationId;
use crate::revocation::{Overall, Revocation};
use crate::webhook::MessageType;
use crate::webhook::store::{coming, off};

/// Why such an order stays where it is.
const UNTAKEN: &str = "no endpoint that ends sessions takes it";

/// Says so of those of these orders. One that somebody fetched is not `requested` any more. An endpoint that is paused, or was
/// disabled by itself, gets it when somebody resumes or enables it, one that is on hold when that is over: that is said.
pub(super) async fn mark(db: &Db, orders: &mut [Revocation]) -> Result<()> {
    let waiting = |order: &&mut Revocation| order.state == Overall::Requested;
    let ids: Vec<i64> = orders.iter_mut().filter(waiting).map(|order| order.id.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut filter = Filter::default();
    filter.and_in("m.revocation_id", ids.into_iter().map(Into::into));
    filter.and("m.type = ?", [MessageType::SessionRevocationRequested.as_str().into()]);
    filter.and("d.state <> 'cancelled' AND e.observer = 0", []);
    filter.and("(e.state IN ('active', 'paused') OR e.state = 'disabled' AND d.state = 'pending')", []);
    let select = "SELECT m.revocation_id, d.endpoint_id, d.state, d.next_attempt_at, d.lane, e.state AS standing, e.state_reason, \
         e.url, e.description, e.failing_since, e.failures, e.failed_messages, e.open_until, e.warned_at FROM message m \
         JOIN delivery d ON d.message_id = m.id JOIN endpoint e ON e.id = d.endpoint_id";
    let rows = filter.fetch(db.reader(), select, " ORDER BY d.id", []).await?;
    // Of several deliveries to one endpoint the last counts.
    let mut takers: HashMap<RevocationId, BTreeMap<i64, Option<String>>> = HashMap::new();
    for row in &rows {
        let held = off(row.try_get("standing")?, row.try_get("state_reason")?).or(coming(row)?.held);
        let name = name(row.try_get("url")?, row.try_get("description")?);
        let of = takers.entry(RevocationId(row.try_get("revocation_id")?)).or_default();
        of.insert(row.try_get("endpoint_id")?, held.map(|held| format!("{name} is {held}")));
    }
    for order in orders.iter_mut().filter(waiting) {
        order.stuck = why(takers.remove(&order.id).unwrap_or_default().into_values());
    }
    Ok(())
}

/// None where one of them is to be sent to.
fn why(takers: impl Iterator<Item = Option<String>>) -> Option<String> {
    let all = takers.collect::<Option<Vec<_>>>()?;
    Some(if all.is_empty() { UNTAKEN.to_owned() } else { all.join("; ") })
}

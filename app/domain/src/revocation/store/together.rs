//! Orders that are given together, because there are more sessions than one takes.

use std::collections::{BTreeSet, HashMap};

use sqlx::Row;

use crate::Result;
use crate::db::filter::Filter;
use crate::db::{Db, Tx};
use crate::id::RevocationId;
use crate::revocation::{MAX_SESSIONS, Revocation};

/// The ids of an order have at most so many bytes together, so that its receipt stays well below the 256 KiB that are read.
const MAX_ID_BYTES: usize = 96 * 1024;
/// So many of the sessions to each order that its receipt, which names each with its outcome, is read whole.
pub(super) fn parts(sessions: BTreeSet<String>) -> Vec<BTreeSet<String>> {
    let mut parts: Vec<BTreeSet<String>> = Vec::new();
    let mut bytes = 0;
    for id in sessions {
        bytes += id.len();
        match parts.last_mut().filter(|part| part.len() < MAX_SESSIONS && bytes <= MAX_ID_BYTES) {
            Some(part) => {
                part.insert(id);
            }
            None => {
                bytes = id.len();
                parts.push(BTreeSet::from([id]));
            }
        }
    }
    parts
}

/// Writes down that these were given together; one alone was not.
pub(super) async fn tie(tx: &mut Tx<'_>, together: &[RevocationId]) -> Result<()> {
    let [first, _, ..] = together else { return Ok(()) };
    for id in together {
        sqlx::query("UPDATE revocation SET given_with = $1 WHERE id = $2")
            .bind(first.0)
            .bind(id.0)
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

/// All orders that were given together with this one, itself among them; none where it was given alone.
pub async fn given_with(db: &Db, id: RevocationId) -> Result<Vec<RevocationId>> {
    Ok(given_together(db, &[id]).await?.remove(&id).unwrap_or_default())
}

/// Says so of those of these orders. What was read of each is the first of them.
pub(super) async fn mark(db: &Db, orders: &mut [Revocation]) -> Result<()> {
    let tied: Vec<_> = orders.iter().filter(|one| !one.orders.is_empty()).map(|one| one.id).collect();
    if tied.is_empty() {
        return Ok(());
    }
    let mut together = given_together(db, &tied).await?;
    for order in orders {
        order.orders = together.remove(&order.id).unwrap_or_default();
    }
    Ok(())
}

async fn given_together(db: &Db, ids: &[RevocationId]) -> Result<HashMap<RevocationId, Vec<RevocationId>>> {
    let mut filter = Filter::default();
    filter.and_in("o.id", ids.iter().map(|id| id.0.into()));
    let select =
        "SELECT o.id, s.id AS with_id FROM revocation o JOIN revocation s ON s.given_with = o.given_with";
    let mut together: HashMap<RevocationId, Vec<RevocationId>> = HashMap::new();
    for row in filter.fetch(db.reader(), select, " ORDER BY s.id", []).await? {
        let (order, with) = (RevocationId(row.try_get("id")?), RevocationId(row.try_get("with_id")?));
        together.entry(order).or_default().push(with);
    }
    Ok(together)
}

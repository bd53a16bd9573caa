//! Orders in short.

use std::collections::HashMap;

use sqlx::Row;

use super::read::{SELECT, revocation};
use super::{objection, taken};
use crate::Result;
use crate::db::Db;
use crate::db::filter::{Filter, Value};
use crate::id::RevocationId;
use crate::revocation::Brief;
use crate::revocation::receipt::WHOLE;

/// These orders in short.
pub(crate) async fn briefs(db: &Db, ids: &[RevocationId]) -> Result<HashMap<RevocationId, Brief>> {
    let mut briefs = HashMap::new();
    if ids.is_empty() {
        return Ok(briefs);
    }
    let these = |expression: &'static str| {
        let mut these = Filter::default();
        these.and_in(expression, ids.iter().map(|id| Value::from(id.0)));
        these
    };
    let rows = these("r.id").fetch(db.reader(), SELECT, "", []).await?;
    let mut orders = rows.iter().map(revocation).collect::<Result<Vec<_>>>()?;
    objection::mark(db, &mut orders).await?;
    taken::mark(db, &mut orders).await?;
    for order in orders {
        briefs.insert(order.id, Brief::from(&order));
    }
    let select =
        "SELECT revocation_id, COUNT(*) AS sessions, MIN(session_id) AS first_id FROM revocation_session";
    let mut named = these("revocation_id");
    named.and("session_id <> ?", [WHOLE.into()]);
    for row in named.fetch(db.reader(), select, " GROUP BY revocation_id", []).await? {
        if let Some(brief) = briefs.get_mut(&RevocationId(row.try_get("revocation_id")?)) {
            (brief.sessions, brief.first) = (row.try_get("sessions")?, row.try_get("first_id")?);
        }
    }
    Ok(briefs)
}

//! Orders in short.

use std::collections::HashMap;

use sqlx::Row;

use super::contest::contested;
use crate::Result;
use crate::db::Db;
use crate::db::filter::{Filter, Value};
use crate::id::RevocationId;
use crate::revocation::{Brief, Overall};

/// These orders in short.
pub(crate) async fn briefs(db: &Db, ids: &[RevocationId]) -> Result<HashMap<RevocationId, Brief>> {
    let mut briefs = HashMap::new();
    if ids.is_empty() {
        return Ok(briefs);
    }
    let mut these = Filter::default();
    these.and_in("r.id", ids.iter().map(|id| Value::from(id.0)));
    let select = "SELECT r.id, r.state, (SELECT COUNT(*) FROM revocation_session o WHERE o.revocation_id = r.id) AS sessions, \
         (SELECT MIN(o.session_id) FROM revocation_session o WHERE o.revocation_id = r.id) AS first FROM revocation r";
    for row in these.fetch(db.reader(), select, "", []).await? {
        let first = row.try_get::<Option<String>, _>("first")?.unwrap_or_default();
        let (state, sessions) = (row.try_get::<&str, _>("state")?.parse()?, row.try_get("sessions")?);
        briefs.insert(RevocationId(row.try_get("id")?), Brief { state, contested: false, sessions, first });
    }
    let confirmed = briefs.iter().filter(|(_, brief)| brief.state == Overall::Confirmed);
    let confirmed: Vec<i64> = confirmed.map(|(id, _)| id.0).collect();
    for id in contested(db, &confirmed).await? {
        if let Some(brief) = briefs.get_mut(&RevocationId(id)) {
            brief.contested = true;
        }
    }
    Ok(briefs)
}

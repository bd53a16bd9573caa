//! Ed25519 keys of endpoints, which sign beside their shared secrets.

use serde_json::json;

use super::super::endpoints::held;
use super::{Kind, add, expire};
use crate::db::Db;
use crate::id::{EndpointId, ProjectId};
use crate::ledger;
use crate::operator::Actor;
use crate::signature::Secret;
use crate::signature::rotation::overlap;
use crate::webhook::SecretHint;
use crate::{Result, Timestamp};

/// Gives an endpoint a new ed25519 key, which signs beside its shared secrets. Keys before it sign for `overlap_hours`
/// more, 0 to 168. Its private half is shown to nobody.
pub async fn add_key(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    endpoint: EndpointId,
    overlap_hours: i64,
    now: Timestamp,
) -> Result<SecretHint> {
    let overlap = overlap(overlap_hours)?;
    let mut tx = db.begin().await?;
    held(&mut tx, project, endpoint).await?;
    expire(&mut tx, endpoint, Kind::Pair, now.plus(overlap), now).await?;
    let hint = add(&mut tx, endpoint, &Secret::generate_pair(), now).await?;
    let detail = json!({ "key": hint, "overlap_hours": overlap_hours });
    ledger::record(&mut tx, now, Some(project), actor, "endpoint.key_added", &endpoint.to_string(), &detail)
        .await?;
    tx.commit().await?;
    Ok(hint)
}

/// Takes an endpoint's ed25519 keys away: it is signed for with its shared secrets alone.
pub async fn remove_keys(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    endpoint: EndpointId,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    held(&mut tx, project, endpoint).await?;
    let removed = sqlx::query("DELETE FROM endpoint_secret WHERE endpoint_id = $1 AND kind = $2")
        .bind(endpoint.0)
        .bind(Kind::Pair.as_str())
        .execute(tx.conn())
        .await?;
    if removed.rows_affected() > 0 {
        let detail = json!({ "keys": removed.rows_affected() });
        ledger::record(
            &mut tx,
            now,
            Some(project),
            actor,
            "endpoint.keys_removed",
            &endpoint.to_string(),
            &detail,
        )
        .await?;
    }
    tx.commit().await
}

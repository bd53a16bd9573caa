//! The end of a rotation: an old secret signs no longer, before its time.

use serde_json::json;
use sqlx::Row;

use super::super::endpoints::held;
use super::super::probes::unplan;
use super::Kind;
use crate::db::{Db, Tx};
use crate::id::{EndpointId, ProjectId, SecretId};
use crate::ledger;
use crate::operator::Actor;
use crate::{Error, Result, Timestamp};

/// Erases a secret of an endpoint that a newer one of its kind has replaced. The newest is refused: it would leave nothing
/// to sign with.
pub async fn retire(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    endpoint: EndpointId,
    secret: SecretId,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    held(&mut tx, project, endpoint).await?;
    let row = sqlx::query(
        "SELECT s.hint, s.kind, (SELECT MAX(n.id) FROM endpoint_secret n WHERE n.endpoint_id = s.endpoint_id AND n.kind = s.kind) AS newest
         FROM endpoint_secret s WHERE s.id = $1 AND s.endpoint_id = $2",
    )
    .bind(secret.0)
    .bind(endpoint.0)
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if row.try_get::<i64, _>("newest")? == secret.0 {
        return Err(Error::conflict(
            "it is the newest: begin a rotation, and retire it when another one signs",
        ));
    }
    sqlx::query("DELETE FROM endpoint_secret WHERE id = $1").bind(secret.0).execute(tx.conn()).await?;
    if row.try_get::<&str, _>("kind")? == Kind::Shared.as_str() && shared(&mut tx, endpoint, now).await? == 1
    {
        unplan(&mut tx, endpoint, now).await?;
    }
    let (subject, hint) = (endpoint.to_string(), row.try_get::<&str, _>("hint")?);
    let detail = json!({ "secret": { "id": secret, "hint": hint } });
    ledger::record(&mut tx, now, Some(project), actor, "endpoint.secret_retired", &subject, &detail).await?;
    tx.commit().await
}

/// How many of its shared secrets sign.
async fn shared(tx: &mut Tx<'_>, endpoint: EndpointId, now: Timestamp) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM endpoint_secret WHERE endpoint_id = $1 AND kind = $2 AND (expires_at IS NULL OR expires_at > $3)";
    let query = sqlx::query_scalar(sql).bind(endpoint.0).bind(Kind::Shared.as_str()).bind(now.0);
    Ok(query.fetch_one(tx.conn()).await?)
}

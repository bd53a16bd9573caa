//! Secrets of sources: the one in force stands with its source; a rotation puts it aside, valid until the overlap ends.

use serde_json::json;
use sqlx::Row;

use super::sources::{get, place};
use crate::db::{Db, Tx, time};
use crate::id::{ProjectId, SecretId, SourceId};
use crate::inbound::{Scheme, Source, SourceSecret};
use crate::ledger;
use crate::operator::Actor;
use crate::signature::Secret;
use crate::signature::rotation::{check_length, check_room, overlap};
use crate::{Error, Result, Timestamp};

/// A typed secret of a source, or a new one. ThisData took short ones.
pub(super) fn chosen(scheme: Scheme, typed: Option<&str>) -> Result<Secret> {
    let Some(typed) = typed else { return Ok(Secret::generate()) };
    if scheme != Scheme::ThisData {
        check_length(typed)?;
    }
    // What others call whsec_ is not always base64: the generic scheme decodes nothing.
    if scheme == Scheme::Hmac { Secret::verbatim(typed) } else { Secret::typed(typed) }
}

/// Gives a source a new secret (typed, or generated), returned this once. Those before it are taken for `overlap_hours`
/// more, 0 to 168; 0 is for a secret that got out. Expired ones are erased.
pub async fn rotate(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: SourceId,
    typed: Option<&str>,
    overlap_hours: i64,
    now: Timestamp,
) -> Result<(Source, Secret)> {
    let overlap = overlap(overlap_hours)?;
    let secret = chosen(get(db, project, id).await?.scheme, typed)?;
    let mut tx = db.begin().await?;
    put_aside(&mut tx, project, id, now.plus(overlap), now).await?;
    let hint = secret.hint(db.vault());
    sqlx::query("UPDATE source SET sealed = $1, hint = $2, rotated_at = $3 WHERE id = $4")
        .bind(db.vault().seal(&place(id), secret.expose().as_bytes())?)
        .bind(&hint)
        .bind(now.0)
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    let detail = json!({ "secret": hint, "overlap_hours": overlap_hours });
    ledger::record(&mut tx, now, Some(project), actor, "source.secret_rotated", &id.to_string(), &detail)
        .await?;
    tx.commit().await?;
    let source = get(db, project, id).await?;
    db.desk().forget(&source.slug);
    Ok((source, secret))
}

/// Puts the secret in force aside until `until`; none outlives that, and at `now` or before it is gone at once.
async fn put_aside(
    tx: &mut Tx<'_>,
    project: ProjectId,
    id: SourceId,
    until: Timestamp,
    now: Timestamp,
) -> Result<()> {
    // The lock of the source's row: two rotations come one after the other.
    let row = sqlx::query("UPDATE source SET hint = hint WHERE id = $1 AND project_id = $2 RETURNING sealed, hint, created_at, rotated_at")
        .bind(id.0)
        .bind(project.0)
        .fetch_optional(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let since = time(&row, "rotated_at")?.unwrap_or(Timestamp(row.try_get("created_at")?));
    let aside = tx.next_id(now);
    sqlx::query("INSERT INTO source_secret (id, source_id, sealed, hint, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(aside)
        .bind(id.0)
        .bind(row.try_get::<Vec<u8>, _>("sealed")?)
        .bind(row.try_get::<&str, _>("hint")?)
        .bind(since.0)
        .bind(until.0)
        .execute(tx.conn())
        .await?;
    sqlx::query("UPDATE source_secret SET expires_at = $2 WHERE source_id = $1 AND expires_at > $2")
        .bind(id.0)
        .bind(until.0)
        .execute(tx.conn())
        .await?;
    sqlx::query("DELETE FROM source_secret WHERE source_id = $1 AND expires_at <= $2")
        .bind(id.0)
        .bind(now.0)
        .execute(tx.conn())
        .await?;
    let live: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM source_secret WHERE source_id = $1")
        .bind(id.0)
        .fetch_one(tx.conn())
        .await?;
    check_room(live)
}

/// What a source's secrets may be recognised by, newest first: the first has no end.
pub async fn secrets(db: &Db, project: ProjectId, id: SourceId, now: Timestamp) -> Result<Vec<SourceSecret>> {
    let source = get(db, project, id).await?;
    let rows = sqlx::query(
        "SELECT id, hint, created_at, expires_at FROM source_secret WHERE source_id = $1 AND expires_at > $2 ORDER BY id DESC",
    )
    .bind(id.0)
    .bind(now.0)
    .fetch_all(db.reader())
    .await?;
    let created_at = source.rotated_at.unwrap_or(source.created_at);
    let mut secrets = vec![SourceSecret { id: None, hint: source.hint, created_at, expires_at: None }];
    for row in &rows {
        secrets.push(SourceSecret {
            id: Some(SecretId(row.try_get("id")?)),
            hint: row.try_get("hint")?,
            created_at: Timestamp(row.try_get("created_at")?),
            expires_at: time(row, "expires_at")?,
        });
    }
    Ok(secrets)
}

/// The secrets that were put aside, opened.
pub(super) async fn aside(db: &Db, id: SourceId) -> Result<Vec<(Secret, Option<Timestamp>)>> {
    let rows =
        sqlx::query("SELECT sealed, expires_at FROM source_secret WHERE source_id = $1 ORDER BY id DESC")
            .bind(id.0)
            .fetch_all(db.reader())
            .await?;
    let open = |row: &sqlx::any::AnyRow| {
        let opened = db.vault().open(&place(id), row.try_get("sealed")?)?;
        Ok((Secret::stored(&opened)?, time(row, "expires_at")?))
    };
    rows.iter().map(open).collect()
}

//! Secrets of endpoints: SQL and operations. Sealed at rest, shown once, several live while a rotation overlaps.

mod keys;
mod retire;

use serde_json::json;
use sqlx::Row;

pub use keys::{add_key, remove_keys};
pub use retire::retire;

use super::endpoints::{get, held};
use super::probes::{plan_ready, unplan};
use crate::db::{Db, Tx, time};
use crate::id::{EndpointId, ProjectId, SecretId};
use crate::ledger;
use crate::operator::Actor;
use crate::signature::Secret;
use crate::signature::rotation::{MIN_TYPED, check_length, check_room, overlap};
use crate::time::HOUR;
use crate::webhook::{Format, SecretHint};
use crate::{Error, Result, Timestamp};

/// The place that a sealed secret is bound to.
pub(crate) fn place(id: SecretId) -> String {
    format!("endpoint_secret:{id}")
}

/// A typed secret of an endpoint, or a new one. ThisData took short ones; nothing else needs them, and each signature can be
/// guessed against.
pub(super) fn chosen(format: Format, typed: Option<&str>) -> Result<Secret> {
    let Some(typed) = typed else { return Ok(Secret::generate()) };
    if format == Format::Standard {
        check_length(typed)?;
    }
    Secret::typed(typed)
}

/// Refuses to sign in the standard way with a secret that is too short for it.
pub(super) async fn check_lengths(tx: &mut Tx<'_>, endpoint: EndpointId) -> Result<()> {
    let rows = sqlx::query("SELECT id, sealed FROM endpoint_secret WHERE endpoint_id = $1")
        .bind(endpoint.0)
        .fetch_all(tx.conn())
        .await?;
    for row in &rows {
        let secret = tx.db().vault().open(&place(SecretId(row.try_get("id")?)), row.try_get("sealed")?)?;
        if secret.len() < MIN_TYPED {
            return Err(Error::invalid(
                "format",
                format!("needs a secret of at least {MIN_TYPED} characters: change the secret first"),
            ));
        }
    }
    Ok(())
}

/// Stores a secret; returns its hint.
pub(super) async fn add(
    tx: &mut Tx<'_>,
    endpoint: EndpointId,
    secret: &Secret,
    now: Timestamp,
) -> Result<SecretHint> {
    let id = SecretId(tx.next_id(now));
    let vault = tx.db().vault();
    let (sealed, hint) = (vault.seal(&place(id), secret.expose().as_bytes())?, secret.hint(vault));
    let kind = if secret.is_pair() { Kind::Pair } else { Kind::Shared };
    sqlx::query(
        "INSERT INTO endpoint_secret (id, endpoint_id, sealed, hint, created_at, kind) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id.0)
    .bind(endpoint.0)
    .bind(sealed)
    .bind(&hint)
    .bind(now.0)
    .bind(kind.as_str())
    .execute(tx.conn())
    .await?;
    Ok(SecretHint { id, public_key: secret.public_key(), hint, created_at: now, expires_at: None })
}

/// Gives an endpoint a new secret (typed, or generated), returned this once. Those before it sign for `overlap_hours`
/// more, 0 to 168; 0 is for a secret that got out. Expired ones are erased.
pub async fn rotate(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    endpoint: EndpointId,
    typed: Option<&str>,
    overlap_hours: i64,
    now: Timestamp,
) -> Result<(SecretHint, Secret)> {
    let overlap = overlap(overlap_hours)?;
    let mut tx = db.begin().await?;
    let before = held(&mut tx, project, endpoint).await?;
    let secret = chosen(before.format, typed)?;
    let until = now.plus(overlap);
    expire(&mut tx, endpoint, Kind::Shared, until, now).await?;
    let hint = add(&mut tx, endpoint, &secret, now).await?;
    // Whether it is ready for another than the newest is of no account any more.
    unplan(&mut tx, endpoint, now).await?;
    if overlap_hours > 0 {
        // In time to put right what is wrong.
        let due = until.plus(-HOUR.min(overlap / 4));
        plan_ready(&mut tx, project, &before, hint.id, due, now).await?;
    }
    let detail = json!({ "secret": hint, "overlap_hours": overlap_hours });
    ledger::record(
        &mut tx,
        now,
        Some(project),
        actor,
        "endpoint.secret_rotated",
        &endpoint.to_string(),
        &detail,
    )
    .await?;
    tx.commit().await?;
    Ok((hint, secret))
}

/// Which of an endpoint's secrets: of each kind the newest is its own, and the others run out.
#[derive(Clone, Copy)]
enum Kind {
    Shared,
    Pair,
}

impl Kind {
    /// As stored.
    fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Pair => "pair",
        }
    }
}

async fn expire(
    tx: &mut Tx<'_>,
    endpoint: EndpointId,
    kind: Kind,
    until: Timestamp,
    now: Timestamp,
) -> Result<()> {
    sqlx::query("UPDATE endpoint_secret SET expires_at = $1 WHERE endpoint_id = $2 AND COALESCE(expires_at, $1) >= $1 AND kind = $3")
        .bind(until.0)
        .bind(endpoint.0)
        .bind(kind.as_str())
        .execute(tx.conn())
        .await?;
    sqlx::query("DELETE FROM endpoint_secret WHERE endpoint_id = $1 AND expires_at <= $2")
        .bind(endpoint.0)
        .bind(now.0)
        .execute(tx.conn())
        .await?;
    let live: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM endpoint_secret WHERE endpoint_id = $1 AND kind = $2")
            .bind(endpoint.0)
            .bind(kind.as_str())
            .fetch_one(tx.conn())
            .await?;
    check_room(live)
}

pub(super) async fn erase(tx: &mut Tx<'_>, endpoint: EndpointId) -> Result<()> {
    sqlx::query("DELETE FROM endpoint_secret WHERE endpoint_id = $1")
        .bind(endpoint.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What an endpoint's live secrets may be recognised by, newest first.
pub async fn hints(
    db: &Db,
    project: ProjectId,
    endpoint: EndpointId,
    now: Timestamp,
) -> Result<Vec<SecretHint>> {
    get(db, project, endpoint).await?;
    let rows = sqlx::query(
        "SELECT id, hint, created_at, expires_at, kind FROM endpoint_secret
         WHERE endpoint_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY id DESC",
    )
    .bind(endpoint.0)
    .bind(now.0)
    .fetch_all(db.reader())
    .await?;
    let hint = |row: &sqlx::any::AnyRow| {
        let is_pair = row.try_get::<&str, _>("kind")? == Kind::Pair.as_str();
        Ok(SecretHint {
            id: SecretId(row.try_get("id")?),
            public_key: if is_pair { Some(row.try_get("hint")?) } else { None },
            hint: row.try_get("hint")?,
            created_at: Timestamp(row.try_get("created_at")?),
            expires_at: time(row, "expires_at")?,
        })
    };
    rows.iter().map(hint).collect()
}

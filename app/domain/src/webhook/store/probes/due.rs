//! Probes that are due: claimed, with what signs them, and finished.

use sqlx::Row;

use super::super::secrets::place;
use super::ASKED;
use super::seen::probe;
use crate::db::{Db, Tx};
use crate::id::{EndpointId, SecretId};
use crate::signature::Secret;
use crate::time::MINUTE;
use crate::webhook::{Format, Probe, ProbeVerdict};
use crate::{Result, Timestamp};

/// After this a claimed probe that nobody finished is sent again.
const LEASE: i64 = 2 * MINUTE;

/// A probe to send now.
#[derive(Debug)]
pub struct DueProbe {
    /// The probe.
    pub probe: Probe,
    /// Where to POST.
    pub url: String,
    /// Which signatures it expects.
    pub format: Format,
    /// The secret that signs it. Of kind enforce: one that nobody has. None: it was erased meanwhile.
    pub secret: Option<Secret>,
    /// Of kind enforce: the endpoint's live secrets, which sign the message that it is compared with.
    pub live: Vec<Secret>,
    /// Of kind ready: where it is accepted, one signed wrong follows.
    pub with_wrong: bool,
}

/// True of probes that are still to be sent, once their time has come, and whose endpoint `e` takes them: what a rotation
/// planned waits while that is paused, what somebody asked does not, and a disabled or deleted one gets nothing.
macro_rules! to_send {
    () => {
        "p.verdict IS NULL AND (e.state = 'active' OR e.state = 'paused' AND p.planned = 0)"
    };
}

/// Claims the next one that is due at `now`.
pub async fn claim(db: &Db, now: Timestamp) -> Result<Option<DueProbe>> {
    if next_due(db).await?.is_none_or(|due| due > now) {
        return Ok(None);
    }
    let mut tx = db.begin().await?;
    let row = sqlx::query(concat!(
        "UPDATE endpoint_probe SET sent_at = $1 WHERE id = (SELECT p.id FROM endpoint_probe p JOIN endpoint e \
         ON e.id = p.endpoint_id WHERE ",
        to_send!(),
        " AND p.due_at <= $1 \
         AND (p.sent_at IS NULL OR p.sent_at <= $2) ORDER BY p.due_at, p.id LIMIT 1) AND (sent_at IS NULL OR sent_at <= $2) \
         RETURNING id, endpoint_id, kind, secret_id, due_at, sent_at, verdict, status, detail, clock_offset_seconds, beside AS wrong, \
         sent_at AS wrong_at",
    ))
    .bind(now.0)
    .bind(now.plus(-LEASE).0)
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let probe = probe(&row)?;
    let endpoint = sqlx::query("SELECT url, format FROM endpoint WHERE id = $1")
        .bind(probe.endpoint_id.0)
        .fetch_one(tx.conn())
        .await?;
    let (secret, live) = match probe.secret_id {
        Some(id) => (open(&mut tx, id, now).await?, Vec::new()),
        None => (Some(Secret::generate()), live(&mut tx, probe.endpoint_id, now).await?),
    };
    let with_wrong = row.try_get::<Option<&str>, _>("wrong")? == Some(ASKED);
    tx.commit().await?;
    let format = endpoint.try_get::<&str, _>("format")?.parse()?;
    Ok(Some(DueProbe { probe, url: endpoint.try_get("url")?, format, secret, live, with_wrong }))
}

/// Those of an endpoint's live secrets that open, newest first: as its messages are signed.
async fn live(tx: &mut Tx<'_>, endpoint: EndpointId, now: Timestamp) -> Result<Vec<Secret>> {
    let ids: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM endpoint_secret WHERE endpoint_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY id DESC",
    )
    .bind(endpoint.0)
    .bind(now.0)
    .fetch_all(tx.conn())
    .await?;
    let mut secrets = Vec::with_capacity(ids.len());
    for id in ids {
        secrets.extend(open(tx, SecretId(id), now).await?);
    }
    Ok(secrets)
}

async fn open(tx: &mut Tx<'_>, id: SecretId, now: Timestamp) -> Result<Option<Secret>> {
    let sealed: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT sealed FROM endpoint_secret WHERE id = $1 AND (expires_at IS NULL OR expires_at > $2)",
    )
    .bind(id.0)
    .bind(now.0)
    .fetch_optional(tx.conn())
    .await?;
    let Some(sealed) = sealed else { return Ok(None) };
    Ok(tx.db().vault().open(&place(id), &sealed).and_then(|plain| Secret::stored(&plain)).ok())
}

/// Writes what came of a probe.
pub async fn finish(db: &Db, probe: &Probe) -> Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query("UPDATE endpoint_probe SET verdict = $1, status = $2, detail = $3, clock_offset_seconds = $4, beside = $5 \
         WHERE id = $6 AND verdict IS NULL")
        .bind(probe.verdict.unwrap_or(ProbeVerdict::Unclear).as_str())
        .bind(probe.status.map(i64::from))
        .bind(&probe.detail)
        .bind(probe.clock_offset_seconds)
        .bind(probe.wrong.map(ProbeVerdict::as_str))
        .bind(probe.id.0)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

/// When the next probe is to be sent, or sent again.
pub async fn next_due(db: &Db) -> Result<Option<Timestamp>> {
    let next: Option<i64> = sqlx::query_scalar(concat!(
        "SELECT MIN(CASE WHEN p.sent_at IS NULL THEN p.due_at ELSE p.sent_at + $1 END) FROM endpoint_probe p \
         JOIN endpoint e ON e.id = p.endpoint_id WHERE ",
        to_send!()
    ))
    .bind(LEASE)
    .fetch_one(db.reader())
    .await?;
    Ok(next.map(Timestamp))
}

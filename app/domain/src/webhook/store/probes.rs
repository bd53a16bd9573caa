//! Probes: SQL and operations. A probe is a row that waits for its time; whoever claims it sends it and writes what came.

use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::endpoints::{get, load};
use super::secrets::place;
use crate::db::{Db, Queue, Tx, time};
use crate::id::{EndpointId, ProbeId, ProjectId, SecretId};
use crate::ledger;
use crate::operator::Actor;
use crate::signature::Secret;
use crate::time::{HOUR, MINUTE};
use crate::webhook::{EndpointState, Format, Probe, ProbeKind, ProbeVerdict};
use crate::{Error, Result, Timestamp};

/// How many of an endpoint's are shown.
const SHOWN: i64 = 20;
/// How many an endpoint gets in an hour beside those that rotations plan.
const MAX_AN_HOUR: i64 = 30;
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
}

/// Asks an endpoint now. `ready` without a secret is about its newest shared one.
pub async fn ask(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    endpoint: EndpointId,
    kind: ProbeKind,
    secret: Option<SecretId>,
    now: Timestamp,
) -> Result<Probe> {
    let mut tx = db.begin().await?;
    if load(&mut tx, project, endpoint).await?.state == EndpointState::Disabled {
        return Err(Error::conflict("the endpoint is disabled"));
    }
    let secret = match kind {
        ProbeKind::Ready => Some(signer(&mut tx, endpoint, secret, now).await?),
        ProbeKind::Enforce if secret.is_some() => {
            return Err(Error::invalid("secret_id", "goes with the kind ready alone"));
        }
        ProbeKind::Enforce => None,
    };
    let lately: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM endpoint_probe WHERE endpoint_id = $1 AND due_at > $2 AND due_at <= $3",
    )
    .bind(endpoint.0)
    .bind(now.plus(-HOUR).0)
    .bind(now.0)
    .fetch_one(tx.conn())
    .await?;
    if lately >= MAX_AN_HOUR {
        return Err(Error::conflict(format!("the endpoint had {MAX_AN_HOUR} probes within an hour")));
    }
    let probe = plan(&mut tx, project, endpoint, kind, secret, now, now).await?;
    let detail = json!({ "probe": probe.id, "kind": kind, "secret": secret });
    ledger::record(&mut tx, now, Some(project), actor, "endpoint.probed", &endpoint.to_string(), &detail)
        .await?;
    tx.commit().await?;
    Ok(probe)
}

/// The secret asked for, or the newest shared one, if it lives.
async fn signer(
    tx: &mut Tx<'_>,
    endpoint: EndpointId,
    asked: Option<SecretId>,
    now: Timestamp,
) -> Result<SecretId> {
    let id: Option<i64> = sqlx::query_scalar(
        "SELECT MAX(id) FROM endpoint_secret WHERE endpoint_id = $1 AND (expires_at IS NULL OR expires_at > $2) \
         AND (id = $3 OR $3 = 0 AND kind = 'shared')",
    )
    .bind(endpoint.0)
    .bind(now.0)
    .bind(asked.map_or(0, |id| id.0))
    .fetch_one(tx.conn())
    .await?;
    id.map(SecretId).ok_or_else(|| Error::invalid("secret_id", "is not a live secret of the endpoint"))
}

/// Writes down a probe that is sent at `due`.
pub(super) async fn plan(
    tx: &mut Tx<'_>,
    project: ProjectId,
    endpoint: EndpointId,
    kind: ProbeKind,
    secret: Option<SecretId>,
    due: Timestamp,
    now: Timestamp,
) -> Result<Probe> {
    let id = ProbeId(tx.next_id(now));
    sqlx::query("INSERT INTO endpoint_probe (id, project_id, endpoint_id, kind, secret_id, due_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id.0)
        .bind(project.0)
        .bind(endpoint.0)
        .bind(kind.as_str())
        .bind(secret.map(|id| id.0))
        .bind(due.0)
        .execute(tx.conn())
        .await?;
    tx.wake(Queue::Probes);
    Ok(Probe {
        id,
        endpoint_id: endpoint,
        kind,
        secret_id: secret,
        due_at: due,
        sent_at: None,
        verdict: None,
        status: None,
        detail: None,
        clock_offset_seconds: None,
    })
}

/// An endpoint's probes, newest first.
pub async fn list(db: &Db, project: ProjectId, endpoint: EndpointId) -> Result<Vec<Probe>> {
    get(db, project, endpoint).await?;
    let rows = sqlx::query(
        "SELECT id, endpoint_id, kind, secret_id, due_at, sent_at, verdict, status, detail, clock_offset_seconds \
         FROM endpoint_probe WHERE endpoint_id = $1 ORDER BY id DESC LIMIT $2",
    )
    .bind(endpoint.0)
    .bind(SHOWN)
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(probe).collect()
}

/// Claims the next one that is due at `now`.
pub async fn claim(db: &Db, now: Timestamp) -> Result<Option<DueProbe>> {
    if next_due(db).await?.is_none_or(|due| due > now) {
        return Ok(None);
    }
    let mut tx = db.begin().await?;
    let row = sqlx::query(
        "UPDATE endpoint_probe SET sent_at = $1 WHERE id = (SELECT id FROM endpoint_probe WHERE verdict IS NULL AND due_at <= $1 \
         AND (sent_at IS NULL OR sent_at <= $2) ORDER BY due_at, id LIMIT 1) AND (sent_at IS NULL OR sent_at <= $2) \
         RETURNING id, endpoint_id, kind, secret_id, due_at, sent_at, verdict, status, detail, clock_offset_seconds",
    )
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
    tx.commit().await?;
    let format = endpoint.try_get::<&str, _>("format")?.parse()?;
    Ok(Some(DueProbe { probe, url: endpoint.try_get("url")?, format, secret, live }))
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
    sqlx::query("UPDATE endpoint_probe SET verdict = $1, status = $2, detail = $3, clock_offset_seconds = $4 WHERE id = $5 AND verdict IS NULL")
        .bind(probe.verdict.unwrap_or(ProbeVerdict::Unclear).as_str())
        .bind(probe.status.map(i64::from))
        .bind(&probe.detail)
        .bind(probe.clock_offset_seconds)
        .bind(probe.id.0)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

/// When the next probe is to be sent, or sent again.
pub async fn next_due(db: &Db) -> Result<Option<Timestamp>> {
    let next: Option<i64> = sqlx::query_scalar(
        "SELECT MIN(CASE WHEN sent_at IS NULL THEN due_at ELSE sent_at + $1 END) FROM endpoint_probe WHERE verdict IS NULL",
    )
    .bind(LEASE)
    .fetch_one(db.reader())
    .await?;
    Ok(next.map(Timestamp))
}

fn probe(row: &AnyRow) -> Result<Probe> {
    Ok(Probe {
        id: ProbeId(row.try_get("id")?),
        endpoint_id: EndpointId(row.try_get("endpoint_id")?),
        kind: row.try_get::<&str, _>("kind")?.parse()?,
        secret_id: row.try_get::<Option<i64>, _>("secret_id")?.map(SecretId),
        due_at: Timestamp(row.try_get("due_at")?),
        sent_at: time(row, "sent_at")?,
        verdict: row.try_get::<Option<&str>, _>("verdict")?.map(ProbeVerdict::from_stored),
        status: row.try_get::<Option<i64>, _>("status")?.and_then(|status| u16::try_from(status).ok()),
        detail: row.try_get("detail")?,
        clock_offset_seconds: row.try_get("clock_offset_seconds")?,
    })
}

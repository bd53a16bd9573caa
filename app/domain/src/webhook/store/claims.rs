//! Claiming what is due: a batch at a time, under a lease and a random number that only the claimer knows. Whoever
//! lost its lease cannot record anything: see [`super::complete`].

use std::collections::HashMap;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::secrets::place;
use crate::db::filter::Filter;
use crate::db::{Db, Engine};
use crate::id::{DeliveryId, EndpointId, MessageId, ProjectId, RevocationId, SecretId};
use crate::signature::Secret;
use crate::time::SECOND;
use crate::vault;
use crate::webhook::Format;
use crate::{Result, Timestamp};

/// How long a claim lasts: well above the longest attempt.
const LEASE: i64 = 60 * SECOND;

/// A delivery to send now, with all that it takes.
#[derive(Debug)]
pub struct Claimed {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// The number under which it may be recorded.
    pub claim: i64,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// Whose.
    pub project: ProjectId,
    /// What receivers see as `webhook-id`.
    pub message: MessageId,
    /// The order it carries: not one that it only tells of.
    pub revocation: Option<RevocationId>,
    /// To whom.
    pub endpoint: EndpointId,
    /// Every attempt of late failed there: one at a time is enough to see whether that is over.
    pub failing: bool,
    /// Where to POST.
    pub url: String,
    /// Which body and headers.
    pub format: Format,
    /// The bytes to sign and send.
    pub body: Vec<u8>,
    /// The live secrets with their hints, newest first; empty where none opens.
    pub secrets: Vec<(String, Secret)>,
}

/// The engines differ in how a list is given as one value and in how others' rows are skipped: SQLite has one writer,
/// so that nobody else holds any. The inner query looks at some of the due rows, the outer takes a fair share of them. A
/// paused endpoint gets its tests alone: whoever asks for one wants to see it arrive.
macro_rules! claim_sql {
    ($busy:literal, $lock:literal) => {
        concat!(
            "WITH due AS (SELECT d.id, d.endpoint_id, d.next_attempt_at, e.failing_since FROM delivery d
               JOIN endpoint e ON e.id = d.endpoint_id
               WHERE d.state = 'pending' AND d.next_attempt_at <= $1 AND d.lease_until <= $1
                 AND (e.state = 'active' OR e.state = 'paused' AND d.type = 'endpoint.test')
                 AND d.endpoint_id NOT IN (",
            $busy,
            ") ORDER BY d.next_attempt_at LIMIT 512 ",
            $lock,
            "), fair AS (SELECT id, next_attempt_at, failing_since,
               ROW_NUMBER() OVER (PARTITION BY endpoint_id ORDER BY next_attempt_at, id) AS place FROM due)
             UPDATE delivery SET lease_until = $3, claim = $4 WHERE id IN (SELECT id FROM fair
               WHERE place <= CASE WHEN failing_since IS NULL THEN $5 ELSE 1 END ORDER BY next_attempt_at, id LIMIT $6)
             RETURNING id"
        )
    };
}

const CLAIM_SQLITE: &str = claim_sql!("SELECT value FROM json_each($2)", "");
const CLAIM_POSTGRES: &str = claim_sql!(
    "SELECT value::bigint FROM jsonb_array_elements_text($2::jsonb)",
    "FOR UPDATE OF d SKIP LOCKED"
);

/// Claims up to `limit` due deliveries, at most `share` of one endpoint (one where it is failing), none of `busy`.
pub async fn claim(
    db: &Db,
    limit: i64,
    share: i64,
    busy: &[EndpointId],
    now: Timestamp,
) -> Result<Vec<Claimed>> {
    let busy: Vec<i64> = busy.iter().map(|id| id.0).collect();
    let claim = i64::from_le_bytes(vault::random()) | 1;
    let mut tx = db.begin().await?;
    let rows = sqlx::query(if db.engine() == Engine::Sqlite { CLAIM_SQLITE } else { CLAIM_POSTGRES })
        .bind(now.0)
        .bind(crate::db::to_json(&busy)?)
        .bind(now.plus(LEASE).0)
        .bind(claim)
        .bind(share)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?;
    tx.commit().await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = rows.iter().map(|row| Ok(row.try_get::<i64, _>("id")?)).collect::<Result<Vec<_>>>()?;
    load(db, &ids, claim, now).await
}

async fn load(db: &Db, ids: &[i64], claim: i64, now: Timestamp) -> Result<Vec<Claimed>> {
    let mut these = Filter::default();
    these.and_in("d.id", ids.iter().map(|id| (*id).into())).and("d.claim = ?", [claim.into()]);
    let rows = these
        .fetch(
            db.reader(),
            "SELECT d.id, d.claim, d.attempts, d.project_id, d.message_id, d.endpoint_id, e.failing_since, e.url, e.format,
                CASE WHEN d.type = 'session.revocation.requested' THEN m.revocation_id END AS revocation_id,
                CASE WHEN e.format = 'thisdata' THEN COALESCE(m.thisdata_body, m.body) ELSE m.body END AS body
             FROM delivery d JOIN endpoint e ON e.id = d.endpoint_id JOIN message m ON m.id = d.message_id",
            " ORDER BY d.next_attempt_at, d.id",
            [],
        )
        .await?;
    let mut claimed = rows.iter().map(claimed).collect::<Result<Vec<_>>>()?;
    let secrets = live_secrets(db, &claimed, now).await?;
    for one in &mut claimed {
        one.secrets = secrets.get(&one.endpoint).cloned().unwrap_or_default();
    }
    Ok(claimed)
}

fn claimed(row: &AnyRow) -> Result<Claimed> {
    Ok(Claimed {
        delivery: DeliveryId(row.try_get("id")?),
        claim: row.try_get("claim")?,
        attempt: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX - 1) + 1,
        project: ProjectId(row.try_get("project_id")?),
        message: MessageId(row.try_get("message_id")?),
        revocation: row.try_get::<Option<i64>, _>("revocation_id")?.map(RevocationId),
        endpoint: EndpointId(row.try_get("endpoint_id")?),
        failing: row.try_get::<Option<i64>, _>("failing_since")?.is_some(),
        url: row.try_get("url")?,
        format: row.try_get::<&str, _>("format")?.parse()?,
        body: row.try_get("body")?,
        secrets: Vec::new(),
    })
}

async fn live_secrets(
    db: &Db,
    claimed: &[Claimed],
    now: Timestamp,
) -> Result<HashMap<EndpointId, Vec<(String, Secret)>>> {
    let mut live = Filter::default();
    live.and_in("endpoint_id", claimed.iter().map(|one| one.endpoint.0.into()));
    live.and("(expires_at IS NULL OR expires_at > ?)", [now.0.into()]);
    let select = "SELECT id, endpoint_id, sealed, hint FROM endpoint_secret";
    let mut secrets: HashMap<_, Vec<_>> = HashMap::new();
    for row in live.fetch(db.reader(), select, " ORDER BY id DESC", []).await? {
        let (id, endpoint) = (SecretId(row.try_get("id")?), EndpointId(row.try_get("endpoint_id")?));
        // One that does not open must not stop the other endpoints: its own deliveries fail, and say why.
        match db.vault().open(&place(id), row.try_get("sealed")?).and_then(|plain| Secret::stored(&plain)) {
            Ok(secret) => secrets.entry(endpoint).or_default().push((row.try_get("hint")?, secret)),
            Err(error) => tracing::error!(%endpoint, %error, "secret does not open"),
        }
    }
    Ok(secrets)
}

/// When the next delivery is due that nobody has claimed; None: nothing is pending.
pub async fn next_due(db: &Db, now: Timestamp) -> Result<Option<Timestamp>> {
    let due = sqlx::query_scalar(
        "SELECT next_attempt_at FROM delivery WHERE state = 'pending' AND lease_until <= $1 ORDER BY next_attempt_at LIMIT 1",
    )
    .bind(now.0)
    .fetch_optional(db.reader())
    .await?;
    Ok(due.map(Timestamp))
}

/// Gives up the claims of a process that is gone. Only on SQLite, whose file one server holds: on PostgreSQL another
/// replica may be at work, and leases run out by themselves.
pub async fn release(db: &Db) -> Result<()> {
    if db.engine() != Engine::Sqlite {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    sqlx::query("UPDATE delivery SET lease_until = 0, claim = 0 WHERE state = 'pending' AND lease_until > 0")
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

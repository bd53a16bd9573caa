//! Claiming what is due: a batch at a time, under a lease and a random number that only the claimer knows (a fencing
//! token). Whoever lost its lease cannot record anything: see [`super::complete`].

use std::collections::HashMap;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::secrets::place;
use crate::db::filter::Filter;
use crate::db::{Db, Engine, Queue, Tx, json};
use crate::id::{DeliveryId, EndpointId, MessageId, ProjectId, RevocationId, SecretId};
use crate::signature::Secret;
use crate::time::SECOND;
use crate::vault;
use crate::webhook::dispatch::Take;
use crate::webhook::{Format, Policy, for_observer};
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
    /// It tries a half-open breaker.
    pub canary: bool,
    /// Whose.
    pub project: ProjectId,
    /// What receivers see as `webhook-id`.
    pub message: MessageId,
    /// The order it carries: not one that it only tells of.
    pub revocation: Option<RevocationId>,
    /// To whom.
    pub endpoint: EndpointId,
    /// How that wants to be delivered to.
    pub policy: Policy,
    /// Since when there is this delivery.
    pub created_at: Timestamp,
    /// Where to POST.
    pub url: String,
    /// Which body and headers.
    pub format: Format,
    /// The bytes to sign and send.
    pub body: Vec<u8>,
    /// The live secrets with their hints, newest first; empty where none opens.
    pub secrets: Vec<(String, Secret)>,
}

/// A paused endpoint gets its tests alone: whoever asks for one wants to see it arrive. Where a user's messages are in
/// order, one waits for those before it, unless it is urgent (lane 3). PostgreSQL skips what another replica is claiming; SQLite has one writer.
macro_rules! claim_sql {
    ($lock:literal) => {
        concat!(
            "WITH picked AS MATERIALIZED (SELECT d.id FROM delivery d JOIN endpoint e ON e.id = d.endpoint_id
               WHERE d.endpoint_id = $1 AND d.lane = $2 AND d.state = 'pending' AND d.next_attempt_at <= $3
                 AND d.lease_until <= $3 AND (e.state = 'active' OR e.state = 'paused' AND d.type = 'endpoint.test')
                 AND (d.order_key IS NULL OR d.lane = 3 OR NOT EXISTS (SELECT 1 FROM delivery b WHERE b.endpoint_id = d.endpoint_id
                   AND b.order_key = d.order_key AND b.state = 'pending' AND b.id < d.id))
               ORDER BY d.next_attempt_at, d.id LIMIT $4 ",
            $lock,
            ") UPDATE delivery SET lease_until = $5, claim = $6, claimed_by = $7 WHERE id IN (SELECT id FROM picked)
             RETURNING id"
        )
    };
}

const CLAIM_SQLITE: &str = claim_sql!("");
const CLAIM_POSTGRES: &str = claim_sql!("FOR UPDATE OF d SKIP LOCKED");

/// Claims what was planned, as far as nobody else has it.
pub async fn claim(db: &Db, takes: &[Take], now: Timestamp) -> Result<Vec<Claimed>> {
    if takes.is_empty() {
        return Ok(Vec::new());
    }
    // Never negative: a spent claim is kept as its negative, see `complete`.
    let claim = (i64::from_le_bytes(vault::random()) & i64::MAX) | 1;
    let mut tx = db.begin().await?;
    let mut ids = Vec::new();
    for take in takes {
        if take.canary && !open_for_canary(&mut tx, take.endpoint, now).await? {
            continue;
        }
        let before = ids.len();
        for (lane, count) in (0_i64..).zip(take.lanes).filter(|(_, count)| *count > 0) {
            ids.extend(claim_lane(&mut tx, take.endpoint, (lane, count), claim, now).await?);
        }
        if take.canary && ids.len() == before {
            leave_open(&mut tx, take.endpoint, now).await?;
        }
    }
    tx.commit().await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut claimed = load(db, &ids, claim, now).await?;
    for one in &mut claimed {
        one.canary = takes.iter().any(|take| take.canary && take.endpoint == one.endpoint);
    }
    Ok(claimed)
}

async fn claim_lane(
    tx: &mut Tx<'_>,
    endpoint: EndpointId,
    (lane, count): (i64, usize),
    claim: i64,
    now: Timestamp,
) -> Result<Vec<i64>> {
    let (engine, replica) = (tx.db().engine(), tx.db().replica());
    let rows = sqlx::query(if engine == Engine::Sqlite { CLAIM_SQLITE } else { CLAIM_POSTGRES })
        .bind(endpoint.0)
        .bind(lane)
        .bind(now.0)
        .bind(i64::try_from(count).unwrap_or(1))
        .bind(now.plus(LEASE).0)
        .bind(claim)
        .bind(replica)
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
}

/// Takes the right to send the one message that tries a half-open breaker: for all replicas, while its lease lasts.
async fn open_for_canary(tx: &mut Tx<'_>, endpoint: EndpointId, now: Timestamp) -> Result<bool> {
    let taken = sqlx::query("UPDATE endpoint SET open_until = $1 WHERE id = $2 AND open_until <= $3")
        .bind(now.plus(LEASE).0)
        .bind(endpoint.0)
        .bind(now.0)
        .execute(tx.conn())
        .await?;
    Ok(taken.rows_affected() == 1)
}

async fn leave_open(tx: &mut Tx<'_>, endpoint: EndpointId, now: Timestamp) -> Result<()> {
    let query = sqlx::query("UPDATE endpoint SET open_until = $1 WHERE id = $2").bind(now.0).bind(endpoint.0);
    query.execute(tx.conn()).await?;
    Ok(())
}

macro_rules! load_sql {
    ($ids:literal) => {
        concat!(
            "SELECT d.id, d.claim, d.attempts, d.created_at, d.project_id, d.message_id, d.endpoint_id, e.policy, e.url, e.format,
                CASE WHEN d.type = 'session.revocation.requested' THEN m.revocation_id END AS revocation_id,
                CASE WHEN e.format = 'thisdata' THEN COALESCE(m.thisdata_body, m.body) ELSE m.body END AS body
             FROM delivery d JOIN endpoint e ON e.id = d.endpoint_id JOIN message m ON m.id = d.message_id
             WHERE d.id IN (",
            $ids,
            ") AND d.claim = $2 ORDER BY d.next_attempt_at, d.id"
        )
    };
}

async fn load(db: &Db, ids: &[i64], claim: i64, now: Timestamp) -> Result<Vec<Claimed>> {
    // The engines differ in how a list is given as one value.
    let rows = sqlx::query(match db.engine() {
        Engine::Sqlite => load_sql!("SELECT value FROM json_each($1)"),
        Engine::Postgres => load_sql!("SELECT value::bigint FROM jsonb_array_elements_text($1::jsonb)"),
    })
    .bind(crate::db::to_json(&ids)?)
    .bind(claim)
    .fetch_all(db.reader())
    .await?;
    let mut claimed = rows.iter().map(claimed).collect::<Result<Vec<_>>>()?;
    let secrets = live_secrets(db, &claimed, now).await?;
    for one in &mut claimed {
        one.secrets = secrets.get(&one.endpoint).cloned().unwrap_or_default();
    }
    Ok(claimed)
}

fn claimed(row: &AnyRow) -> Result<Claimed> {
    let (policy, body): (Policy, Vec<u8>) = (json(row, "policy")?, row.try_get("body")?);
    Ok(Claimed {
        delivery: DeliveryId(row.try_get("id")?),
        claim: row.try_get("claim")?,
        attempt: u32::try_from(row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX - 1) + 1,
        canary: false,
        project: ProjectId(row.try_get("project_id")?),
        message: MessageId(row.try_get("message_id")?),
        revocation: row.try_get::<Option<i64>, _>("revocation_id")?.map(RevocationId),
        endpoint: EndpointId(row.try_get("endpoint_id")?),
        body: if policy.observer { for_observer(&String::from_utf8_lossy(&body)).into_bytes() } else { body },
        policy,
        created_at: Timestamp(row.try_get("created_at")?),
        url: row.try_get("url")?,
        format: row.try_get::<&str, _>("format")?.parse()?,
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

/// Gives up the claims of a process that is gone; None: of all but this one. Returns how many.
pub(crate) async fn release(tx: &mut Tx<'_>, replica: Option<i64>) -> Result<u64> {
    let query = match replica {
        Some(_) => "UPDATE delivery SET lease_until = 0, claim = 0, claimed_by = 0 WHERE claimed_by = $1",
        None => {
            "UPDATE delivery SET lease_until = 0, claim = 0, claimed_by = 0 WHERE claimed_by > 0 AND claimed_by <> $1"
        }
    };
    let own = tx.db().replica();
    let released = sqlx::query(query).bind(replica.unwrap_or(own)).execute(tx.conn()).await?.rows_affected();
    if released > 0 {
        tx.wake(Queue::Deliveries);
    }
    Ok(released)
}

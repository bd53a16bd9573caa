//! Recording what became of claimed deliveries: the attempts, the deliveries, the endpoints' health and what the answers
//! say of orders, in one transaction and few statements for all that ended together.

mod told;

use std::collections::{BTreeMap, HashSet};

use sqlx::Row;

use self::told::{tell_given_up, tell_order};
use super::claims::Claimed;
use super::messages::HELD;
use super::standing::{Standing, disable, hold, mark};
use crate::db::deadlock::unless_deadlocked;
use crate::db::{Db, Tx, batch, to_json};
use crate::id::EndpointId;
use crate::webhook::health::Patience;
use crate::webhook::schedule::{Failed, next_attempt};
use crate::webhook::{Answer, DeliveryState, EndpointState, FoundReceipt, SignatureStatus};
use crate::{Result, Timestamp};

/// How much of an answer's body is kept, in bytes.
const MAX_KEPT: usize = 16 * 1024;
const GONE: u16 = 410;

/// An attempt that ended.
#[derive(Debug)]
pub struct Completion {
    /// What was sent.
    pub claimed: Claimed,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, in microseconds.
    pub duration_us: i64,
    /// What was sent beside the body.
    pub request_headers: Vec<(String, String)>,
    /// What came back.
    pub answer: Answer,
    /// Its signature.
    pub signature: SignatureStatus,
    /// The receipt in the answer.
    pub receipt: FoundReceipt,
}

/// What was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completed {
    /// So many attempts.
    pub recorded: u32,
    /// So many were discarded: their lease had run out and somebody else claimed the delivery.
    pub discarded: u32,
}

/// A completion, and what becomes of its delivery.
struct Ended<'a> {
    completion: &'a Completion,
    state: DeliveryState,
    due: Timestamp,
    signature: String,
    is_judged: bool,
}

impl Ended<'_> {
    /// Notes what was made of its receipt.
    fn judge(&mut self, verdict: String) -> Result<()> {
        let signature = SignatureStatus { verdict: Some(verdict), ..self.completion.signature.clone() };
        (self.signature, self.is_judged) = (to_json(&signature)?, true);
        Ok(())
    }
}

/// Records attempts that ended together, in the order in which they did.
pub async fn complete(
    db: &Db,
    completions: &[Completion],
    patience: Patience,
    now: Timestamp,
) -> Result<Completed> {
    unless_deadlocked!(completed(db, completions, patience, now))
}

async fn completed(
    db: &Db,
    completions: &[Completion],
    patience: Patience,
    now: Timestamp,
) -> Result<Completed> {
    let endpoints: HashSet<i64> = completions.iter().map(|one| one.claimed.endpoint.0).collect();
    let mut tx = db.begin().await?;
    let standings = hold(&mut tx, &endpoints.into_iter().collect::<Vec<_>>()).await?;
    let ended = completions.iter().map(|one| ended(one, standings.get(&one.claimed.endpoint), now));
    let mut ended = ended.collect::<Result<Vec<_>>>()?;
    let recorded = update(&mut tx, &ended).await?;
    ended.retain(|one| recorded.contains(&(one.completion.claimed.delivery.0, one.completion.claimed.claim)));
    mark_endpoints(&mut tx, &standings, &ended, patience, now).await?;
    // In one order in every replica, so that no two wait for each other.
    ended.sort_by_key(|one| one.completion.claimed.delivery);
    for one in &mut ended {
        if one.state == DeliveryState::Delivered {
            if let Some(verdict) = tell_order(&mut tx, one.completion, now).await? {
                one.judge(verdict)?;
            }
        } else if one.state != DeliveryState::Pending {
            tell_given_up(&mut tx, one.completion, now).await?;
        }
    }
    amend(&mut tx, &ended).await?;
    insert_attempts(&mut tx, &ended, now).await?;
    tx.commit().await?;
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Ok(Completed { recorded: count(ended.len()), discarded: count(completions.len() - ended.len()) })
}

/// What becomes of the delivery, and when it is due. None: its endpoint was deleted meanwhile.
fn ended<'a>(one: &'a Completion, endpoint: Option<&Standing>, now: Timestamp) -> Result<Ended<'a>> {
    let failed = Failed {
        delivery: one.claimed.delivery,
        created_at: one.claimed.created_at,
        attempts: one.claimed.attempt,
        retry_after: one.answer.retry_after(now),
    };
    let next = endpoint.and_then(|endpoint| next_attempt(&endpoint.policy, failed, now));
    // Of one that was disabled by itself, what is on its way is kept as what was pending then.
    let unwanted =
        endpoint.is_none_or(|endpoint| endpoint.state == EndpointState::Disabled && endpoint.by_hand);
    let (state, due) = match (endpoint.map(|endpoint| endpoint.state), next) {
        _ if one.answer.is_success() => (DeliveryState::Delivered, now),
        _ if unwanted => (DeliveryState::Cancelled, now),
        _ if one.answer.status == Some(GONE) => (DeliveryState::Failed, now),
        (Some(EndpointState::Active), Some(next)) => (DeliveryState::Pending, next),
        (Some(_), Some(_)) => (DeliveryState::Pending, HELD),
        _ => (DeliveryState::Failed, now),
    };
    Ok(Ended { completion: one, state, due, signature: to_json(&one.signature)?, is_judged: false })
}

/// Updates the deliveries whose claim still holds; returns which and under which claim. A spent claim is kept as its
/// negative: it tells apart two attempts of one delivery, and an attempt that is recorded twice.
async fn update(tx: &mut Tx<'_>, ended: &[Ended<'_>]) -> Result<HashSet<(i64, i64)>> {
    let rows = batch::run(
        tx.conn(),
        "UPDATE delivery SET state = v.column3, attempts = v.column4, next_attempt_at = v.column5, lease_until = 0,
            claim = -delivery.claim, claimed_by = 0, lane = CASE WHEN lane = 2 THEN 2 ELSE 1 END, last_status = v.column6,
            last_error = v.column7, signature = v.column8,
            delivered_at = CASE WHEN v.column3 = 'delivered' THEN COALESCE(delivered_at, v.column5) ELSE delivered_at END
         FROM (",
        ") AS v WHERE delivery.id = v.column1 AND delivery.claim = v.column2 RETURNING delivery.id, delivery.claim",
        8,
        ended,
        |query, one| {
            let (claimed, answer) = (&one.completion.claimed, &one.completion.answer);
            query
                .bind(claimed.delivery.0)
                .bind(claimed.claim)
                .bind(one.state.as_str())
                .bind(i64::from(claimed.attempt))
                .bind(one.due.0)
                .bind(answer.status.map(i64::from))
                .bind(answer.failure())
                .bind(&one.signature)
        },
    )
    .await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, -row.try_get::<i64, _>("claim")?))).collect()
}

/// Says on the deliveries what was made of their receipts: few have one.
async fn amend(tx: &mut Tx<'_>, ended: &[Ended<'_>]) -> Result<()> {
    for one in ended.iter().filter(|one| one.is_judged) {
        sqlx::query("UPDATE delivery SET signature = $1 WHERE id = $2")
            .bind(&one.signature)
            .bind(one.completion.claimed.delivery.0)
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

/// A line of the attempts' table, with what must outlive its binding.
struct Line<'a> {
    id: i64,
    one: &'a Ended<'a>,
    sent: String,
    received: String,
}

async fn insert_attempts(tx: &mut Tx<'_>, ended: &[Ended<'_>], now: Timestamp) -> Result<()> {
    let mut lines = Vec::with_capacity(ended.len());
    for one in ended {
        let sent = to_json(&one.completion.request_headers)?;
        let received = to_json(&one.completion.answer.headers)?;
        lines.push(Line { id: tx.next_id(now), one, sent, received });
    }
    batch::run(
        tx.conn(),
        "INSERT INTO attempt (id, delivery_id, number, started_at, duration_us, status, error, request_headers,
            response_headers, response_body, signature, diagnosis, dns_us, connect_us, wait_us, body_us, url, format, observer)",
        "",
        19,
        &lines,
        |query, line| {
            let completion = line.one.completion;
            query
                .bind(line.id)
                .bind(completion.claimed.delivery.0)
                .bind(i64::from(completion.claimed.attempt))
                .bind(completion.started_at.0)
                .bind(completion.duration_us)
                .bind(completion.answer.status.map(i64::from))
                .bind(completion.answer.failure())
                .bind(&line.sent)
                .bind(&line.received)
                .bind(completion.answer.excerpt(MAX_KEPT))
                .bind(&line.one.signature)
                .bind(&completion.signature.diagnosis)
                .bind(completion.answer.phases.dns_us)
                .bind(completion.answer.phases.connect_us)
                .bind(completion.answer.phases.wait_us)
                .bind(completion.answer.phases.body_us)
                .bind(&completion.claimed.url)
                .bind(completion.claimed.format.as_str())
                .bind(i64::from(completion.claimed.policy.observer))
        },
    )
    .await?;
    Ok(())
}

async fn mark_endpoints(
    tx: &mut Tx<'_>,
    standings: &BTreeMap<EndpointId, Standing>,
    ended: &[Ended<'_>],
    patience: Patience,
    now: Timestamp,
) -> Result<()> {
    for (id, standing) in standings {
        let of = || ended.iter().map(|one| one.completion).filter(|one| one.claimed.endpoint == *id);
        let health = of().fold(standing.health, |health, one| {
            let health = if one.claimed.canary { health.tried(now) } else { health };
            health.after(&one.answer, one.claimed.attempt, now)
        });
        let gone = of().any(|one| one.answer.status == Some(GONE));
        // Disabled at once: whether it was failing before does not matter any more.
        let patience = if gone { Patience { time: i64::MAX, ..patience } } else { patience };
        mark(tx, *id, standing, health, patience, now).await?;
        if gone && standing.state == EndpointState::Active {
            disable(tx, *id, standing, "answered 410 Gone", now).await?;
        }
    }
    Ok(())
}

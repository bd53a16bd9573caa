//! What a worker does with notices: claim what is due, then report what became of each.

use super::super::{Body, Notice, retry_after};
use super::{body, columns, notice};
use crate::db::{Db, Engine};
use crate::time::MINUTE;
use crate::{Result, Timestamp};

/// The most notices claimed at once.
pub const BATCH: i64 = 16;
/// How long a claim holds: longer than the longest try, so that only a dead worker's notice is taken over.
const LEASE: i64 = 2 * MINUTE;
/// The longest error kept, in characters.
const LONGEST_ERROR: usize = 500;

/// A notice that this worker may send until its lease runs out.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The notice.
    pub notice: Notice,
    /// What it says; an error when it cannot be opened (another SECRET_KEY sealed it).
    pub body: std::result::Result<Body, String>,
    claim: i64,
}

/// Claims up to [`BATCH`] notices that are due, oldest first; each counts as tried.
pub async fn claim(db: &Db, now: Timestamp) -> Result<Vec<Claimed>> {
    claim_some(db, BATCH, now).await
}

/// The same, at most so many.
pub async fn claim_some(db: &Db, most: i64, now: Timestamp) -> Result<Vec<Claimed>> {
    let mut tx = db.begin().await?;
    let claim = tx.next_id(now);
    // PostgreSQL: several replicas claim at once, and none waits for rows that another is taking.
    let sql = match db.engine() {
        Engine::Sqlite => concat!(
            "UPDATE notice SET claim = $1, lease_until = $2, attempts = attempts + 1 WHERE id IN \
             (SELECT id FROM notice WHERE state = 'pending' AND next_attempt_at <= $3 AND lease_until <= $3 \
             ORDER BY next_attempt_at, id LIMIT $4) RETURNING ",
            columns!()
        ),
        Engine::Postgres => concat!(
            "UPDATE notice SET claim = $1, lease_until = $2, attempts = attempts + 1 WHERE id IN \
             (SELECT id FROM notice WHERE state = 'pending' AND next_attempt_at <= $3 AND lease_until <= $3 \
             ORDER BY next_attempt_at, id LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING ",
            columns!()
        ),
    };
    let rows = sqlx::query(sql)
        .bind(claim)
        .bind(now.plus(LEASE).0)
        .bind(now.0)
        .bind(most.min(BATCH))
        .fetch_all(tx.conn())
        .await?;
    let claimed = rows.iter().map(|row| {
        let body = body(db, row).map_err(|error| error.to_string());
        Ok(Claimed { notice: notice(row)?, body, claim })
    });
    let claimed = claimed.collect::<Result<Vec<_>>>()?;
    tx.commit().await?;
    Ok(claimed)
}

/// When the next notice is due, if any waits.
pub async fn next_due(db: &Db) -> Result<Option<Timestamp>> {
    let due: Option<i64> = sqlx::query_scalar(
        "SELECT MIN(CASE WHEN lease_until > next_attempt_at THEN lease_until ELSE next_attempt_at END) \
         FROM notice WHERE state = 'pending'",
    )
    .fetch_one(db.reader())
    .await?;
    Ok(due.map(Timestamp))
}

/// The channel took it. False when the claim was lost meanwhile.
pub async fn sent(db: &Db, claimed: &Claimed, now: Timestamp) -> Result<bool> {
    report(db, claimed, Report { state: "sent", next_attempt_at: now, error: None, sent_at: Some(now) }).await
}

/// No channel is set up: it waits in the console.
pub async fn held(db: &Db, claimed: &Claimed, now: Timestamp) -> Result<bool> {
    report(db, claimed, Report { state: "held", next_attempt_at: now, error: None, sent_at: None }).await
}

/// The try failed: later again, or, when the failure is `permanent` or was the last, never.
pub async fn failed(
    db: &Db,
    claimed: &Claimed,
    error: &str,
    permanent: bool,
    now: Timestamp,
) -> Result<bool> {
    let error: String = error.chars().filter(|letter| !letter.is_control()).take(LONGEST_ERROR).collect();
    let wait = if permanent { None } else { retry_after(claimed.notice.attempts) };
    let state = if wait.is_some() { "pending" } else { "failed" };
    let next_attempt_at = now.plus(wait.unwrap_or(0));
    report(db, claimed, Report { state, next_attempt_at, error: Some(error), sent_at: None }).await
}

struct Report {
    state: &'static str,
    next_attempt_at: Timestamp,
    error: Option<String>,
    sent_at: Option<Timestamp>,
}

async fn report(db: &Db, claimed: &Claimed, report: Report) -> Result<bool> {
    let mut tx = db.begin().await?;
    let changed = sqlx::query(
        "UPDATE notice SET state = $1, next_attempt_at = $2, last_error = $3, sent_at = $4, lease_until = 0 \
         WHERE id = $5 AND claim = $6 AND state = 'pending'",
    )
    .bind(report.state)
    .bind(report.next_attempt_at.0)
    .bind(report.error)
    .bind(report.sent_at.map(|at| at.0))
    .bind(claimed.notice.id.0)
    .bind(claimed.claim)
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(changed.rows_affected() == 1)
}

//! Sign-ins that failed: in the ledger once a minute for each address, counted there, and bounded however many try.

use serde_json::{Value, json};
use sqlx::Row;

use super::super::{Actor, Browser};
use crate::db::{Db, Tx};
use crate::id::OperatorId;
use crate::ledger;
use crate::time::MINUTE;
use crate::{Result, Timestamp};

/// The code of the ledger.
const REFUSED: &str = "operator.sign_in_failed";
/// So many addresses have a line of their own in a minute; the others share one.
const ADDRESSES: usize = 10;
/// What all others share.
const OTHERS: &str = "other addresses";
/// So many of the newest lines are looked through for the one to count in.
const NEWEST: i64 = 200;
/// So many operators are named in one line.
const NAMED: usize = 20;

/// Records that somebody failed to sign in. An operator whose e-mail it was is named by their id; an e-mail that is nobody's
/// is only counted, because people type their passwords there.
pub async fn sign_in_failed(db: &Db, email: &str, browser: &Browser, now: Timestamp) -> Result<()> {
    let whose: Option<i64> = sqlx::query_scalar("SELECT id FROM operator WHERE email = $1")
        .bind(email.trim().to_lowercase())
        .fetch_optional(db.reader())
        .await?;
    let mut tx = db.begin().await?;
    let address = browser.ip.as_deref().unwrap_or("an unknown address");
    let (line, subject) = line(&mut tx, address, now).await?;
    let mut detail = line.as_ref().map_or_else(empty, |(_, detail)| detail.clone());
    count(&mut detail, whose.map(OperatorId));
    match line {
        Some((id, _)) => {
            sqlx::query("UPDATE ledger SET detail = $1 WHERE id = $2")
                .bind(detail.to_string())
                .bind(id)
                .execute(tx.conn())
                .await?;
        }
        None => ledger::record(&mut tx, now, None, &Actor::System, REFUSED, &subject, &detail).await?,
    }
    tx.commit().await
}

fn empty() -> Value {
    json!({ "attempts": 0, "operators": [], "unknown": 0 })
}

fn count(detail: &mut Value, whose: Option<OperatorId>) {
    let more = |value: &Value| json!(value.as_i64().unwrap_or(0) + 1);
    detail["attempts"] = more(&detail["attempts"]);
    match (whose, detail["operators"].as_array_mut()) {
        (Some(id), Some(named)) => {
            let id = json!(id);
            if !named.contains(&id) && named.len() < NAMED {
                named.push(id);
            }
        }
        _ => detail["unknown"] = more(&detail["unknown"]),
    }
}

/// The line of this minute to count in, if there is one, and whose it is.
async fn line(tx: &mut Tx<'_>, address: &str, now: Timestamp) -> Result<(Option<(i64, Value)>, String)> {
    let rows = sqlx::query(
        "SELECT id, subject, detail FROM (SELECT id, at, action, subject, detail FROM ledger \
         WHERE project_id IS NULL ORDER BY id DESC LIMIT $1) newest WHERE action = $2 AND at > $3",
    )
    .bind(NEWEST)
    .bind(REFUSED)
    .bind(now.plus(-MINUTE).0)
    .fetch_all(tx.conn())
    .await?;
    let mut known = Vec::with_capacity(rows.len());
    for row in &rows {
        let detail = serde_json::from_str(row.try_get("detail")?)?;
        known.push((row.try_get::<i64, _>("id")?, row.try_get::<String, _>("subject")?, detail));
    }
    let is_known = known.iter().any(|(_, subject, _)| subject == address);
    let subject = if is_known || known.len() < ADDRESSES { address } else { OTHERS };
    let found = known.into_iter().find(|(_, whose, _)| whose == subject).map(|(id, _, detail)| (id, detail));
    Ok((found, subject.to_owned()))
}

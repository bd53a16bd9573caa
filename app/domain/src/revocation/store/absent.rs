//! Who said of an order's session that it is not here: it is dead once nobody is left who may have it.

use std::collections::{BTreeMap, HashMap};

use sqlx::Row;

use super::progress::{Detail, reach};
use super::{Held, sessions};
use crate::db::Tx;
use crate::id::{EndpointId, ReceiptId, RevocationId};
use crate::revocation::absent::{Speaker, Stand, nowhere};
use crate::revocation::receipt::NewReceipt;
use crate::revocation::{Fact, Outcome, Via, transition};
use crate::webhook::MessageType;
use crate::{Result, Timestamp};

/// The step that keeps it.
pub(super) const NOT_HERE: &str = "not_found";

/// What it comes to that somebody says of a session that it is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Nobody else can have it: it is dead.
    Last,
    /// Another may have it.
    New,
    /// The same one has said it before.
    Old,
}

/// Weighs what a receipt says of these sessions.
pub(super) async fn weigh<'a>(
    tx: &mut Tx<'_>,
    order: &Held,
    new: &NewReceipt,
    of: impl ExactSizeIterator<Item = &'a str>,
) -> Result<Vec<Word>> {
    if of.len() == 0 {
        return Ok(Vec::new());
    }
    let (speaker, before, stands) =
        (Speaker::of(new.endpoint, new.via), said(tx, order.id).await?, stands(tx, order.id).await?);
    let word = |session| {
        let mut all = before.get(session).cloned().unwrap_or_default();
        let old = all.contains(&speaker);
        all.push(speaker);
        match nowhere(&stands, &all) {
            true => Word::Last,
            false if old => Word::Old,
            false => Word::New,
        }
    };
    Ok(of.map(word).collect())
}

/// Confirms the sessions that by now nobody is left for who may have them.
pub(super) async fn look_again(tx: &mut Tx<'_>, order: &Held, cause: &str, now: Timestamp) -> Result<()> {
    let said = said(tx, order.id).await?;
    if said.is_empty() {
        return Ok(());
    }
    let stands = stands(tx, order.id).await?;
    for (session, before) in sessions(tx, order.id).await? {
        if said.get(&session).is_some_and(|said| nowhere(&stands, said))
            && let Ok(after) = transition(before, Fact::Died(Outcome::NotFound))
            && after != before
        {
            reach(tx, order, &session, after, Detail::Kept, cause, now).await?;
        }
    }
    Ok(())
}

/// Who has said it of which session. Nearly always nobody: then the receipts are not read.
async fn said(tx: &mut Tx<'_>, order: RevocationId) -> Result<BTreeMap<String, Vec<Speaker>>> {
    let steps: Vec<(String, String)> = sqlx::query_as(
        "SELECT session_id, cause FROM revocation_step WHERE revocation_id = $1 AND state = $2 ORDER BY id",
    )
    .bind(order.0)
    .bind(NOT_HERE)
    .fetch_all(tx.conn())
    .await?;
    let mut said: BTreeMap<String, Vec<Speaker>> = BTreeMap::new();
    if steps.is_empty() {
        return Ok(said);
    }
    let speakers = speakers(tx, order).await?;
    for (session, cause) in steps {
        let receipt = cause.strip_prefix("receipt ").and_then(|id| id.parse::<ReceiptId>().ok());
        if let Some(speaker) = receipt.and_then(|id| speakers.get(&id)) {
            said.entry(session).or_default().push(*speaker);
        }
    }
    Ok(said)
}

async fn speakers(tx: &mut Tx<'_>, order: RevocationId) -> Result<HashMap<ReceiptId, Speaker>> {
    let rows = sqlx::query("SELECT id, endpoint_id, via FROM receipt WHERE revocation_id = $1")
        .bind(order.0)
        .fetch_all(tx.conn())
        .await?;
    let speaker = |row: &sqlx::any::AnyRow| {
        let endpoint = row.try_get::<Option<i64>, _>("endpoint_id")?.map(EndpointId);
        Ok((ReceiptId(row.try_get("id")?), Speaker::of(endpoint, Via::from_stored(row.try_get("via")?))))
    };
    rows.iter().map(speaker).collect()
}

/// How the order stands with each endpoint that ends sessions. One that was disabled before it got it can have no say.
async fn stands(tx: &mut Tx<'_>, order: RevocationId) -> Result<Vec<Stand>> {
    let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
        "SELECT d.endpoint_id, MAX(CASE WHEN d.delivered_at IS NOT NULL THEN 1 ELSE 0 END), \
         MAX(CASE WHEN d.state = 'pending' THEN 1 ELSE 0 END) FROM message m JOIN delivery d ON d.message_id = m.id \
         JOIN endpoint e ON e.id = d.endpoint_id WHERE m.revocation_id = $1 AND m.type = $2 AND e.observer = 0 \
         AND (d.state <> 'cancelled' OR d.delivered_at IS NOT NULL) GROUP BY d.endpoint_id",
    )
    .bind(order.0)
    .bind(MessageType::SessionRevocationRequested.as_str())
    .fetch_all(tx.conn())
    .await?;
    let stand = |(endpoint, arrived, pending)| Stand {
        endpoint: EndpointId(endpoint),
        arrived: arrived != 0,
        pending: pending != 0,
    };
    Ok(rows.into_iter().map(stand).collect())
}

//! Who said of an order's session that it is not here: it is dead once nobody is left who may have it.

use std::collections::{BTreeMap, HashMap};

use sqlx::{AnyConnection, Row};

use super::progress::{Detail, reach};
use super::{Held, sessions};
use crate::db::Tx;
use crate::id::{EndpointId, ReceiptId, RevocationId};
use crate::revocation::absent::{Absence, Speaker, Stand, absence};
use crate::revocation::receipt::NewReceipt;
use crate::revocation::{Fact, Outcome, Via, transition};
use crate::webhook::{DISABLED_BY_HAND, MessageType};
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
    let speaker = Speaker::of(new.endpoint, new.via);
    let (before, stands) = (said(tx.conn(), order.id).await?, stands(tx.conn(), order.id).await?);
    let word = |session| {
        let mut all = before.get(session).cloned().unwrap_or_default();
        let old = all.contains(&speaker);
        all.push(speaker);
        match absence(&stands, &all) {
            Absence::Nowhere => Word::Last,
            _ if old => Word::Old,
            _ => Word::New,
        }
    };
    Ok(of.map(word).collect())
}

/// Confirms the sessions that by now nobody is left for who may have them. Answers of which nobody is left to be heard,
/// although one that never got the order may have them.
pub(super) async fn look_again(
    tx: &mut Tx<'_>,
    order: &Held,
    cause: &str,
    now: Timestamp,
) -> Result<Vec<String>> {
    let (said, mut unheard) = (said(tx.conn(), order.id).await?, Vec::new());
    if said.is_empty() {
        return Ok(unheard);
    }
    let stands = stands(tx.conn(), order.id).await?;
    for (session, before) in sessions(tx, order.id).await? {
        match said.get(&session).map(|said| absence(&stands, said)) {
            Some(Absence::Nowhere) => {
                if let Ok(after) = transition(before, Fact::Died(Outcome::NotFound))
                    && after != before
                {
                    reach(tx, order, &session, after, Detail::Kept, cause, now).await?;
                }
            }
            Some(Absence::Unheard) => unheard.push(session),
            Some(Absence::Awaited) | None => {}
        }
    }
    Ok(unheard)
}

/// Who has said it of which session. Nearly always nobody: then the receipts are not read.
pub(super) async fn said(
    conn: &mut AnyConnection,
    order: RevocationId,
) -> Result<BTreeMap<String, Vec<Speaker>>> {
    let steps: Vec<(String, String)> = sqlx::query_as(
        "SELECT session_id, cause FROM revocation_step WHERE revocation_id = $1 AND state = $2 ORDER BY id",
    )
    .bind(order.0)
    .bind(NOT_HERE)
    .fetch_all(&mut *conn)
    .await?;
    let mut said: BTreeMap<String, Vec<Speaker>> = BTreeMap::new();
    if steps.is_empty() {
        return Ok(said);
    }
    let speakers = speakers(conn, order).await?;
    for (session, cause) in steps {
        let receipt = cause.strip_prefix("receipt ").and_then(|id| id.parse::<ReceiptId>().ok());
        if let Some(speaker) = receipt.and_then(|id| speakers.get(&id)) {
            said.entry(session).or_default().push(*speaker);
        }
    }
    Ok(said)
}

async fn speakers(conn: &mut AnyConnection, order: RevocationId) -> Result<HashMap<ReceiptId, Speaker>> {
    let rows = sqlx::query("SELECT id, endpoint_id, via FROM receipt WHERE revocation_id = $1")
        .bind(order.0)
        .fetch_all(conn)
        .await?;
    let speaker = |row: &sqlx::any::AnyRow| {
        let endpoint = row.try_get::<Option<i64>, _>("endpoint_id")?.map(EndpointId);
        Ok((ReceiptId(row.try_get("id")?), Speaker::of(endpoint, Via::from_stored(row.try_get("via")?))))
    };
    rows.iter().map(speaker).collect()
}

/// How the order stands with each endpoint that ends sessions. One that an operator took out, by deleting or disabling it, has
/// no say; one that was disabled by itself is not tried any more.
pub(super) async fn stands(conn: &mut AnyConnection, order: RevocationId) -> Result<Vec<Stand>> {
    let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
        "SELECT d.endpoint_id, MAX(CASE WHEN d.delivered_at IS NOT NULL THEN 1 ELSE 0 END), \
         MAX(CASE WHEN d.state = 'pending' AND e.state <> 'disabled' THEN 1 ELSE 0 END) \
         FROM message m JOIN delivery d ON d.message_id = m.id JOIN endpoint e ON e.id = d.endpoint_id \
         WHERE m.revocation_id = $1 AND m.type = $2 AND e.observer = 0 AND e.state <> 'deleted' \
         AND NOT (e.state = 'disabled' AND COALESCE(e.state_reason, '') = $3) \
         AND (d.state <> 'cancelled' OR d.delivered_at IS NOT NULL) GROUP BY d.endpoint_id ORDER BY d.endpoint_id",
    )
    .bind(order.0)
    .bind(MessageType::SessionRevocationRequested.as_str())
    .bind(DISABLED_BY_HAND)
    .fetch_all(conn)
    .await?;
    let stand = |(endpoint, arrived, pending)| Stand {
        endpoint: EndpointId(endpoint),
        arrived: arrived != 0,
        pending: pending != 0,
    };
    Ok(rows.into_iter().map(stand).collect())
}

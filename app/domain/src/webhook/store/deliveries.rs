//! Deliveries: what operators and the API read of them and do with them.

use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::attempts::{attempts, number};
use super::endpoints::load;
use super::messages::{HELD, Owed, URGENT_LANE, deliver, insert};
use super::narrow::conditions;
use crate::db::filter::Filter;
use crate::db::{Db, Queue, Tx, time};
use crate::id::{AlertId, DeliveryId, EndpointId, MessageId, ProjectId, RevocationId, UserKey};
use crate::ledger;
use crate::operator::Actor;
use crate::page::{Cursor, Page, Paging};
use crate::webhook::{
    Attempt, Delivery, DeliveryDetail, DeliveryFilter, DeliveryState, EndpointState, Format, MessageType,
    NewMessage, for_observer,
};
use crate::{Error, Result, Timestamp};

pub(super) const SELECT: &str = "SELECT d.id, d.message_id, d.endpoint_id, e.url, d.type, d.state, d.attempts, d.next_attempt_at,
    d.last_status, d.last_error, d.signature, d.created_at, d.delivered_at, d.lane, e.open_until, m.user_key, m.alert_id, m.revocation_id
    FROM delivery d JOIN endpoint e ON e.id = d.endpoint_id JOIN message m ON m.id = d.message_id";

/// A project's deliveries, newest first.
pub async fn list(
    db: &Db,
    project: ProjectId,
    filter: DeliveryFilter,
    paging: Paging,
) -> Result<Page<Delivery>> {
    let rows = conditions(project, &filter, paging.after.id)
        .fetch(db.reader(), SELECT, " ORDER BY d.id DESC LIMIT ?", [(paging.limit + 1).into()])
        .await?;
    let rows = rows.iter().map(delivery).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(rows, paging.limit, |row| Cursor { at: row.created_at, id: row.id.0 }))
}

/// One delivery with its body and its attempts.
pub async fn get(db: &Db, project: ProjectId, id: DeliveryId) -> Result<DeliveryDetail> {
    let mut only = Filter::default();
    only.and("d.project_id = ?", [project.0.into()]).and("d.id = ?", [id.0.into()]);
    let rows = only.fetch(db.reader(), SELECT, "", []).await?;
    let delivery = delivery(rows.first().ok_or(Error::NotFound)?)?;
    let attempts = attempts(db, id).await?;
    let body = body(db, &delivery, attempts.last()).await?;
    Ok(DeliveryDetail { delivery, body, attempts })
}

/// As the last attempt sent it; what it does not tell is as the endpoint is today.
async fn body(db: &Db, delivery: &Delivery, last: Option<&Attempt>) -> Result<String> {
    let row = sqlx::query(
        "SELECT CASE WHEN COALESCE($3, e.format) = 'thisdata' THEN COALESCE(m.thisdata_body, m.body) ELSE m.body END AS body, \
         COALESCE($4, e.observer) AS observer FROM message m, endpoint e WHERE m.id = $1 AND e.id = $2",
    )
    .bind(delivery.message_id.0)
    .bind(delivery.endpoint_id.0)
    .bind(last.and_then(|last| last.format).map(Format::as_str))
    .bind(last.and_then(|last| last.observer).map(i64::from))
    .fetch_one(db.reader())
    .await?;
    let body: Vec<u8> = row.try_get("body")?;
    let body = String::from_utf8_lossy(&body);
    Ok(if row.try_get::<i64, _>("observer")? == 0 { body.into_owned() } else { for_observer(&body) })
}

pub(super) fn delivery(row: &AnyRow) -> Result<Delivery> {
    let state = row.try_get::<&str, _>("state")?.parse()?;
    let due = Timestamp(row.try_get("next_attempt_at")?);
    let waits = state == DeliveryState::Pending && due != HELD;
    let urgent = row.try_get::<i64, _>("lane")? == URGENT_LANE;
    let open_until = Timestamp(row.try_get("open_until")?);
    Ok(Delivery {
        id: DeliveryId(row.try_get("id")?),
        message_id: MessageId(row.try_get("message_id")?),
        endpoint_id: EndpointId(row.try_get("endpoint_id")?),
        url: row.try_get("url")?,
        r#type: row.try_get::<&str, _>("type")?.parse()?,
        state,
        attempts: number(row, "attempts")?.unwrap_or_default(),
        next_attempt_at: waits.then_some(due),
        on_hold_until: (waits && !urgent && open_until > due).then_some(open_until),
        last_status: number(row, "last_status")?,
        last_error: row.try_get("last_error")?,
        signature: row.try_get::<Option<&str>, _>("signature")?.map(serde_json::from_str).transpose()?,
        user: row.try_get::<Option<i64>, _>("user_key")?.map(UserKey),
        alert: row.try_get::<Option<i64>, _>("alert_id")?.map(AlertId),
        revocation: row.try_get::<Option<i64>, _>("revocation_id")?.map(RevocationId),
        created_at: Timestamp(row.try_get("created_at")?),
        delivered_at: time(row, "delivered_at")?,
    })
}

/// Sends a delivery once more, now, also to an endpoint on hold: under the same `webhook-id`, so that a receiver that has it knows. If it fails the
/// schedule goes on from where it was. What had ended keeps no place among its user's messages: those after it have gone on.
pub async fn resend(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: DeliveryId,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let row = sqlx::query("SELECT endpoint_id, lease_until FROM delivery WHERE id = $1 AND project_id = $2")
        .bind(id.0)
        .bind(project.0)
        .fetch_optional(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    match must_be_active(&mut tx, project, EndpointId(row.try_get("endpoint_id")?)).await {
        Err(Error::NotFound) => return Err(Error::conflict("the endpoint was deleted")),
        active => active?,
    }
    let due = sqlx::query(
        "UPDATE delivery SET state = 'pending', next_attempt_at = $1, lease_until = 0, claim = 0, claimed_by = 0,
            lane = $3, order_key = CASE WHEN state = 'pending' THEN order_key END
         WHERE id = $2 AND lease_until <= $1",
    )
    .bind(now.0)
    .bind(id.0)
    .bind(URGENT_LANE)
    .execute(tx.conn())
    .await?;
    if due.rows_affected() == 0 {
        return Err(Error::conflict("the delivery is being sent at this moment"));
    }
    ledger::record(&mut tx, now, Some(project), actor, "delivery.resent", &id.to_string(), &json!({}))
        .await?;
    tx.wake(Queue::Deliveries);
    tx.commit().await
}

async fn must_be_active(tx: &mut Tx<'_>, project: ProjectId, id: EndpointId) -> Result<()> {
    let endpoint = load(tx, project, id).await?;
    if endpoint.state != EndpointState::Active {
        return Err(Error::conflict(format!("the endpoint is {}: resume it first", endpoint.state.as_str())));
    }
    Ok(())
}

/// Sends a test message to one endpoint, whatever types it takes and also while it is paused or on hold: the standard body, which
/// asks nothing of anybody.
pub async fn send_test(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    endpoint: EndpointId,
    now: Timestamp,
) -> Result<DeliveryId> {
    let mut tx = db.begin().await?;
    if load(&mut tx, project, endpoint).await?.state == EndpointState::Disabled {
        return Err(Error::conflict("the endpoint is disabled: enable it first"));
    }
    let message = NewMessage {
        project,
        kind: MessageType::EndpointTest,
        user: None,
        event: None,
        alert: None,
        question: None,
        revocation: None,
        data: json!({ "endpoint": endpoint, "text": "A test from Porchlight. Nothing needs to be done." }),
        thisdata: None,
    };
    let id = insert(&mut tx, &message, now).await?;
    let owed = Owed { project, kind: message.kind, message: id, endpoint, due: now, order: None };
    let delivery = deliver(&mut tx, &owed, now).await?;
    ledger::record(&mut tx, now, Some(project), actor, "endpoint.tested", &endpoint.to_string(), &json!({}))
        .await?;
    tx.commit().await?;
    Ok(delivery)
}

/// Holds back what is pending for a paused endpoint.
pub(super) async fn hold(tx: &mut Tx<'_>, endpoint: EndpointId) -> Result<()> {
    sqlx::query("UPDATE delivery SET next_attempt_at = $1 WHERE endpoint_id = $2 AND state = 'pending'")
        .bind(HELD.0)
        .bind(endpoint.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Makes due what was held back.
pub(super) async fn let_go(tx: &mut Tx<'_>, endpoint: EndpointId, now: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE delivery SET next_attempt_at = $1 WHERE endpoint_id = $2 AND state = 'pending' AND next_attempt_at = $3",
    )
    .bind(now.0)
    .bind(endpoint.0)
    .bind(HELD.0)
    .execute(tx.conn())
    .await?;
    tx.wake(Queue::Deliveries);
    Ok(())
}

/// Gives up what is pending for an endpoint that is gone.
pub(super) async fn cancel(tx: &mut Tx<'_>, endpoint: EndpointId, why: &str) -> Result<()> {
    sqlx::query("UPDATE delivery SET state = 'cancelled', last_error = $1 WHERE endpoint_id = $2 AND state = 'pending'")
        .bind(why)
        .bind(endpoint.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

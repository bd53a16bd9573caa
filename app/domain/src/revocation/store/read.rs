//! Reading orders: one with all its evidence, or lists, newest first.

use std::collections::HashMap;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::figures::failed;
use super::receivers::receivers;
use super::{objection, outcome, state, taken, together, withheld};
use crate::db::filter::Filter;
use crate::db::{Db, time};
use crate::event::EventUser;
use crate::id::{AlertId, DeliveryId, EndpointId, ProjectId, QuestionId, ReceiptId, RevocationId, UserKey};
use crate::page::{Cursor, Page, Paging};
use crate::revocation::receipt::WHOLE;
use crate::revocation::{
    Dossier, InitiatedBy, OrderedSession, Reason, Receipt, Revocation, RevocationFilter, State, Step, Via,
    Whole,
};
use crate::user::store::mail::keys_of;
use crate::vault::token_hash;
use crate::{Error, Result, Timestamp};

pub(super) const SELECT: &str = "SELECT r.id, r.user_key, u.id AS user_id, u.name AS user_name, r.scope, r.state, r.reason_code, r.reason_text, \
     r.initiated_by, r.initiator, r.alert_id, r.question_id, r.asked_at, r.requested_at, r.delivered_at, r.confirm_by, \
     r.next_limit, r.settled_at, r.feed, r.again_id, r.given_with \
     FROM revocation r JOIN end_user u ON u.key = r.user_key";

const OF_USER: &str =
    concat!("r.id IN (SELECT o.id FROM revocation o WHERE o.user_key IN (", keys_of!(), "))");
const OF_SESSION: &str =
    "r.id IN (SELECT o.revocation_id FROM revocation_session o WHERE o.project_id = ? AND o.session_id = ?)";

const SPAN: [&str; 4] = ["r.id < ?", "r.id >= ?", "r.requested_at >= ?", "r.requested_at < ?"];

/// An order with its steps, receipts and deliveries.
pub async fn get(db: &Db, project: ProjectId, id: RevocationId) -> Result<Dossier> {
    let mut conditions = Filter::default();
    conditions.and("r.id = ?", [id.0.into()]).and("r.project_id = ?", [project.0.into()]);
    let rows = conditions.fetch(db.reader(), SELECT, "", []).await?;
    let mut orders = vec![revocation(rows.first().ok_or(Error::NotFound)?)?];
    add_sessions(db, &mut orders).await?;
    objection::mark(db, &mut orders).await?;
    taken::mark(db, &mut orders).await?;
    let (revocation, receipts) = (orders.swap_remove(0), receipts(db, id).await?);
    Ok(Dossier {
        steps: steps(db, id).await?,
        receivers: receivers(db, &revocation, &receipts).await?,
        receipts,
        deliveries: deliveries(db, id).await?,
        revocation,
    })
}

/// A page of a project's orders.
pub async fn list(
    db: &Db,
    project: ProjectId,
    filter: &RevocationFilter,
    paging: Paging,
) -> Result<Page<Revocation>> {
    let mut conditions = Filter::default();
    conditions.and("r.project_id = ?", [project.0.into()]).and_between(SPAN, &filter.about, paging.after.id);
    if let Some(user) = filter.user {
        conditions.and("r.user_key = ?", [user.0.into()]);
    }
    if let Some(id) = filter.id {
        conditions.and("r.id = ?", [id.0.into()]);
    }
    conditions.and_about(project, [OF_USER, OF_SESSION], &filter.about);
    if let Some(state) = filter.state {
        conditions.and("r.state = ?", [state.as_str().into()]);
    }
    if filter.open {
        conditions.and(open(), []);
    }
    if filter.waiting {
        conditions.and("r.settled_at IS NULL", []);
    }
    if filter.failed {
        conditions.and(failed!(), []);
    }
    if let Some(alert) = filter.alert {
        conditions.and("r.alert_id = ?", [alert.0.into()]);
    }
    let rows = conditions
        .fetch(db.reader(), SELECT, " ORDER BY r.id DESC LIMIT ?", [(paging.limit + 1).into()])
        .await?;
    let orders = rows.iter().map(revocation).collect::<Result<Vec<_>>>()?;
    let mut page =
        Page::from_rows(orders, paging.limit, |order| Cursor { at: order.requested_at, id: order.id.0 });
    add_sessions(db, &mut page.rows).await?;
    objection::mark(db, &mut page.rows).await?;
    taken::mark(db, &mut page.rows).await?;
    Ok(page)
}

/// The order whose receipt URL carries this token, and its project.
pub async fn by_receipt_token(db: &Db, token: &str) -> Result<(ProjectId, RevocationId)> {
    let row: Option<(i64, i64)> =
        sqlx::query_as("SELECT project_id, id FROM revocation WHERE receipt_hash = $1")
            .bind(token_hash(token))
            .fetch_optional(db.reader())
            .await?;
    row.map(|(project, id)| (ProjectId(project), RevocationId(id))).ok_or(Error::NotFound)
}

/// True of orders that the application has not answered for every session.
pub(super) fn open() -> &'static str {
    "EXISTS (SELECT 1 FROM revocation_session o WHERE o.revocation_id = r.id \
     AND o.state NOT IN ('confirmed', 'refused', 'contradicted'))"
}

pub(super) fn revocation(row: &AnyRow) -> Result<Revocation> {
    Ok(Revocation {
        id: RevocationId(row.try_get("id")?),
        user: EventUser {
            key: UserKey(row.try_get("user_key")?),
            id: row.try_get("user_id")?,
            name: row.try_get("user_name")?,
        },
        scope: row.try_get::<&str, _>("scope")?.parse()?,
        state: row.try_get::<&str, _>("state")?.parse()?,
        reason: Reason { code: row.try_get("reason_code")?, text: row.try_get("reason_text")? },
        initiated_by: InitiatedBy::from_stored(row.try_get("initiated_by")?),
        initiator: row.try_get("initiator")?,
        alert_id: row.try_get::<Option<i64>, _>("alert_id")?.map(AlertId),
        question_id: row.try_get::<Option<i64>, _>("question_id")?.map(QuestionId),
        asked_at: time(row, "asked_at")?,
        requested_at: Timestamp(row.try_get("requested_at")?),
        delivered_at: time(row, "delivered_at")?,
        confirm_by: Timestamp(row.try_get("confirm_by")?),
        next_limit: Timestamp(row.try_get("next_limit")?),
        settled_at: time(row, "settled_at")?,
        again: row.try_get::<Option<i64>, _>("again_id")?.map(RevocationId),
        orders: row.try_get::<Option<i64>, _>("given_with")?.map(RevocationId).into_iter().collect(),
        contested: false,
        stuck: None,
        sessions: Vec::new(),
        whole: None,
    })
}

pub(super) async fn add_sessions(db: &Db, orders: &mut [Revocation]) -> Result<()> {
    if orders.is_empty() {
        return Ok(());
    }
    let select = "SELECT revocation_id, session_id, state, outcome, deferred_until, detail, updated_at FROM revocation_session";
    let mut conditions = Filter::default();
    conditions.and_in("revocation_id", orders.iter().map(|order| order.id.0.into()));
    let mut sessions: HashMap<RevocationId, Vec<OrderedSession>> = HashMap::new();
    for row in conditions.fetch(db.reader(), select, " ORDER BY session_id", []).await? {
        sessions.entry(RevocationId(row.try_get("revocation_id")?)).or_default().push(ordered(&row)?);
    }
    for order in orders.iter_mut() {
        let all = sessions.remove(&order.id).unwrap_or_default();
        let (whole, named): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.id == WHOLE);
        order.whole = whole.into_iter().next().map(Whole::from);
        order.sessions = named;
    }
    together::mark(db, orders).await?;
    withheld::mark(db, orders).await
}

fn ordered(row: &AnyRow) -> Result<OrderedSession> {
    let state = state(row, "state")?;
    let said = row.try_get::<Option<&str>, _>("outcome")?.filter(|_| state == State::Contradicted);
    Ok(OrderedSession {
        id: row.try_get("session_id")?,
        state,
        said: said.map(|said| outcome(Some(said))).transpose()?,
        detail: row.try_get("detail")?,
        updated_at: Timestamp(row.try_get("updated_at")?),
        withheld: None,
        contested_by: Vec::new(),
    })
}

async fn steps(db: &Db, id: RevocationId) -> Result<Vec<Step>> {
    let rows = sqlx::query(
        "SELECT session_id, state, cause, at FROM revocation_step WHERE revocation_id = $1 ORDER BY id",
    )
    .bind(id.0)
    .fetch_all(db.reader())
    .await?;
    let step = |row: &AnyRow| {
        let session: String = row.try_get("session_id")?;
        Ok(Step {
            session_id: Some(session).filter(|id| !id.is_empty()),
            state: row.try_get("state")?,
            cause: row.try_get("cause")?,
            at: Timestamp(row.try_get("at")?),
        })
    };
    rows.iter().map(step).collect()
}

async fn receipts(db: &Db, id: RevocationId) -> Result<Vec<Receipt>> {
    let rows = sqlx::query("SELECT id, delivery_id, endpoint_id, via, signed, verdict, body, received_at FROM receipt WHERE revocation_id = $1 ORDER BY id")
        .bind(id.0)
        .fetch_all(db.reader())
        .await?;
    let receipt = |row: &AnyRow| {
        Ok(Receipt {
            id: ReceiptId(row.try_get("id")?),
            delivery_id: row.try_get::<Option<i64>, _>("delivery_id")?.map(DeliveryId),
            endpoint_id: row.try_get::<Option<i64>, _>("endpoint_id")?.map(EndpointId),
            via: Via::from_stored(row.try_get("via")?),
            signed: row.try_get::<i64, _>("signed")? != 0,
            verdict: row.try_get("verdict")?,
            body: row.try_get("body")?,
            received_at: Timestamp(row.try_get("received_at")?),
        })
    };
    rows.iter().map(receipt).collect()
}

async fn deliveries(db: &Db, id: RevocationId) -> Result<Vec<DeliveryId>> {
    let ids: Vec<i64> = sqlx::query_scalar(
        "SELECT d.id FROM delivery d JOIN message m ON m.id = d.message_id WHERE m.revocation_id = $1 ORDER BY d.id",
    )
    .bind(id.0)
    .fetch_all(db.reader())
    .await?;
    Ok(ids.into_iter().map(DeliveryId).collect())
}

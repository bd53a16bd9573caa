//! Who says that a session of an order could not be ended, whatever another says of it: that stands until the same one says
//! that the session is dead. An order that is confirmed all the same is contested.

use std::collections::HashMap;

use sqlx::Row;

use super::Held;
use super::weigh::Weighed;
use crate::Result;
use crate::db::filter::Filter;
use crate::db::{Db, Tx, batch};
use crate::id::{ReceiptId, RevocationId};
use crate::revocation::receipt::{NewReceipt, WHOLE};
use crate::revocation::{OrderedSession, Outcome, Overall, Revocation, State};

/// Who said something: an endpoint by its id, or somebody of whom nobody can tell.
pub(super) const NOBODY: i64 = 0;

/// Whose receipt it is.
pub(super) async fn speaker(tx: &mut Tx<'_>, new: &NewReceipt) -> Result<i64> {
    let (Some(delivery), None) = (new.delivery, new.endpoint) else {
        return Ok(new.endpoint.map_or(NOBODY, |id| id.0));
    };
    let endpoint = sqlx::query_scalar("SELECT endpoint_id FROM delivery WHERE id = $1").bind(delivery.0);
    Ok(endpoint.fetch_optional(tx.conn()).await?.unwrap_or(NOBODY))
}

/// What a receipt changes of the objections to its order.
#[derive(Debug, Default)]
pub(super) struct Move {
    raised: Vec<String>,
    taken_back: Vec<(String, i64)>,
}

impl Move {
    /// What `by` says now beside what stands. A receipt that contradicts takes nothing back: nothing of it is believed.
    pub(super) async fn of(tx: &mut Tx<'_>, order: &Held, by: i64, read: &Weighed<'_>) -> Result<Self> {
        let sql = "SELECT session_id, endpoint_id FROM revocation_objection WHERE revocation_id = $1";
        let standing: Vec<(String, i64)> = sqlx::query_as(sql).bind(order.id.0).fetch_all(tx.conn()).await?;
        let stands = |session: &str| standing.iter().any(|(of, who)| of == session && *who == by);
        let raised = read.against.iter().filter(|session| !stands(session));
        let raised = raised.map(|session| (*session).to_owned()).collect();
        let is_over = |(session, who): &(String, i64)| match read.dead.get(session.as_str()) {
            // Posted: perhaps by whoever could not before. "Not here" everybody says for themselves.
            Some(outcome) => *who == by || by == NOBODY && *outcome != Outcome::NotFound,
            None => false,
        };
        let taken_back = standing.into_iter().filter(|one| !read.contradicts() && is_over(one)).collect();
        Ok(Self { raised, taken_back })
    }

    /// It is said for the first time of a session.
    pub(super) fn raises(&self) -> bool {
        !self.raised.is_empty()
    }

    /// It says of the objections what was known.
    pub(super) fn is_empty(&self) -> bool {
        self.raised.is_empty() && self.taken_back.is_empty()
    }

    /// Writes it down, with the receipt that says it.
    pub(super) async fn keep(
        self,
        tx: &mut Tx<'_>,
        order: RevocationId,
        by: i64,
        receipt: ReceiptId,
    ) -> Result<()> {
        let head = "INSERT INTO revocation_objection (revocation_id, session_id, endpoint_id, receipt_id)";
        batch::run(tx.conn(), head, "", 4, &self.raised, |query, session| {
            query.bind(order.0).bind(session.as_str()).bind(by).bind(receipt.0)
        })
        .await?;
        for (session, who) in &self.taken_back {
            let sql = "DELETE FROM revocation_objection WHERE revocation_id = $1 AND session_id = $2 AND endpoint_id = $3";
            sqlx::query(sql).bind(order.0).bind(session).bind(who).execute(tx.conn()).await?;
        }
        Ok(())
    }
}

/// True while somebody says that a session of the order could not be ended.
pub(super) async fn stands(tx: &mut Tx<'_>, order: RevocationId) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM revocation_objection WHERE revocation_id = $1";
    let standing: i64 = sqlx::query_scalar(sql).bind(order.0).fetch_one(tx.conn()).await?;
    Ok(standing > 0)
}

/// Says of these orders, and of their sessions as far as they were read, which are said to be dead although somebody objects.
pub(super) async fn mark(db: &Db, orders: &mut [Revocation]) -> Result<()> {
    if orders.is_empty() {
        return Ok(());
    }
    let mut these = Filter::default();
    these.and_in("revocation_id", orders.iter().map(|order| order.id.0.into()));
    let select = "SELECT revocation_id, session_id, receipt_id FROM revocation_objection";
    let mut all: HashMap<RevocationId, Vec<(String, ReceiptId)>> = HashMap::new();
    for row in these.fetch(db.reader(), select, " ORDER BY receipt_id", []).await? {
        let (session, receipt) = (row.try_get("session_id")?, ReceiptId(row.try_get("receipt_id")?));
        all.entry(RevocationId(row.try_get("revocation_id")?)).or_default().push((session, receipt));
    }
    for order in orders {
        let Some(objections) = all.remove(&order.id) else { continue };
        order.contested = order.state == Overall::Confirmed;
        let of = |id: &str| -> Vec<ReceiptId> {
            objections.iter().filter(|(session, _)| session == id).map(|(_, receipt)| *receipt).collect()
        };
        for OrderedSession { id, state, contested_by, .. } in &mut order.sessions {
            if matches!(state, State::Confirmed { .. }) {
                *contested_by = of(id);
            }
        }
        if let Some(whole) = order.whole.as_mut().filter(|one| matches!(one.state, State::Confirmed { .. })) {
            whole.contested_by = of(WHOLE);
        }
    }
    Ok(())
}

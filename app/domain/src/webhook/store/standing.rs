//! An endpoint's standing as deliveries end: its state, its policy and its health, held while they are recorded.

use std::collections::BTreeMap;

use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::endpoints::set_state;
use super::messages::publish_beside;
use crate::db::{Engine, Tx, json, time};
use crate::id::{EndpointId, ProjectId};
use crate::ledger;
use crate::notice::store::{News, note};
use crate::operator::Actor;
use crate::revocation::store::doubtful;
use crate::webhook::health::{Patience, Verdict};
use crate::webhook::{DISABLED_BY_HAND, EndpointState, Health, MessageType, NewMessage, Policy};
use crate::{Result, Timestamp};

/// What an endpoint is like at this moment.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) project: ProjectId,
    pub(super) url: String,
    pub(super) state: EndpointState,
    /// Somebody disabled it, and wants nothing sent to it any more.
    pub(super) by_hand: bool,
    pub(super) policy: Policy,
    pub(super) health: Health,
}

pub(super) fn health(row: &AnyRow) -> Result<Health> {
    Ok(Health {
        failing_since: time(row, "failing_since")?,
        failures: row.try_get("failures")?,
        failed_messages: row.try_get("failed_messages")?,
        open_until: Timestamp(row.try_get("open_until")?),
        warned_at: time(row, "warned_at")?,
    })
}

/// These endpoints but those deleted meanwhile, held in one order in every replica, so that no two wait for each other.
pub(super) async fn hold(tx: &mut Tx<'_>, ids: &[i64]) -> Result<BTreeMap<EndpointId, Standing>> {
    let rows = sqlx::query(match tx.db().engine() {
        // SQLite's writer has everything to itself.
        Engine::Sqlite => "SELECT * FROM endpoint WHERE id IN (SELECT value FROM json_each($1)) AND state <> 'deleted'",
        Engine::Postgres => {
            "SELECT * FROM endpoint WHERE id IN (SELECT value::bigint FROM jsonb_array_elements_text($1::jsonb))
             AND state <> 'deleted' ORDER BY id FOR NO KEY UPDATE"
        }
    })
    .bind(crate::db::to_json(&ids)?)
    .fetch_all(tx.conn())
    .await?;
    let standing = |row: &AnyRow| {
        let standing = Standing {
            project: ProjectId(row.try_get("project_id")?),
            url: row.try_get("url")?,
            state: row.try_get::<&str, _>("state")?.parse()?,
            by_hand: row.try_get::<Option<&str>, _>("state_reason")? == Some(DISABLED_BY_HAND),
            policy: json(row, "policy")?,
            health: health(row)?,
        };
        Ok((EndpointId(row.try_get("id")?), standing))
    };
    rows.iter().map(standing).collect()
}

/// Stores how an endpoint has been doing, and does what that calls for.
pub(super) async fn mark(
    tx: &mut Tx<'_>,
    id: EndpointId,
    before: &Standing,
    after: Health,
    patience: Patience,
    now: Timestamp,
) -> Result<()> {
    let verdict = after.verdict(patience, now).filter(|_| before.state == EndpointState::Active);
    let warned = if verdict == Some(Verdict::Warn) { Some(now) } else { after.warned_at };
    if after != before.health {
        sqlx::query(
            "UPDATE endpoint SET failing_since = $1, failures = $2, failed_messages = $3, open_until = $4, warned_at = $5
             WHERE id = $6",
        )
        .bind(after.failing_since.map(|at| at.0))
        .bind(after.failures)
        .bind(after.failed_messages)
        .bind(after.open_until.0)
        .bind(warned.map(|at| at.0))
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    }
    let detail = json!({ "failing_since": after.failing_since, "messages": after.failed_messages });
    match verdict {
        Some(Verdict::Warn) => tell(tx, id, before, MessageType::EndpointFailing, detail, now).await,
        Some(Verdict::Disable) => disable(tx, id, before, "every attempt failed for too long", now).await,
        None => Ok(()),
    }
}

/// Disables an endpoint by itself. What is pending for it is kept: enabling it sends it.
pub(super) async fn disable(
    tx: &mut Tx<'_>,
    id: EndpointId,
    standing: &Standing,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    let doubtful = doubtful(tx, standing.project, id).await?;
    set_state(tx, id, EndpointState::Disabled, Some(reason), now).await?;
    doubtful.settle_without(tx, "was disabled", now).await?;
    tell(tx, id, standing, MessageType::EndpointDisabled, json!({ "reason": reason }), now).await
}

/// In the ledger, to operators, and by the project's other endpoints.
async fn tell(
    tx: &mut Tx<'_>,
    id: EndpointId,
    standing: &Standing,
    kind: MessageType,
    detail: serde_json::Value,
    now: Timestamp,
) -> Result<()> {
    let (project, subject) = (standing.project, id.to_string());
    tell_operators(tx, &subject, standing, kind, now).await?;
    ledger::record(tx, now, Some(project), &Actor::System, kind.as_str(), &subject, &detail).await?;
    let mut data = detail;
    data["endpoint"] = json!({ "id": id, "url": standing.url });
    let message = NewMessage {
        project,
        kind,
        user: None,
        event: None,
        alert: None,
        question: None,
        revocation: None,
        data,
        // ThisData's receivers know no such thing.
        thisdata: Some(serde_json::Value::Null),
    };
    publish_beside(tx, message, Some(id), now).await?;
    Ok(())
}

async fn tell_operators(
    tx: &mut Tx<'_>,
    id: &str,
    standing: &Standing,
    kind: MessageType,
    now: Timestamp,
) -> Result<()> {
    let what = match kind {
        MessageType::EndpointFailing => "fails",
        _ => "gets nothing more",
    };
    let title = format!("The endpoint {} {what}", standing.url);
    let path = format!("webhooks/{id}");
    note(tx, standing.project, News { title: &title, path: &path, urgent: true }, now).await
}

//! Changing an endpoint: its settings, and whether it gets anything.

use serde_json::json;

use super::super::deliveries::{cancel, hold, let_go};
use super::super::owed::{send_anew, send_open};
use super::super::secrets;
use super::load;
use crate::db::deadlock::unless_deadlocked;
use crate::db::{Db, Queue, Tx, to_json};
use crate::id::{EndpointId, ProjectId};
use crate::ledger;
use crate::operator::Actor;
use crate::revocation::store::doubtful;
use crate::webhook::{DISABLED_BY_HAND, Endpoint, EndpointChange, EndpointState, Format};
use crate::{Result, Timestamp};

/// Changes an endpoint. Another URL ends its hold. Pausing holds its pending deliveries until it is resumed; disabling by hand cancels
/// them, also of one that disabled itself.
pub async fn update(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: EndpointId,
    change: EndpointChange,
    now: Timestamp,
) -> Result<Endpoint> {
    unless_deadlocked!(changed(db, actor, project, id, change.clone(), now))
}

async fn changed(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    id: EndpointId,
    change: EndpointChange,
    now: Timestamp,
) -> Result<Endpoint> {
    let mut tx = db.begin().await?;
    let before = load(&mut tx, project, id).await?;
    // One that disabled itself can be disabled by hand as well: that is another thing.
    let takes_out = change.state == Some(EndpointState::Disabled) && !before.is_taken_out();
    let state = change.state.filter(|state| *state != before.state || takes_out);
    let doubtful = doubtful(&mut tx, project, id).await?;
    let mut after = before.clone().changed(change, now)?;
    if after.format == Format::Standard && before.format != Format::Standard {
        secrets::check_lengths(&mut tx, id).await?;
    }
    sqlx::query("UPDATE endpoint SET url = $1, format = $2, description = $3, types = $4, policy = $5, updated_at = $6 WHERE id = $7")
        .bind(&after.url)
        .bind(after.format.as_str())
        .bind(&after.description)
        .bind(to_json(&after.types)?)
        .bind(to_json(&after.policy)?)
        .bind(now.0)
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    if after.url != before.url {
        forgive(&mut tx, id).await?;
        after.failing_since = None;
    }
    if let Some(state) = state {
        let reason = match state {
            EndpointState::Active => None,
            EndpointState::Paused => Some("paused by hand"),
            EndpointState::Disabled => Some(DISABLED_BY_HAND),
        };
        set_state(&mut tx, id, state, reason, now).await?;
        if state == EndpointState::Disabled {
            cancel(&mut tx, id, "its endpoint was disabled").await?;
        }
        (after.state, after.state_reason) = (state, reason.map(str::to_owned));
        after.failing_since = after.failing_since.filter(|_| state != EndpointState::Active);
    }
    if let Some(how) = after.taken_out_since(&before) {
        doubtful.settle_without(&mut tx, how, now).await?;
    }
    send_open(&mut tx, id, now).await?;
    if state == Some(EndpointState::Active) || after.url != before.url {
        send_anew(&mut tx, id, now).await?;
    }
    let detail = json!({ "before": before, "after": after });
    ledger::record(&mut tx, now, Some(project), actor, "endpoint.updated", &id.to_string(), &detail).await?;
    tx.commit().await?;
    Ok(after)
}

pub(in super::super) async fn set_state(
    tx: &mut Tx<'_>,
    id: EndpointId,
    state: EndpointState,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query("UPDATE endpoint SET state = $1, state_reason = $2, updated_at = $3 WHERE id = $4")
        .bind(state.as_str())
        .bind(reason)
        .bind(now.0)
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    match state {
        EndpointState::Active => {
            tx.wake(Queue::Probes);
            forgive(tx, id).await?;
            let_go(tx, id, now).await
        }
        EndpointState::Paused | EndpointState::Disabled => hold(tx, id).await,
    }
}

/// Whoever resumes an endpoint, or says where it is now, believes that it works: it begins anew.
async fn forgive(tx: &mut Tx<'_>, id: EndpointId) -> Result<()> {
    sqlx::query(
        "UPDATE endpoint SET failing_since = NULL, failures = 0, failed_messages = 0, open_until = 0, warned_at = NULL
         WHERE id = $1",
    )
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    tx.wake(Queue::Deliveries);
    Ok(())
}

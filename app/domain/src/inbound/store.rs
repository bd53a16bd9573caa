//! Inbound webhooks: SQL and operations.

mod alarm;
mod desk;
mod obey;
mod receive;
mod record;
mod secrets;
mod sources;
mod tally;
mod update;

pub use desk::Desk;
pub use receive::{Arrival, Received, receive};
pub use secrets::{rotate, secrets};
pub(crate) use sources::place;
pub use sources::{create, delete, get, list};
pub use tally::{flush, tally};
pub use update::update;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Inbound, InboundFilter, Obedience};
use crate::db::filter::Filter;
use crate::db::{Db, json};
use crate::id::{InboundId, ProjectId, RevocationId, SourceId};
use crate::page::{Cursor, Page, Paging};
use crate::user::store::mail::keys_of;
use crate::{Error, Result, Timestamp};

const SELECT: &str = "SELECT id, source_id, received_at, status, outcome, reason, webhook_id, headers, body, revocation_id, off_seconds FROM inbound";

/// One of a project's inbound webhooks.
pub async fn by_id(db: &Db, project: ProjectId, id: InboundId) -> Result<Inbound> {
    let mut conditions = Filter::default();
    conditions.and("project_id = ?", [project.0.into()]).and("id = ?", [id.0.into()]);
    let rows = conditions.fetch(db.reader(), SELECT, " LIMIT ?", [1_i64.into()]).await?;
    rows.first().map(inbound).transpose()?.ok_or(Error::NotFound)
}

const OF_USER: &str = concat!(
    "id IN (SELECT i.id FROM revocation r JOIN inbound i ON i.revocation_id = r.id WHERE r.user_key IN (",
    keys_of!(),
    "))"
);
const OF_SESSION: &str = "id IN (SELECT i.id FROM revocation_session o JOIN inbound i ON i.revocation_id = o.revocation_id \
    WHERE o.project_id = ? AND o.session_id = ?)";
const SPAN: [&str; 4] = ["id < ?", "id >= ?", "received_at >= ?", "received_at < ?"];

/// A project's inbound webhooks, newest first.
pub async fn received(
    db: &Db,
    project: ProjectId,
    filter: &InboundFilter,
    paging: Paging,
) -> Result<Page<Inbound>> {
    let mut conditions = Filter::default();
    conditions.and("project_id = ?", [project.0.into()]).and_between(SPAN, &filter.about, paging.after.id);
    if let Some(source) = filter.source {
        conditions.and("source_id = ?", [source.0.into()]);
    }
    if let Some(status) = filter.status {
        conditions.and("status = ?", [status.as_str().into()]);
    }
    if let Some(outcome) = filter.outcome {
        conditions.and("outcome = ?", [outcome.as_str().into()]);
    }
    if let Some(revocation) = filter.revocation {
        conditions.and("revocation_id = ?", [revocation.0.into()]);
    }
    conditions.and_about(project, [OF_USER, OF_SESSION], &filter.about);
    let rows = conditions
        .fetch(db.reader(), SELECT, " ORDER BY id DESC LIMIT ?", [(paging.limit + 1).into()])
        .await?;
    let rows = rows.iter().map(inbound).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(rows, paging.limit, |row| Cursor { at: row.received_at, id: row.id.0 }))
}

fn inbound(row: &AnyRow) -> Result<Inbound> {
    Ok(Inbound {
        id: InboundId(row.try_get("id")?),
        source_id: SourceId(row.try_get("source_id")?),
        received_at: Timestamp(row.try_get("received_at")?),
        status: row.try_get::<&str, _>("status")?.parse()?,
        outcome: row.try_get::<Option<&str>, _>("outcome")?.map(Obedience::from_stored),
        reason: row.try_get("reason")?,
        webhook_id: row.try_get("webhook_id")?,
        headers: json(row, "headers")?,
        body: row.try_get("body")?,
        revocation_id: row.try_get::<Option<i64>, _>("revocation_id")?.map(RevocationId),
        off_seconds: row.try_get("off_seconds")?,
    })
}

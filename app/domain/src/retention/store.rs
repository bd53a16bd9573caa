//! Deleting what is too old, in batches small enough that whoever records does not notice.

use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::horizon;
use crate::db::{Db, Tx, batch};
use crate::event;
use crate::id::{ProjectId, first_id};
use crate::operator::Actor;
use crate::project;
use crate::risk::Level;
use crate::time::DAY;
use crate::{Result, Timestamp, ledger};

/// How many rows of each kind go in one transaction.
const BATCH: i64 = 200;

/// What the ledger calls it.
const EXPIRED: &str = "events.expired";
/// Events whose day is over, but for those of an alert that is still there.
const EVENTS: &str = "SELECT id FROM event WHERE project_id = $1 AND occurred_at < $2 AND (alert_id IS NULL OR NOT EXISTS \
     (SELECT 1 FROM alert a WHERE a.id = event.alert_id)) ORDER BY occurred_at, id LIMIT $3";
/// Alerts that are closed; their questions and mails go with them.
const ALERTS: &str = "SELECT id FROM alert WHERE project_id = $1 AND state = 'closed' AND last_event_at < $2 \
     ORDER BY id LIMIT $3";
/// Messages that nobody waits for; their deliveries and attempts go with them.
const MESSAGES: &str = "SELECT id FROM message WHERE project_id = $1 AND id < $2 AND NOT EXISTS \
     (SELECT 1 FROM delivery d WHERE d.message_id = message.id AND d.state = 'pending') ORDER BY id LIMIT $3";
/// Inbound webhooks; of a valid one its id stays, which tells a replay.
const INBOUND: &str = "SELECT id FROM inbound WHERE project_id = $1 AND id < $2 AND (status <> 'valid' OR headers <> '[]') \
     ORDER BY id LIMIT $3";

/// What goes next.
struct Old {
    alerts: Vec<i64>,
    events: Vec<i64>,
    messages: Vec<i64>,
    inbound: Vec<i64>,
}

impl Old {
    async fn find(db: &Db, project: ProjectId, before: Timestamp) -> Result<Self> {
        let id = first_id(before);
        Ok(Self {
            alerts: ids(db, ALERTS, project, before.0).await?,
            events: ids(db, EVENTS, project, before.0).await?,
            messages: ids(db, MESSAGES, project, id).await?,
            inbound: ids(db, INBOUND, project, id).await?,
        })
    }

    fn rows(&self) -> usize {
        self.alerts.len() + self.events.len() + self.messages.len() + self.inbound.len()
    }
}

/// Deletes one batch of one project that has something too old; how many events, alerts, messages and inbound webhooks
/// went. Users and their habits, orders, the ids of valid inbound webhooks and the ledger stay. The first batch of a day says so in the ledger.
pub async fn step(db: &Db, now: Timestamp) -> Result<usize> {
    for project in project::store::list(db).await? {
        let Some(keep_days) = project.settings.keep_days else { continue };
        let before = horizon(keep_days, now);
        let old = Old::find(db, project.id, before).await?;
        if old.rows() == 0 {
            continue;
        }
        let entry = entry(db, project.id, before, now).await?;
        let mut tx = db.begin().await?;
        if let Some(events) = entry {
            let detail = json!({ "before": before, "keep_days": keep_days, "events": events });
            let subject = project.id.to_string();
            ledger::record(&mut tx, now, Some(project.id), &Actor::System, EXPIRED, &subject, &detail)
                .await?;
        }
        delete(&mut tx, project.id, &old).await?;
        tx.commit().await?;
        return Ok(old.rows());
    }
    Ok(0)
}

/// The moment before which a project's events were deleted; None while nothing was.
pub async fn deleted_before(db: &Db, project: ProjectId) -> Result<Option<Timestamp>> {
    let said = ledger::newest(db, project, EXPIRED).await?;
    Ok(said.map(|entry| serde_json::from_value(entry.detail["before"].clone())).transpose()?)
}

async fn ids(db: &Db, sql: &'static str, project: ProjectId, before: i64) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar(sql).bind(project.0).bind(before).bind(BATCH).fetch_all(db.reader()).await?)
}

/// How many events are to go today; None when the ledger has today's line already.
async fn entry(db: &Db, project: ProjectId, before: Timestamp, now: Timestamp) -> Result<Option<i64>> {
    let today = Timestamp(now.0.div_euclid(DAY) * DAY);
    let said = sqlx::query("SELECT 1 FROM ledger WHERE project_id = $1 AND id >= $2 AND action = $3 LIMIT 1")
        .bind(project.0)
        .bind(first_id(today))
        .bind(EXPIRED)
        .fetch_optional(db.reader())
        .await?;
    if said.is_some() {
        return Ok(None);
    }
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM event WHERE project_id = $1 AND occurred_at < $2")
        .bind(project.0)
        .bind(before.0)
        .fetch_one(db.reader())
        .await?;
    Ok(Some(count))
}

async fn delete(tx: &mut Tx<'_>, project: ProjectId, old: &Old) -> Result<()> {
    for (head, ids) in [
        ("DELETE FROM alert WHERE id IN (", &old.alerts),
        ("DELETE FROM message WHERE id IN (", &old.messages),
        ("DELETE FROM inbound WHERE status <> 'valid' AND id IN (", &old.inbound),
        ("UPDATE inbound SET headers = '[]', body = '' WHERE id IN (", &old.inbound),
    ] {
        batch::run(tx.conn(), head, ")", 1, ids, |query, id| query.bind(*id)).await?;
    }
    let head = "DELETE FROM event WHERE id IN (";
    let tail = ") RETURNING occurred_at, level, session_id";
    let gone = batch::run(tx.conn(), head, tail, 1, &old.events, |query, id| query.bind(*id)).await?;
    let days = gone.iter().map(|row| day(project, row)).collect::<Result<Vec<_>>>()?;
    event::store::tally(tx, days, -1).await?;
    // A session goes with its last event.
    let mut sessions: Vec<String> =
        gone.iter().filter_map(|row| row.try_get::<Option<String>, _>("session_id").ok().flatten()).collect();
    sessions.sort_unstable();
    sessions.dedup();
    let head = "DELETE FROM session WHERE (project_id, id) IN (";
    let tail = ") AND NOT EXISTS (SELECT 1 FROM event e WHERE e.id = session.last_event_id)";
    batch::run(tx.conn(), head, tail, 2, &sessions, |query, id| query.bind(project.0).bind(id)).await?;
    Ok(())
}

fn day(project: ProjectId, row: &AnyRow) -> Result<(ProjectId, Timestamp, Level)> {
    Ok((project, Timestamp(row.try_get("occurred_at")?), Level::from_number(row.try_get("level")?)))
}

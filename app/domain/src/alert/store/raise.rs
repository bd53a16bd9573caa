//! Opening an alert, or joining the one that is open.

use sqlx::Row;

use crate::alert::ZOMBIE;
use crate::db::Tx;
use crate::id::{AlertId, EventId, ProjectId, UserKey};
use crate::notice::store::{News, note};
use crate::risk::Level;
use crate::{Result, Timestamp};

/// What opens an alert, or joins the open one with the same `dedup_key`.
#[derive(Clone, Copy, Debug)]
pub struct Raise<'a> {
    /// In which project.
    pub project: ProjectId,
    /// About whom; None for the anonymous user.
    pub user: Option<UserKey>,
    /// The event that shows it; None where no event does: of an order, or of what a source asks for.
    pub event: Option<EventId>,
    /// One of [`crate::alert::KINDS`].
    pub kind: &'a str,
    /// What makes it the same alert: see [`crate::alert::headline::dedup_key`].
    pub dedup_key: &'a str,
    /// What happened: see [`crate::alert::headline::title`].
    pub title: &'a str,
    /// How likely it is that it was not the user.
    pub score: f64,
    /// How alarming.
    pub level: Level,
}

/// The alert that something was raised to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised {
    /// The alert.
    pub id: AlertId,
    /// True when it is new; false when it was open already.
    pub opened: bool,
    /// The level that this event took it above, when it was open already.
    pub rose_from: Option<Level>,
}

/// Opens an alert, or lets the event join the one that is open: that counts it and takes the higher level and score.
/// The first title stays, because that is what operators and users were told; only [`super::retitle`] counts on, and
/// [`super::did`] tells what was done then.
pub async fn raise(tx: &mut Tx<'_>, raise: Raise<'_>, now: Timestamp) -> Result<Raised> {
    let before = open_level(tx, raise.project, raise.dedup_key).await?;
    let row = sqlx::query(
        "INSERT INTO alert (project_id, user_key, event_id, kind, dedup_key, title, score, level, state, events, opened_at, last_event_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', 1, $9, $9) \
         ON CONFLICT (project_id, dedup_key) WHERE state <> 'closed' DO UPDATE SET \
         events = alert.events + 1, last_event_at = excluded.last_event_at, \
         score = CASE WHEN excluded.score > alert.score THEN excluded.score ELSE alert.score END, \
         level = CASE WHEN excluded.level > alert.level THEN excluded.level ELSE alert.level END \
         RETURNING id, events",
    )
    .bind(raise.project.0)
    .bind(raise.user.map(|user| user.0))
    .bind(raise.event.map_or(0, |id| id.0))
    .bind(raise.kind)
    .bind(raise.dedup_key)
    .bind(raise.title)
    .bind(raise.score)
    .bind(raise.level.number())
    .bind(now.0)
    .fetch_one(tx.conn())
    .await?;
    let opened = row.try_get::<i64, _>("events")? == 1;
    let rose_from = before.filter(|before| !opened && *before < raise.level);
    let raised = Raised { id: AlertId(row.try_get("id")?), opened, rose_from };
    if opened || rose_from.is_some() {
        tell_operators(tx, &raise, raised.id, now).await?;
    }
    Ok(raised)
}

/// Alerts are mailed to operators when they open, and when they become more alarming.
async fn tell_operators(tx: &mut Tx<'_>, raise: &Raise<'_>, id: AlertId, now: Timestamp) -> Result<()> {
    let path = format!("alerts/{id}");
    let urgent = raise.kind.starts_with("revocation.") || raise.kind == ZOMBIE;
    note(tx, raise.project, News { title: raise.title, path: &path, urgent }, now).await
}

async fn open_level(tx: &mut Tx<'_>, project: ProjectId, dedup_key: &str) -> Result<Option<Level>> {
    let sql = "SELECT level FROM alert WHERE project_id = $1 AND dedup_key = $2 AND state <> 'closed'";
    let level: Option<i64> =
        sqlx::query_scalar(sql).bind(project.0).bind(dedup_key).fetch_optional(tx.conn()).await?;
    Ok(level.map(Level::from_number))
}

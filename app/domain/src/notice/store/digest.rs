//! Operators are told by mail: what happens is noted in the transaction in which it does, and a worker writes the mail.
//!
//! The first thing is told at once. What follows soon comes together, so that a storm is a few mails and not a thousand.

use sqlx::Row;

use super::{NewNotice, enqueue};
use crate::db::{Db, Queue, Tx, json};
use crate::id::{ProjectId, first_id};
use crate::notice::digest::{Item, render};
use crate::project::Settings;
use crate::time::MINUTE;
use crate::{Result, Timestamp};

/// How long after a digest the next one may follow, if only alerts opened since.
pub const QUIET: i64 = 5 * MINUTE;
/// The same where something is urgent: a user said no, or an order to end sessions went wrong.
pub const URGENT: i64 = MINUTE;

/// Something that operators are to be told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct News<'a> {
    /// What happened, a sentence without a full stop.
    pub title: &'a str,
    /// Where the console shows it, below the project's page.
    pub path: &'a str,
    /// Whether it is told within a minute of the last mail.
    pub urgent: bool,
}

/// Notes what operators are to be told, if the project has any to tell.
pub(crate) async fn note(tx: &mut Tx<'_>, project: ProjectId, news: News<'_>, now: Timestamp) -> Result<()> {
    let row = sqlx::query("SELECT settings FROM project WHERE id = $1")
        .bind(project.0)
        .fetch_optional(tx.conn())
        .await?;
    let Some(row) = row else { return Ok(()) };
    if json::<Settings>(&row, "settings")?.operator_mails.is_empty() {
        return Ok(());
    }
    let id = tx.next_id(now);
    sqlx::query(
        "INSERT INTO digest_item (id, project_id, title, path, urgent, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(project.0)
    .bind(news.title)
    .bind(news.path)
    .bind(i64::from(news.urgent))
    .bind(now.0)
    .execute(tx.conn())
    .await?;
    tx.wake(Queue::Digests);
    Ok(())
}

/// When the next digest is due, and of which project.
const DUE: &str = "SELECT i.project_id, MIN(CASE WHEN i.created_at > p.digest_at + CASE WHEN i.urgent = 1 THEN $1 ELSE $2 END \
     THEN i.created_at ELSE p.digest_at + CASE WHEN i.urgent = 1 THEN $1 ELSE $2 END END) AS due \
     FROM digest_item i JOIN project p ON p.id = i.project_id GROUP BY i.project_id ORDER BY due LIMIT 1";

/// When the next digest is due, if anything is to be told.
pub async fn next_digest(db: &Db) -> Result<Option<Timestamp>> {
    Ok(next(db).await?.map(|(_, due)| due))
}

async fn next(db: &Db) -> Result<Option<(ProjectId, Timestamp)>> {
    let row = sqlx::query(DUE).bind(URGENT).bind(QUIET).fetch_optional(db.reader()).await?;
    row.map(|row| Ok((ProjectId(row.try_get("project_id")?), Timestamp(row.try_get("due")?)))).transpose()
}

/// Writes the digest that is due at `now`, one mail for each who is told; `public_url` is the base of its links. False when
/// none is.
pub async fn write_digest(db: &Db, public_url: &str, now: Timestamp) -> Result<bool> {
    let Some((project, _)) = next(db).await?.filter(|(_, due)| *due <= now) else { return Ok(false) };
    let mut tx = db.begin().await?;
    let row = sqlx::query("UPDATE project SET digest_at = $1 WHERE id = $2 RETURNING name, settings")
        .bind(now.0)
        .bind(project.0)
        .fetch_optional(tx.conn())
        .await?;
    let items = take(&mut tx, project).await?;
    // Gone, or another replica was first.
    let Some(row) = row.filter(|_| !items.is_empty()) else { return Ok(true) };
    let page = format!("{public_url}/p/{project}");
    let mail = render(row.try_get("name")?, &page, &items);
    for recipient in &json::<Settings>(&row, "settings")?.operator_mails {
        let notice =
            NewNotice { project, question: None, recipient, subject: &mail.subject, body: &mail.body };
        enqueue(&mut tx, notice, now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// All that is to be told, oldest first, which is now told.
async fn take(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<Item>> {
    let rows = sqlx::query(
        "DELETE FROM digest_item WHERE project_id = $1 RETURNING id, title, path, urgent, created_at",
    )
    .bind(project.0)
    .fetch_all(tx.conn())
    .await?;
    let item = |row: &sqlx::any::AnyRow| -> Result<(i64, Item)> {
        let (title, path) = (row.try_get("title")?, row.try_get("path")?);
        let (at, urgent) = (Timestamp(row.try_get("created_at")?), row.try_get::<i64, _>("urgent")? == 1);
        Ok((row.try_get("id")?, Item { title, path, at, urgent }))
    };
    let mut items = rows.iter().map(item).collect::<Result<Vec<_>>>()?;
    items.sort_by_key(|(id, _)| *id);
    Ok(items.into_iter().map(|(_, item)| item).collect())
}

/// Operators whom the last mail to them since then did not reach, and will not any more.
pub async fn unreached(db: &Db, project: ProjectId, since: Timestamp) -> Result<Vec<String>> {
    let found = sqlx::query_scalar(
        "SELECT DISTINCT f.recipient FROM notice f WHERE f.project_id = $1 AND f.id >= $2 AND f.question_id IS NULL \
         AND f.state = 'failed' AND NOT EXISTS (SELECT 1 FROM notice s WHERE s.project_id = $1 AND s.id > f.id \
         AND s.question_id IS NULL AND s.recipient = f.recipient AND s.state = 'sent') ORDER BY f.recipient",
    )
    .bind(project.0)
    .bind(first_id(since))
    .fetch_all(db.reader())
    .await?;
    Ok(found)
}

//! End users: SQL.

pub(crate) mod mail;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{STANDS, User};
use crate::db::daily::daily;
use crate::db::{Db, Tx};
use crate::event::EventUser;
use crate::id::{ProjectId, UserKey};
use crate::page::{Cursor, Page, Paging};
use crate::risk::Unsettled;
use crate::{Error, Result, Timestamp};

/// One user, by our key.
pub async fn get(db: &Db, project: ProjectId, key: UserKey) -> Result<User> {
    let row = sqlx::query(
        "SELECT key, id, name, email, mobile, first_seen_at, last_seen_at, events, orange_at, red_at FROM end_user \
         WHERE project_id = $1 AND key = $2",
    )
    .bind(project.0)
    .bind(key.0)
    .fetch_optional(db.reader())
    .await?;
    user(&row.ok_or(Error::NotFound)?)
}

/// One user, by the application's id.
pub async fn by_id(db: &Db, project: ProjectId, id: &str) -> Result<User> {
    // PostgreSQL's TEXT cannot hold NUL, so that asking for it is an error there.
    if id.contains('\0') {
        return Err(Error::NotFound);
    }
    let row = sqlx::query(
        "SELECT key, id, name, email, mobile, first_seen_at, last_seen_at, events, orange_at, red_at FROM end_user \
         WHERE project_id = $1 AND id = $2",
    )
    .bind(project.0)
    .bind(id)
    .fetch_optional(db.reader())
    .await?;
    user(&row.ok_or(Error::NotFound)?)
}

/// The users seen last, newest first; with `since`, those seen at or after it.
pub async fn list(
    db: &Db,
    project: ProjectId,
    since: Option<Timestamp>,
    paging: Paging,
) -> Result<Page<User>> {
    let rows = sqlx::query(
        "SELECT key, id, name, email, mobile, first_seen_at, last_seen_at, events, orange_at, red_at FROM end_user \
         WHERE project_id = $1 AND (last_seen_at, key) < ($2, $3) AND last_seen_at >= $5 \
         ORDER BY last_seen_at DESC, key DESC LIMIT $4",
    )
    .bind(project.0)
    .bind(paging.after.at.0)
    .bind(paging.after.id)
    .bind(paging.limit + 1)
    .bind(since.map_or(i64::MIN, |since| since.0))
    .fetch_all(db.reader())
    .await?;
    let users = rows.iter().map(user).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(users, paging.limit, place))
}

/// The same of those whose id, name or e-mail contains `text`, whatever the case of its letters (ASCII).
pub async fn search(
    db: &Db,
    project: ProjectId,
    text: &str,
    since: Option<Timestamp>,
    paging: Paging,
) -> Result<Page<User>> {
    let pattern = format!(
        "%{}%",
        text.trim().to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
    );
    let rows = sqlx::query(
        "SELECT key, id, name, email, mobile, first_seen_at, last_seen_at, events, orange_at, red_at FROM end_user \
         WHERE project_id = $1 AND (last_seen_at, key) < ($2, $3) AND (LOWER(id) LIKE $4 ESCAPE '\\' \
         OR LOWER(name) LIKE $4 ESCAPE '\\' OR LOWER(email) LIKE $4 ESCAPE '\\') AND last_seen_at >= $6 \
         ORDER BY last_seen_at DESC, key DESC LIMIT $5",
    )
    .bind(project.0)
    .bind(paging.after.at.0)
    .bind(paging.after.id)
    .bind(pattern)
    .bind(paging.limit + 1)
    .bind(since.map_or(i64::MIN, |since| since.0))
    .fetch_all(db.reader())
    .await?;
    let users = rows.iter().map(user).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(users, paging.limit, place))
}

/// Users first seen on each of the `count` days (UTC) up to and with `now`'s, oldest first.
pub async fn new_daily(db: &Db, project: ProjectId, count: i64, now: Timestamp) -> Result<Vec<i64>> {
    // Whoever is new was also seen since: the index on that time finds them.
    let sql = "SELECT first_seen_at / $3 AS day, COUNT(*) AS n FROM end_user \
         WHERE project_id = $1 AND last_seen_at >= $2 AND first_seen_at >= $2 GROUP BY 1";
    daily(db.reader(), sql, project, count, now).await
}

fn place(user: &User) -> Cursor {
    Cursor { at: user.last_seen_at, id: user.key.0 }
}

fn user(row: &AnyRow) -> Result<User> {
    let last_seen_at = Timestamp(row.try_get("last_seen_at")?);
    let unsettled = unsettled(row)?;
    let level = unsettled.level_since(last_seen_at.plus(-STANDS));
    Ok(User {
        key: UserKey(row.try_get("key")?),
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        mobile: row.try_get("mobile")?,
        first_seen_at: Timestamp(row.try_get("first_seen_at")?),
        last_seen_at,
        events: row.try_get("events")?,
        level,
        level_at: unsettled.last(level),
    })
}

/// What nobody vouched for, of a row's user.
pub(crate) fn unsettled(row: &AnyRow) -> Result<Unsettled> {
    let (orange, red) = (row.try_get("orange_at")?, row.try_get("red_at")?);
    Ok(Unsettled { orange: Timestamp(orange), red: Timestamp(red) })
}

/// A user as lists and sentences name them.
pub(crate) async fn named(tx: &mut Tx<'_>, key: UserKey) -> Result<EventUser> {
    let sql = "SELECT id, name FROM end_user WHERE key = $1";
    let row = sqlx::query(sql).bind(key.0).fetch_optional(tx.conn()).await?.ok_or(Error::NotFound)?;
    Ok(EventUser { key, id: row.try_get("id")?, name: row.try_get("name")? })
}

/// Holds a user's row until the transaction ends, as the recording of events does. The update changes nothing; it is the
/// lock that both engines know.
pub(crate) async fn hold(tx: &mut Tx<'_>, user: UserKey) -> Result<()> {
    sqlx::query("UPDATE end_user SET events = events WHERE key = $1").bind(user.0).execute(tx.conn()).await?;
    Ok(())
}

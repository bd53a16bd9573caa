//! An alert that many users share: how many there are, and whether all come from one network.

use sqlx::Row;

use super::Raised;
use crate::Result;
use crate::alert::headline::SEVERAL;
use crate::db::Tx;
use crate::id::UserKey;

/// Whom an alert is about by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// So many users.
    pub users: i64,
    /// The network that all of them come from, or [`SEVERAL`].
    pub origin: String,
}

/// Counts a user from `origin` to an alert. None when that changes nothing of what is told of it.
pub(crate) async fn share(
    tx: &mut Tx<'_>,
    raised: Raised,
    user: UserKey,
    origin: &str,
) -> Result<Option<Share>> {
    let sql = "INSERT INTO alert_member (alert_id, user_key) VALUES ($1, $2) ON CONFLICT (alert_id, user_key) DO NOTHING";
    let added = sqlx::query(sql).bind(raised.id.0).bind(user.0).execute(tx.conn()).await?.rows_affected();
    if raised.opened {
        let sql = "UPDATE alert SET origin = $1 WHERE id = $2";
        sqlx::query(sql).bind(origin).bind(raised.id.0).execute(tx.conn()).await?;
        return Ok(None);
    }
    let row = sqlx::query(
        "UPDATE alert SET users = users + $1, origin = CASE WHEN origin = $2 THEN origin ELSE $3 END \
         WHERE id = $4 AND ($1 = 1 OR origin NOT IN ($2, $3)) RETURNING users, origin",
    )
    .bind(i64::from(added > 0))
    .bind(origin)
    .bind(SEVERAL)
    .bind(raised.id.0)
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| Ok(Share { users: row.try_get("users")?, origin: row.try_get("origin")? })).transpose()
}

/// Says anew what an alert is about that many users share: it is no single one's any more.
pub(crate) async fn retitle(tx: &mut Tx<'_>, raised: Raised, title: &str) -> Result<()> {
    let sql = "UPDATE alert SET title = $1, user_key = NULL WHERE id = $2";
    sqlx::query(sql).bind(title).bind(raised.id.0).execute(tx.conn()).await?;
    Ok(())
}

//! Asking again about an alert that has no answer.

use sqlx::Row;

use super::super::{LIFETIME, MAX_A_DAY, is_due};
use super::{Ask, Asked, ask, asked_today};
use crate::db::Tx;
use crate::id::{AlertId, QuestionId, UserKey};
use crate::notice::store::forgo;
use crate::{Result, Timestamp};

/// Asks about an alert that a further login joined, if its user has not been asked about it for a day. The newer question
/// takes the older one's place: one is open at a time, and the older mail's link leads to it.
pub async fn ask_again(tx: &mut Tx<'_>, again: Ask<'_>, now: Timestamp) -> Result<Option<Asked>> {
    if !is_due(last_asked(tx, again.alert).await?, now)
        || asked_today(tx, again.user.key, now).await? >= MAX_A_DAY
    {
        return Ok(None);
    }
    sqlx::query(
        "UPDATE question SET expires_at = $1 WHERE alert_id = $2 AND answer IS NULL AND expires_at > $1",
    )
    .bind(now.0)
    .bind(again.alert.0)
    .execute(tx.conn())
    .await?;
    forgo(tx, again.alert, "not sent: a newer mail asks", now).await?;
    ask(tx, again, now).await
}

async fn last_asked(tx: &mut Tx<'_>, alert: AlertId) -> Result<Option<Timestamp>> {
    let at: Option<i64> = sqlx::query_scalar("SELECT MAX(asked_at) FROM question WHERE alert_id = $1")
        .bind(alert.0)
        .fetch_one(tx.conn())
        .await?;
    Ok(at.map(Timestamp))
}

/// Where the user was asked first, lately, about an alert that is not closed, or was no word for the user: whoever got in meanwhile may have
/// changed the address, and must not be asked about themselves. One that no mail reaches is none.
pub(super) async fn asked_at(tx: &mut Tx<'_>, user: UserKey, now: Timestamp) -> Result<Option<String>> {
    let sql = "SELECT n.recipient FROM question q JOIN alert a ON a.id = q.alert_id JOIN notice n ON n.question_id = q.id \
         WHERE q.user_key = $1 AND q.asked_at > $2 AND (a.state <> 'closed' OR a.resolution IN ('confirmed_threat', 'inconclusive')) \
         AND (n.state <> 'failed' OR n.attempts = 0) ORDER BY q.asked_at, q.id LIMIT 1";
    let found = sqlx::query_scalar(sql).bind(user.0).bind(now.plus(-LIFETIME).0);
    Ok(found.fetch_optional(tx.conn()).await?)
}

/// The last question that this user answered with "no".
pub(crate) async fn last_no(tx: &mut Tx<'_>, user: UserKey) -> Result<Option<QuestionId>> {
    let row = sqlx::query("SELECT MAX(id) AS id FROM question WHERE user_key = $1 AND answer = 'no'")
        .bind(user.0)
        .fetch_one(tx.conn())
        .await?;
    Ok(row.try_get::<Option<i64>, _>("id")?.map(QuestionId))
}

//! What was done to take an account over, as its alert tells it, and that somebody got in: each kind once.

use sqlx::Row;

use super::Raised;
use crate::alert::headline::went_on;
use crate::db::Tx;
use crate::event::verb::{CHALLENGE_PASS, PASSWORD_RESET, is_login};
use crate::id::{AlertId, ProjectId};
use crate::notice::store::{News, note};
use crate::risk::sequence::Action;
use crate::{Result, Timestamp};

/// Something done in the course of an alert.
pub(crate) struct Did<'a> {
    pub(crate) project: ProjectId,
    pub(crate) verb: &'a str,
    /// How its alert stands after it.
    pub(crate) raised: Raised,
    /// The title that replaces the alert's; None: that goes on.
    pub(crate) anew: Option<&'a str>,
}

/// Bits beside those of actions: somebody got in, whom an alert had told as challenged or kept out until then, …
const LOGGED_IN: i64 = 1 << 8;
/// … had a right second factor, which whoever relays the user's own has, too, or guessed one, …
const PASSED: i64 = 1 << 9;
/// … and reset the password.
const RESET: i64 = 1 << 10;

impl Did<'_> {
    fn bit(&self) -> Option<i64> {
        match Action::of(self.verb) {
            Some(action) => Some(action.bit().into()),
            None if is_login(self.verb) => Some(LOGGED_IN),
            None if self.verb == PASSWORD_RESET => Some(RESET),
            None => Some(PASSED).filter(|_| self.verb == CHALLENGE_PASS),
        }
    }
}

/// Keeps it with the alert. Its new title, where that tells more than before; operators are told, unless they were for
/// another reason.
pub(crate) async fn did(tx: &mut Tx<'_>, did: Did<'_>, now: Timestamp) -> Result<Option<String>> {
    let Raised { id, opened, rose_from } = did.raised;
    let title = match did.bit() {
        Some(bit) => first(tx, id, bit).await?.map(|title| went_on(&title, did.verb)),
        None => None,
    };
    let Some(title) = did.anew.map(str::to_owned).or(title).filter(|_| !opened) else { return Ok(None) };
    sqlx::query("UPDATE alert SET title = $1 WHERE id = $2")
        .bind(&title)
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    if rose_from.is_none() {
        let path = format!("alerts/{id}");
        note(tx, did.project, News { title: &title, path: &path, urgent: false }, now).await?;
    }
    Ok(Some(title))
}

/// The alert's title, when this was not done in its course before.
async fn first(tx: &mut Tx<'_>, alert: AlertId, bit: i64) -> Result<Option<String>> {
    let row = sqlx::query(
        "UPDATE alert SET deeds = deeds + $1 WHERE id = $2 AND (deeds / $1) % 2 = 0 RETURNING title",
    )
    .bind(bit)
    .bind(alert.0)
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| Ok(row.try_get("title")?)).transpose()
}

//! Questions: SQL and operations.

mod again;
mod answer;
mod read;
mod suspects;

use serde_json::json;

pub use again::ask_again;
use again::asked_at;
pub(crate) use again::last_no;
pub use answer::answer;
pub(crate) use answer::teach;
pub use read::{denial, list_for_alert, view};

use super::{LIFETIME, MAX_A_DAY};
use crate::db::Tx;
use crate::event::{EventUser, Observation};
use crate::id::{AlertId, EventId, QuestionId, UserKey};
use crate::ledger;
use crate::notice::mail::{Facts, SignIn, render};
use crate::notice::store::{NewNotice, enqueue};
use crate::operator::Actor;
use crate::project::Project;
use crate::time::DAY;
use crate::vault::{token, token_hash};
use crate::{Result, Timestamp};

/// A question that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which.
    pub id: QuestionId,
    /// Its user was asked nothing else within a day.
    pub first: bool,
}

/// A question to be asked.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// In which project; its name and settings are in the mail.
    pub project: &'a Project,
    /// About which alert.
    pub alert: AlertId,
    /// Whom.
    pub user: &'a EventUser,
    /// Their address, as far as is known: where they were asked about what is not settled yet, they are asked again.
    pub email: &'a str,
    /// About which login.
    pub event: EventId,
    /// What is known of it.
    pub seen: &'a Observation,
    /// The base of the mail's links, without a slash at its end.
    pub public_url: &'a str,
}

/// Asks the user "Was this you?": writes the question and the mail that carries it. None when the user has been asked
/// [`MAX_A_DAY`] times in the last 24 hours: then only the ledger says that the question was due.
pub async fn ask(tx: &mut Tx<'_>, ask: Ask<'_>, now: Timestamp) -> Result<Option<Asked>> {
    let before = asked_today(tx, ask.user.key, now).await?;
    if before >= MAX_A_DAY {
        let detail = json!({ "alert_id": ask.alert, "reason": "asked too often today" });
        let (project, user) = (Some(ask.project.id), ask.user.key.to_string());
        ledger::record(tx, now, project, &Actor::System, "question.skipped", &user, &detail).await?;
        return Ok(None);
    }
    let first = asked_at(tx, ask.user.key, now).await?;
    let email = first.as_deref().unwrap_or(ask.email);
    let (id, token) = (QuestionId(tx.next_id(now)), token("q_"));
    let expires_at = now.plus(LIFETIME);
    insert(tx, ask, id, &token, expires_at, now).await?;
    let ip = ask.seen.event.address.as_ref().map(|address| address.ip.to_string());
    let sign_in = SignIn {
        source: ask.seen.event.source.as_ref(),
        name: ask.user.name.as_deref(),
        at: ask.seen.at,
        place: ask.seen.place.as_ref(),
        agent: &ask.seen.agent,
        ip: ip.as_deref(),
    };
    let link = format!("{}/q/{token}", ask.public_url);
    let mail = render(&Facts::new(ask.project, sign_in), email, &link, expires_at);
    let notice = NewNotice {
        project: ask.project.id,
        question: Some(id),
        recipient: email,
        subject: &mail.subject,
        body: &mail.body,
    };
    enqueue(tx, notice, now).await?;
    Ok(Some(Asked { id, first: before == 0 }))
}

async fn asked_today(tx: &mut Tx<'_>, user: UserKey, now: Timestamp) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM question WHERE user_key = $1 AND asked_at > $2";
    Ok(sqlx::query_scalar(sql).bind(user.0).bind(now.plus(-DAY).0).fetch_one(tx.conn()).await?)
}

async fn insert(
    tx: &mut Tx<'_>,
    ask: Ask<'_>,
    id: QuestionId,
    token: &str,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO question (id, project_id, alert_id, user_key, event_id, token_hash, asked_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id.0)
    .bind(ask.project.id.0)
    .bind(ask.alert.0)
    .bind(ask.user.key.0)
    .bind(ask.event.0)
    .bind(token_hash(token))
    .bind(now.0)
    .bind(expires_at.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

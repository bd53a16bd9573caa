//! The worker that sends notices: claims what is due, hands each to its channel, records what became of it.
//!
//! A notice is sent at least once. If the process dies between the mail server's "accepted" and our record of it, the
//! notice is claimed again when its lease ends and sent a second time: under the same Message-ID, so that mail programs
//! and people recognise it as the same mail.

mod mail;
mod smtp;
mod standing;

use std::time::Duration;

use futures::future::join_all;
use porchlight_domain::db::{Db, backlog};
use porchlight_domain::notice::store::{self, Claimed};
use porchlight_domain::{Result, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::worker::Outcome;
use mail::Sender;
use smtp::Server;
use standing::Standing;

/// The longest a mail may take from the first packet to the server's last word: a server that hangs costs a try.
const DEADLINE: Duration = Duration::from_secs(30);
/// What a mail that is on its way still has when the process is told to end. Given up, it is tried again by the next one.
pub const LAST: Duration = Duration::from_secs(3);

/// What sends notices.
#[derive(Debug)]
pub struct Notifier {
    db: Db,
    mail: Option<(Sender, Server)>,
    standing: Standing,
    deadline: Duration,
    stop: CancellationToken,
    last: Duration,
}

impl Notifier {
    /// Sends through the mail server of `smtp_url`; without one, notices are held for the console's outbox.
    pub fn new(db: Db, smtp_url: Option<&str>, mail_from: &str) -> Result<Self, String> {
        // Read also where nothing is sent yet: a sender that is none must not wait for the first mail.
        let sender = Sender::parse(mail_from)?;
        let mail = smtp_url.map(Server::parse).transpose()?.map(|server| (sender, server));
        Ok(Self {
            db,
            mail,
            standing: Standing::default(),
            deadline: DEADLINE,
            stop: CancellationToken::new(),
            last: LAST,
        })
    }

    /// The same, which gives up what is not sent so long after `stop`.
    pub fn until(self, stop: CancellationToken, last: Duration) -> Self {
        Self { stop, last, ..self }
    }

    /// The same with another deadline for each mail.
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }
}

/// Checks the settings that a [`Notifier`] is made of, before anything is opened.
pub fn check(smtp_url: Option<&str>, mail_from: &str) -> Result<(), String> {
    Sender::parse(mail_from)?;
    smtp_url.map(Server::parse).transpose().map(|_| ())
}

/// What became of one notice.
enum Try {
    Sent,
    Held,
    /// `away`: the server could not be spoken to, whatever the mail.
    Failed {
        error: String,
        permanent: bool,
        away: bool,
    },
}

/// Sends what is due at `now`, at most one batch of it, all at the same time.
pub async fn step(notifier: &Notifier, now: Timestamp) -> Result<Outcome> {
    // Looking first: a claim takes SQLite's only writer, and most of the time nothing is due.
    let due = store::next_due(&notifier.db).await?;
    if due.is_none_or(|due| due > now) {
        return Ok(Outcome::Idle(due));
    }
    let most = match notifier.standing.retry_at() {
        // While the server is away nothing is claimed: it would count as tried.
        Some(retry_at) if retry_at > now => return Ok(Outcome::Idle(Some(retry_at))),
        Some(_) => 1,
        None => store::BATCH,
    };
    let claimed = store::claim_some(&notifier.db, most, now).await?;
    if claimed.is_empty() {
        // Another replica was first.
        return Ok(Outcome::Idle(None));
    }
    let reports = join_all(claimed.iter().map(|claimed| send(notifier, claimed, now))).await;
    reports.into_iter().collect::<Result<Vec<()>>>()?;
    Ok(Outcome::Worked)
}

async fn send(notifier: &Notifier, claimed: &Claimed, now: Timestamp) -> Result<()> {
    let (db, id) = (&notifier.db, claimed.notice.id);
    let (outcome, recorded) = match attempt(notifier, claimed).await {
        Try::Sent => {
            tell_back(notifier, now).await;
            ("sent", store::sent(db, claimed, now).await?)
        }
        Try::Held => ("held", store::held(db, claimed, now).await?),
        Try::Failed { error, permanent, away } => {
            if away {
                tell_away(notifier, &error, now);
            } else {
                tell_back(notifier, now).await;
                // The error's text names the recipient now and then: it is for the outbox page, not for the log.
                tracing::warn!(notice = %id, attempt = claimed.notice.attempts, permanent, "notice was not sent");
            }
            ("failed", store::failed(db, claimed, &error, permanent, now).await?)
        }
    };
    metrics::counter!("porchlight_notice_attempts_total", "outcome" => outcome).increment(1);
    if !recorded {
        tracing::warn!(notice = %id, "notice was taken over meanwhile: it may have been sent twice");
    }
    Ok(())
}

/// A line when the server goes away: why, and which. What befalls each mail stands in the outbox.
fn tell_away(notifier: &Notifier, error: &str, now: Timestamp) {
    if notifier.standing.failed(now) {
        let server = notifier.mail.as_ref().map(|(_, server)| server.name()).unwrap_or_default();
        tracing::warn!(%server, %error, "the mail server is away: mails wait until it is back");
    }
    metrics::gauge!("porchlight_mail_server_away").set(1);
}

/// A line when the server is back: after how long, and how many mails wait.
async fn tell_back(notifier: &Notifier, now: Timestamp) {
    metrics::gauge!("porchlight_mail_server_away").set(0);
    let Some(seconds) = notifier.standing.answered(now) else { return };
    let queues = backlog(&notifier.db).await.unwrap_or_default();
    let waiting = queues.iter().find(|one| one.queue == "notices").map_or(0, |one| one.waiting);
    tracing::info!(seconds, waiting, "the mail server is back");
}

async fn attempt(notifier: &Notifier, claimed: &Claimed) -> Try {
    let Some((sender, server)) = &notifier.mail else { return Try::Held };
    let message = match &claimed.body {
        Ok(body) => sender.compose(&claimed.notice, body),
        Err(error) => Err(error.clone()),
    };
    let message = match message {
        Ok(message) => message,
        Err(error) => return Try::Failed { error, permanent: true, away: false },
    };
    let ended = async {
        notifier.stop.cancelled().await;
        tokio::time::sleep(notifier.last).await;
    };
    tokio::select! {
        sent = tokio::time::timeout(notifier.deadline, server.send(&message)) => match sent {
            Ok(Ok(())) => Try::Sent,
            Ok(Err(refused)) => {
                let (permanent, away) = (refused.permanent, refused.away);
                Try::Failed { error: refused.error, permanent, away }
            }
            Err(_) => {
                let error = format!("the mail server did not finish within {} s", notifier.deadline.as_secs());
                Try::Failed { error, permanent: false, away: true }
            }
        },
        () = ended => {
            let error = "Porchlight was told to end before the mail server had finished".to_owned();
            Try::Failed { error, permanent: false, away: false }
        }
    }
}

//! The worker that sends probes, each beside the others: a receiver that is silent keeps nobody else waiting.

use std::time::Duration;

use porchlight_domain::db::{Db, Queue};
use porchlight_domain::signature::{Secret, confirms, sign};
use porchlight_domain::time::SECOND;
use porchlight_domain::webhook::store::probes::{DueProbe, claim, finish, next_due};
use porchlight_domain::webhook::{Answer, Format, Probe, ProbeKind, ProbeVerdict, diagnose};
use porchlight_domain::{Error, Result, Timestamp};
use serde_json::json;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::send::{headers, unsent};
use super::{Client, later};
use crate::worker::Outcome;

/// How long a receiver may take to answer one.
const TIMEOUT: Duration = Duration::from_secs(15);
/// So many are on their way at once.
const AT_ONCE: usize = 16;
/// What a message is called that goes beside the one that asks: signed right, and signed wrong.
const CONTROL: &str = "control";
const WRONG: &str = "wrong";
/// The longest a step waits for answers before it looks again for what is due.
const POLL: i64 = SECOND / 2;

/// What sends probes.
#[derive(Debug)]
pub struct Prober {
    db: Db,
    client: Client,
    flight: Mutex<JoinSet<Result<()>>>,
}

impl Prober {
    /// One that sends by `client` what is due in `db`.
    pub fn new(db: Db, client: Client) -> Self {
        Self { db, client, flight: Mutex::default() }
    }

    /// Sends what is due at `now`. While anything is on its way it waits for the first to end, for a wake-up or for the
    /// next due time, and returns [`Outcome::Worked`]: call again.
    pub async fn step(&self, now: Timestamp) -> Result<Outcome> {
        let mut flight = self.flight.lock().await;
        while flight.len() < AT_ONCE {
            let Some(due) = claim(&self.db, now).await? else { break };
            let (db, client) = (self.db.clone(), self.client.clone());
            flight.spawn(async move { finish(&db, &ask(&client, due, now).await?).await });
        }
        let next = next_due(&self.db).await?;
        if flight.is_empty() {
            return Ok(Outcome::Idle(next));
        }
        let wait = next.filter(|next| *next > now).map_or(POLL, |next| next.since(now).min(POLL));
        tokio::select! {
            Some(ended) = flight.join_next() => ended.unwrap_or_else(lost)?,
            () = self.db.wakes().woken(Queue::Probes) => {}
            () = tokio::time::sleep(Duration::from_micros(wait.unsigned_abs())) => {}
        }
        Ok(Outcome::Worked)
    }

    /// Lets what is on its way end; sends nothing more.
    pub async fn finish(&self) -> Result<()> {
        let mut flight = self.flight.lock().await;
        while let Some(ended) = flight.join_next().await {
            ended.unwrap_or_else(lost)?;
        }
        Ok(())
    }
}

/// A probe whose task ended without a result is sent again when its lease is over.
fn lost(error: tokio::task::JoinError) -> Result<()> {
    Err(Error::Internal(format!("a probe was not finished: {error}")))
}

/// Sends a probe and says what came of it.
async fn ask(client: &Client, due: DueProbe, now: Timestamp) -> Result<Probe> {
    let DueProbe { probe, url, format, secret, live, with_wrong } = due;
    let asks = Asks { client, probe: &probe, url: &url, format, now };
    match probe.kind {
        ProbeKind::Ready => asks.ready(secret.as_slice(), with_wrong).await,
        ProbeKind::Enforce => asks.enforce(secret.as_slice(), &live).await,
    }
}

/// Why nothing is known of what the receiver makes of a wrong signature.
fn unheard(answer: &Answer) -> Option<String> {
    Some(format!("The message signed wrong had no clear answer: {}", answer.failure()?))
}

/// What a receiver answered to one message.
struct Heard {
    answer: Answer,
    /// How far its clock is ahead, in seconds.
    clock_offset: Option<i64>,
    /// How many secrets signed the message.
    secrets: usize,
}

/// One probe and whom it asks.
struct Asks<'a> {
    client: &'a Client,
    probe: &'a Probe,
    url: &'a str,
    format: Format,
    now: Timestamp,
}

impl Asks<'_> {
    /// A message signed by the new secret alone and, where that is accepted and the operator asks for it, one that is
    /// signed wrong: whoever accepts anything has not shown that it knows the secret.
    async fn ready(&self, secret: &[Secret], with_wrong: bool) -> Result<Probe> {
        let asked = self.post(ProbeKind::Ready.as_str(), secret).await?;
        let verdict = ProbeVerdict::of(&asked.answer);
        let wrong = match verdict {
            ProbeVerdict::Accepted if with_wrong => {
                Some(self.post(WRONG, std::slice::from_ref(&Secret::generate())).await?)
            }
            _ => None,
        };
        let heard = wrong.as_ref().map(|wrong| ProbeVerdict::of(&wrong.answer));
        let detail = match (verdict, heard) {
            (ProbeVerdict::Unclear, _) => asked.answer.failure(),
            (ProbeVerdict::Refused, _) => self.diagnosed(&asked),
            (_, Some(ProbeVerdict::Unclear)) => wrong.and_then(|wrong| unheard(&wrong.answer)),
            _ => None,
        };
        Ok(Probe { wrong: heard, ..self.found(&asked, verdict, detail) })
    }

    /// A message that is signed wrong after one that is signed right, so that whoever refuses everything is found out.
    async fn enforce(&self, wrong: &[Secret], live: &[Secret]) -> Result<Probe> {
        let right = self.post(CONTROL, live).await?;
        if right.answer.status.is_none() {
            return Ok(self.found(&right, ProbeVerdict::Unclear, right.answer.failure()));
        }
        let asked = self.post(ProbeKind::Enforce.as_str(), wrong).await?;
        let verdict = ProbeVerdict::of(&asked.answer);
        if verdict.beside(ProbeVerdict::of(&right.answer)) != verdict {
            return Ok(self.found(&right, ProbeVerdict::Unclear, Some(self.refuses_all(&right))));
        }
        let detail = asked.answer.failure().filter(|_| verdict == ProbeVerdict::Unclear);
        Ok(self.found(&asked, verdict, detail))
    }

    /// Sends a message without data.
    async fn post(&self, kind: &str, secrets: &[Secret]) -> Result<Heard> {
        let began = Instant::now();
        // A receiver that remembers the ids it took must not take the one message for the other.
        let id = match kind {
            CONTROL | WRONG => format!("{}_{kind}", self.probe.id),
            _ => self.probe.id.to_string(),
        };
        let body = json!({ "type": "probe", "timestamp": self.now, "data": { "kind": kind } });
        let body = serde_json::to_vec(&body)?;
        let signed = sign(&id, self.now.seconds(), &body, secrets, self.format == Format::ThisData);
        let answer = if secrets.is_empty() {
            unsent("not sent: the secret is no more, or does not open")
        } else if confirms(&signed, &id, &body, secrets) {
            self.client.post(self.url, &headers(&id, &signed), body, TIMEOUT).await
        } else {
            unsent("not sent: the signature failed its second check")
        };
        let clock_offset = answer.clock_offset(later(self.now, began));
        Ok(Heard { answer, clock_offset, secrets: secrets.len() })
    }

    fn found(&self, heard: &Heard, verdict: ProbeVerdict, detail: Option<String>) -> Probe {
        Probe {
            verdict: Some(verdict),
            status: heard.answer.status,
            clock_offset_seconds: heard.clock_offset,
            detail,
            ..self.probe.clone()
        }
    }

    fn diagnosed(&self, heard: &Heard) -> Option<String> {
        diagnose(&heard.answer, self.url, self.format, heard.secrets, heard.clock_offset)
    }

    /// Why nothing is known of a receiver that takes neither what is signed wrong nor what is signed right.
    fn refuses_all(&self, right: &Heard) -> String {
        let why = self.diagnosed(right).or_else(|| right.answer.failure()).unwrap_or_default();
        match ProbeVerdict::of(&right.answer) {
            ProbeVerdict::Refused => format!("It refuses rightly signed ones as well: {why}"),
            _ => format!("It does not take rightly signed ones either: {why}"),
        }
    }
}

//! The worker that sends probes.

use std::time::Duration;

use porchlight_domain::db::Db;
use porchlight_domain::signature::{confirms, sign};
use porchlight_domain::webhook::store::probes::{DueProbe, claim, finish, next_due};
use porchlight_domain::webhook::{Answer, Format, Probe, ProbeVerdict, diagnose};
use porchlight_domain::{Result, Timestamp};
use serde_json::json;
use tokio::time::Instant;

use super::send::headers;
use super::{Client, later};
use crate::worker::Outcome;

/// How long a receiver may take to answer one.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Sends the next probe that is due.
pub async fn step(db: &Db, client: &Client, now: Timestamp) -> Result<Outcome> {
    let Some(due) = claim(db, now).await? else { return Ok(Outcome::Idle(next_due(db).await?)) };
    finish(db, &send(client, due, now).await?).await?;
    Ok(Outcome::Worked)
}

async fn send(client: &Client, due: DueProbe, now: Timestamp) -> Result<Probe> {
    let DueProbe { probe, url, format, secret } = due;
    let unsent = |why: &str| Answer { error: Some(why.to_owned()), ..Answer::default() };
    let began = Instant::now();
    let answer = match secret.as_slice() {
        [] => unsent("not sent: the secret is no more"),
        secrets => {
            let body = json!({ "type": "probe", "timestamp": now, "data": { "kind": probe.kind } });
            let (id, body) = (probe.id.to_string(), serde_json::to_vec(&body)?);
            let signed = sign(&id, now.seconds(), &body, secrets, format == Format::ThisData);
            if confirms(&signed, &id, &body, secrets) {
                client.post(&url, &headers(&id, &signed), body, TIMEOUT).await
            } else {
                unsent("not sent: the signature failed its second check")
            }
        }
    };
    let verdict = ProbeVerdict::of(&answer);
    let clock_offset_seconds = answer.clock_offset(later(now, began));
    let why = answer.failure().filter(|_| verdict == ProbeVerdict::Unclear);
    let probe = Probe { verdict: Some(verdict), clock_offset_seconds, ..probe };
    let detail = why.or_else(|| {
        let wrong = probe.is_trouble() && verdict == ProbeVerdict::Refused;
        wrong.then(|| diagnose(&answer, &url, format, 1, clock_offset_seconds)).flatten()
    });
    Ok(Probe { status: answer.status, detail, ..probe })
}

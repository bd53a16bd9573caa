//! One attempt: sign, check the signature by other code, send, make sense of the answer.

use std::time::Duration;

use porchlight_domain::Timestamp;
use porchlight_domain::signature::{self, Secret, Signed, confirms, sign};
use porchlight_domain::webhook::store::{Claimed, Completion};
use porchlight_domain::webhook::{Answer, Format, FoundReceipt, SignatureStatus, diagnose};
use tokio::time::Instant;

use super::{Client, later};

/// Sends a claimed delivery. Whatever comes of it is part of the result.
pub(super) async fn attempt(client: &Client, claimed: Claimed, now: Timestamp) -> Completion {
    let began = Instant::now();
    let (hints, secrets): (Vec<String>, Vec<Secret>) = claimed.secrets.iter().cloned().unzip();
    let id = claimed.message.to_string();
    let signed = sign(&id, now.seconds(), &claimed.body, &secrets, claimed.format == Format::ThisData);
    let self_verified = confirms(&signed, &id, &claimed.body, &secrets);
    let request_headers = headers(&id, &signed);
    let answer = if secrets.is_empty() {
        unsent("not sent: the endpoint has no secret that opens; was SECRET_KEY changed? Rotate its secret")
    } else if self_verified {
        let timeout = Duration::from_micros(claimed.policy.timeout().unsigned_abs());
        client.post(&claimed.url, &request_headers, claimed.body.clone(), timeout).await
    } else {
        tracing::error!(delivery = %claimed.delivery, "the signature failed its second check");
        unsent("not sent: the signature failed its second check")
    };
    let ended = later(now, began);
    let read = |order| FoundReceipt::read(&answer, claimed.message, order, &secrets, &claimed.policy, ended);
    let receipt = claimed.revocation.map(read).unwrap_or_default();
    let clock_offset_seconds = answer.clock_offset(ended);
    let usual = || diagnose(&answer, &claimed.url, claimed.format, secrets.len(), clock_offset_seconds);
    let signature = SignatureStatus {
        schemes: schemes(&signed),
        secrets: hints,
        self_verified,
        clock_offset_seconds,
        receipt: receipt.status,
        verdict: None,
        diagnosis: receipt.problem.clone().or_else(|| receipt.hint.clone()).or_else(usual),
    };
    Completion {
        started_at: now,
        duration_us: ended.since(now),
        request_headers,
        answer,
        signature,
        receipt,
        claimed,
    }
}

/// What is known of something that was not sent.
pub(super) fn unsent(why: &str) -> Answer {
    Answer { error: Some(why.to_owned()), ..Answer::default() }
}

pub(super) fn headers(id: &str, signed: &Signed) -> Vec<(String, String)> {
    let mut headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        (signature::ID.to_owned(), id.to_owned()),
        (signature::TIMESTAMP.to_owned(), signed.timestamp.to_string()),
        (signature::SIGNATURE.to_owned(), signed.standard.clone()),
    ];
    headers.extend(signed.legacy.clone().map(|legacy| (signature::LEGACY.to_owned(), legacy)));
    headers
}

fn schemes(signed: &Signed) -> Vec<String> {
    let mut schemes = Vec::new();
    for scheme in ["v1", "v1a"] {
        if signed.standard.split(' ').any(|entry| entry.split(',').next() == Some(scheme)) {
            schemes.push(scheme.to_owned());
        }
    }
    if signed.legacy.is_some() {
        schemes.push(signature::LEGACY.to_owned());
    }
    schemes
}

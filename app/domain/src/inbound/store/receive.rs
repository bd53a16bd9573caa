//! Receiving: the signature's status, the record of it, and the order that a valid webhook asks for.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::alarm::{alarm, since_obeyed};
use super::desk::Known;
use super::obey::{Done, UNKNOWN_USER, obey};
use super::record::{insert, led_to, prune, unmet};
use super::sources::by_slug;
use crate::db::Db;
use crate::id::{ProjectId, RevocationId};
use crate::inbound::hmac::{Proven, verify};
use crate::inbound::{Obedience, Scheme, Source, Status};
use crate::signature::{
    self, Secret, StandardHeaders, TOLERANCE_SECONDS, Verdict, off_by, verify_legacy, verify_standard,
};
use crate::{Error, Result, Timestamp};

/// The longest message id taken, in bytes.
pub(super) const MAX_ID: usize = 256;

/// A request to `/hooks/{slug}`.
#[derive(Clone, Debug)]
pub struct Arrival<'a> {
    /// To which source.
    pub slug: &'a str,
    /// The headers, names in lower case.
    pub headers: &'a [(String, String)],
    /// The body as it came.
    pub body: &'a [u8],
    /// The base of links, without a slash at its end.
    pub public_url: &'a str,
}

impl Arrival<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// What its signature is worth.
    pub status: Status,
    /// Of a valid one: what was done about it.
    pub outcome: Option<Obedience>,
    /// Why, or what was done.
    pub reason: String,
    /// The order it led to, also when it came for the first time.
    pub revocation_id: Option<RevocationId>,
    /// Its user is not known yet. Like every other that could not be obeyed, it is taken up again when it comes again.
    pub is_unmet: bool,
}

/// Judges and records an inbound webhook, and gives the order that a valid one asks for, all in one transaction. An
/// unknown slug is not found.
pub async fn receive(db: &Db, arrival: &Arrival<'_>, now: Timestamp) -> Result<Received> {
    let known = by_slug(db, arrival.slug, now).await?.ok_or(Error::NotFound)?;
    let judged = judge(&known, arrival, now);
    let from = From { project: known.project, source: &known.source, arrival };
    if judged.status != Status::Valid {
        return refuse(db, &from, judged, None, now).await;
    }
    let mut tx = db.begin().await?;
    let entry = match insert(&mut tx, &from, &judged, now).await? {
        None => unmet(&mut tx, &from, &judged).await?.map(|(id, why)| (id, Some(why))),
        new => new.map(|id| (id, None)),
    };
    let Some((id, unobeyed)) = entry else {
        let order = led_to(&mut tx, &from, &judged).await?;
        drop(tx);
        let replayed = Judged { status: Status::Replayed, reason: "received before".into(), ..judged };
        return refuse(db, &from, replayed, order, now).await;
    };
    let Done { order: revocation_id, outcome, reason } = obey(&mut tx, &from, now).await?;
    sqlx::query("UPDATE inbound SET reason = $1, revocation_id = $2, outcome = $3 WHERE id = $4")
        .bind(&reason)
        .bind(revocation_id.map(|id| id.0))
        .bind(outcome.as_str())
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    match (outcome, &unobeyed, &judged.webhook_id) {
        (Obedience::CouldNot, ..) => alarm(&mut tx, &from, &reason, now).await?,
        (Obedience::Obeyed, Some(why), Some(message)) => {
            since_obeyed(&mut tx, &from, (why, message, &reason), now).await?;
        }
        _ => {}
    }
    tx.commit().await?;
    db.desk().count(known.source.id, Status::Valid, now);
    let is_unmet = reason == UNKNOWN_USER;
    Ok(Received { status: Status::Valid, outcome: Some(outcome), reason, revocation_id, is_unmet })
}

pub(super) struct From<'a> {
    pub(super) project: ProjectId,
    pub(super) source: &'a Source,
    pub(super) arrival: &'a Arrival<'a>,
}

pub(super) struct Judged {
    pub(super) status: Status,
    pub(super) reason: String,
    pub(super) webhook_id: Option<String>,
    /// Of a stale one: how far its time is ahead of our clock, in seconds.
    pub(super) ahead: Option<i64>,
}

fn judge(known: &Known, arrival: &Arrival<'_>, now: Timestamp) -> Judged {
    let live = known.secrets.iter().filter(|(_, until)| until.is_none_or(|until| until > now));
    let secrets: Vec<Secret> = live.map(|(secret, _)| secret.clone()).collect();
    let Proven { verdict, id } = prove(&known.source, &secrets, arrival, now);
    let webhook_id = id.filter(|id| (1..=MAX_ID).contains(&id.len()));
    let ahead = match verdict {
        Verdict::Stale { ahead } => Some(ahead),
        _ => None,
    };
    let (status, reason) = match verdict {
        Verdict::Valid if webhook_id.is_none() => {
            (Status::Invalid, "the message's id must have 1 to 256 bytes".to_owned())
        }
        Verdict::Valid => (Status::Valid, String::new()),
        Verdict::Missing => (Status::Missing, "it bears no signature".to_owned()),
        Verdict::Stale { ahead } => {
            let most = known.source.hmac.as_ref().map_or(TOLERANCE_SECONDS, |hmac| hmac.tolerance_seconds);
            (Status::Stale, format!("its time is {}, more than {most} s", off_by(ahead)))
        }
        Verdict::Invalid(why) => (Status::Invalid, why),
    };
    Judged { status, reason, webhook_id, ahead }
}

fn prove(source: &Source, secrets: &[Secret], arrival: &Arrival<'_>, now: Timestamp) -> Proven {
    if let Some(hmac) = &source.hmac {
        return verify(hmac, |name| arrival.header(name), arrival.body, secrets, now);
    }
    if source.scheme == Scheme::ThisData {
        let id = format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(arrival.body)));
        let verdict = verify_legacy(arrival.header(signature::LEGACY), arrival.body, secrets);
        return Proven { verdict, id: Some(id) };
    }
    let headers = StandardHeaders {
        id: arrival.header(signature::ID),
        timestamp: arrival.header(signature::TIMESTAMP),
        signature: arrival.header(signature::SIGNATURE),
    };
    let verdict = verify_standard(&headers, arrival.body, secrets, now);
    Proven { verdict, id: headers.id.map(str::to_owned) }
}

/// Counts one that is not obeyed; of many in a minute only some are written down. `order`: of a repeated one, what it led to.
async fn refuse(
    db: &Db,
    from: &From<'_>,
    judged: Judged,
    order: Option<RevocationId>,
    now: Timestamp,
) -> Result<Received> {
    db.desk().count(from.source.id, judged.status, now);
    if db.desk().is_sampled(from.source.id, now) {
        let mut tx = db.begin().await?;
        insert(&mut tx, from, &judged, now).await?;
        prune(&mut tx, from).await?;
        tx.commit().await?;
    }
    Ok(Received {
        status: judged.status,
        outcome: None,
        reason: judged.reason,
        revocation_id: order,
        is_unmet: false,
    })
}

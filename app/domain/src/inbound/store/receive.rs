//! Receiving: the signature's status, the record of it, and the order that a valid webhook asks for.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use sqlx::Row;

use super::desk::Known;
use super::obey::{Done, UNKNOWN_USER, obey};
use super::sources::by_slug;
use crate::db::{Db, Tx, to_json};
use crate::id::{InboundId, ProjectId, RevocationId};
use crate::inbound::hmac::{HmacScheme, Proven, verify};
use crate::inbound::{MAX_BODY, Obedience, Scheme, Source, Status};
use crate::signature::{
    self, Secret, StandardHeaders, TOLERANCE_SECONDS, Verdict, off_by, verify_legacy, verify_standard,
};
use crate::{Error, Result, Timestamp};

/// How much of a header is kept, in bytes.
const MAX_HEADER: usize = 1_000;
/// The longest message id taken, in bytes.
const MAX_ID: usize = 256;
/// The headers that are kept.
const KEPT: [&str; 6] = [
    signature::ID,
    signature::TIMESTAMP,
    signature::SIGNATURE,
    signature::LEGACY,
    "content-type",
    "user-agent",
];
/// How many refused ones of a source are kept: a flood of them fills no disk.
const MAX_REFUSED: i64 = 10_000;

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
    /// The order it led to.
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
        return refuse(db, &from, judged, now).await;
    }
    let mut tx = db.begin().await?;
    let id = match insert(&mut tx, &from, &judged, now).await? {
        None => unmet(&mut tx, &from, &judged).await?,
        new => new,
    };
    let Some(id) = id else {
        drop(tx);
        let replayed = Judged { status: Status::Replayed, reason: "received before".into(), ..judged };
        return refuse(db, &from, replayed, now).await;
    };
    let Done { order: revocation_id, outcome, reason } = obey(&mut tx, &from, now).await?;
    sqlx::query("UPDATE inbound SET reason = $1, revocation_id = $2, outcome = $3 WHERE id = $4")
        .bind(&reason)
        .bind(revocation_id.map(|id| id.0))
        .bind(outcome.as_str())
        .bind(id.0)
        .execute(tx.conn())
        .await?;
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

struct Judged {
    status: Status,
    reason: String,
    webhook_id: Option<String>,
    /// Of a stale one: how far its time is ahead of our clock, in seconds.
    ahead: Option<i64>,
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

/// Counts one that is not obeyed; of many in a minute only some are written down.
async fn refuse(db: &Db, from: &From<'_>, judged: Judged, now: Timestamp) -> Result<Received> {
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
        revocation_id: None,
        is_unmet: false,
    })
}

async fn prune(tx: &mut Tx<'_>, from: &From<'_>) -> Result<()> {
    sqlx::query(
        "DELETE FROM inbound WHERE source_id = $1 AND status <> 'valid' AND id <= \
         (SELECT id FROM inbound WHERE source_id = $1 AND status <> 'valid' ORDER BY id DESC LIMIT 1 OFFSET $2)",
    )
    .bind(from.source.id.0)
    .bind(MAX_REFUSED)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// None when a valid one with this id is there already.
async fn insert(
    tx: &mut Tx<'_>,
    from: &From<'_>,
    judged: &Judged,
    now: Timestamp,
) -> Result<Option<InboundId>> {
    let id = InboundId(tx.next_id(now));
    let inserted = sqlx::query(
        "INSERT INTO inbound (id, project_id, source_id, received_at, status, reason, webhook_id, headers, body, off_seconds) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
    )
    .bind(id.0)
    .bind(from.project.0)
    .bind(from.source.id.0)
    .bind(now.0)
    .bind(judged.status.as_str())
    .bind(&judged.reason)
    .bind(judged.webhook_id.as_deref().map(|id| kept(id, MAX_ID)))
    .bind(headers(from)?)
    .bind(body(from))
    .bind(judged.ahead)
    .execute(tx.conn())
    .await?;
    Ok((inserted.rows_affected() > 0).then_some(id))
}

/// The one with this id that could not be obeyed, while its content is kept: it is taken up again, as it came now. Its row
/// is held, so that of two at once only one finds it so.
async fn unmet(tx: &mut Tx<'_>, from: &From<'_>, judged: &Judged) -> Result<Option<InboundId>> {
    let row = sqlx::query(
        "UPDATE inbound SET headers = $1, body = $2 WHERE source_id = $3 AND webhook_id = $4 AND status = 'valid' \
         AND revocation_id IS NULL AND outcome = $5 AND headers <> '[]' RETURNING id",
    )
    .bind(headers(from)?)
    .bind(body(from))
    .bind(from.source.id.0)
    .bind(judged.webhook_id.as_deref().map(|id| kept(id, MAX_ID)))
    .bind(Obedience::CouldNot.as_str())
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| Ok(InboundId(row.try_get("id")?))).transpose()
}

/// Those that are kept, as they are stored.
fn headers(from: &From<'_>) -> Result<String> {
    let own = from.source.hmac.as_ref().map(HmacScheme::headers).unwrap_or_default();
    let is_kept = |name: &str| KEPT.contains(&name) || own.iter().any(|own| own.eq_ignore_ascii_case(name));
    let headers = from.arrival.headers.iter().filter(|(name, _)| is_kept(name));
    let headers: Vec<_> = headers.map(|(name, value)| (name, kept(value, MAX_HEADER))).collect();
    to_json(&headers)
}

/// As much of the body as is kept.
fn body(from: &From<'_>) -> String {
    let body = &from.arrival.body[..from.arrival.body.len().min(MAX_BODY)];
    kept(&String::from_utf8_lossy(body), MAX_BODY)
}

/// What every database takes of a text: no NUL, at most so many bytes.
pub(super) fn kept(text: &str, most: usize) -> String {
    let mut text = text.replace('\0', "\u{fffd}");
    text.truncate(text.floor_char_boundary(most));
    text
}

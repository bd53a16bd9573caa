//! Reading probes, and what they have shown of their receivers.

use std::collections::BTreeMap;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::endpoints::get;
use super::ASKED;
use crate::db::{Db, time};
use crate::id::{EndpointId, ProbeId, ProjectId, SecretId};
use crate::time::DAY;
use crate::webhook::{Probe, ProbeVerdict, Trust};
use crate::{Result, Timestamp};

/// How many of an endpoint's are shown.
const SHOWN: i64 = 20;
/// What a receiver made of a wrong signature tells of it for so long, in microseconds.
const FRESH: i64 = DAY;

/// True of a probe that has shown itself what its receiver makes of a wrong signature.
macro_rules! observed {
    ($probe:literal) => {
        concat!(
            "(",
            $probe,
            ".kind = 'enforce' AND ",
            $probe,
            ".verdict IS NOT NULL OR ",
            $probe,
            ".kind = 'ready' AND ",
            $probe,
            ".beside <> 'asked')"
        )
    };
}

/// Probes `p`, each with what the receiver made of a wrong signature then, by the latest that was seen of it; `$2` is for how
/// long that tells of it.
macro_rules! select {
    () => {
        concat!(
            "SELECT p.id, p.endpoint_id, p.kind, p.secret_id, p.due_at, p.sent_at, p.verdict, p.status, p.detail, \
             p.clock_offset_seconds, CASE WHEN p.kind <> 'ready' THEN NULL WHEN p.beside IS NOT NULL THEN p.beside \
             WHEN o.kind = 'enforce' THEN o.verdict ELSE o.beside END AS wrong, \
             CASE WHEN p.beside IS NOT NULL THEN p.sent_at ELSE o.sent_at END AS wrong_at \
             FROM endpoint_probe p LEFT JOIN endpoint_probe o ON o.id = (SELECT b.id FROM endpoint_probe b \
             WHERE b.endpoint_id = p.endpoint_id AND b.id <> p.id AND b.sent_at BETWEEN p.sent_at - $2 AND p.sent_at AND ",
            observed!("b"),
            " ORDER BY b.sent_at DESC, b.id DESC LIMIT 1)"
        )
    };
}

/// Of each endpoint of project `$1`, the latest probe `q` of those for which `$which` holds.
macro_rules! latest {
    ($which:expr) => {
        concat!(
            select!(),
            " WHERE p.id IN (SELECT n.id FROM (SELECT q.id, ROW_NUMBER() OVER (PARTITION BY q.endpoint_id \
             ORDER BY q.sent_at DESC, q.id DESC) AS place FROM endpoint_probe q WHERE q.project_id = $1 AND q.verdict IS NOT NULL AND ",
            $which,
            ") AS n WHERE n.place = 1)"
        )
    };
}

/// Of the newest of the shared secrets that live at `$3`.
const READY: &str = latest!(
    "q.kind = 'ready' AND q.secret_id = (SELECT MAX(s.id) FROM endpoint_secret s WHERE s.endpoint_id = q.endpoint_id \
     AND s.kind = 'shared' AND (s.expires_at IS NULL OR s.expires_at > $3))"
);
const OBSERVED: &str = latest!(observed!("q"));

/// An endpoint's probes, newest first.
pub async fn list(db: &Db, project: ProjectId, endpoint: EndpointId) -> Result<Vec<Probe>> {
    get(db, project, endpoint).await?;
    let rows = sqlx::query(concat!(select!(), " WHERE p.endpoint_id = $1 ORDER BY p.id DESC LIMIT $3"))
        .bind(endpoint.0)
        .bind(FRESH)
        .bind(SHOWN)
        .fetch_all(db.reader())
        .await?;
    rows.iter().map(probe).collect()
}

/// What a project's receivers have shown by their latest answers; one that was not asked has no entry. What was shown of a
/// secret counts while it is the newest; what was made of a wrong signature counts whatever was asked beside it.
pub async fn trust(db: &Db, project: ProjectId, now: Timestamp) -> Result<BTreeMap<EndpointId, Trust>> {
    let mut all: BTreeMap<EndpointId, Trust> = BTreeMap::new();
    let ready = sqlx::query(READY).bind(project.0).bind(FRESH).bind(now.0);
    for row in ready.fetch_all(db.reader()).await? {
        let probe = probe(&row)?;
        let trust = all.entry(probe.endpoint_id).or_default();
        *trust = trust.with_ready(&probe);
    }
    let observed = sqlx::query(OBSERVED).bind(project.0).bind(FRESH);
    for row in observed.fetch_all(db.reader()).await? {
        let probe = probe(&row)?;
        let trust = all.entry(probe.endpoint_id).or_default();
        *trust = trust.with_wrong(&probe);
    }
    Ok(all)
}

pub(super) fn probe(row: &AnyRow) -> Result<Probe> {
    let wrong = wrong(row)?;
    Ok(Probe {
        id: ProbeId(row.try_get("id")?),
        endpoint_id: EndpointId(row.try_get("endpoint_id")?),
        kind: row.try_get::<&str, _>("kind")?.parse()?,
        secret_id: row.try_get::<Option<i64>, _>("secret_id")?.map(SecretId),
        due_at: Timestamp(row.try_get("due_at")?),
        sent_at: time(row, "sent_at")?,
        verdict: row.try_get::<Option<&str>, _>("verdict")?.map(ProbeVerdict::from_stored),
        wrong,
        wrong_at: time(row, "wrong_at")?.filter(|_| wrong.is_some()),
        status: row.try_get::<Option<i64>, _>("status")?.and_then(|status| u16::try_from(status).ok()),
        detail: row.try_get("detail")?,
        clock_offset_seconds: row.try_get("clock_offset_seconds")?,
    })
}

/// What the receiver made of a wrong signature. What is asked still, or was not since the other message was refused, is not
/// known.
fn wrong(row: &AnyRow) -> Result<Option<ProbeVerdict>> {
    let known = row.try_get::<Option<&str>, _>("wrong")?.filter(|text| *text != ASKED);
    Ok(known.map(ProbeVerdict::from_stored))
}

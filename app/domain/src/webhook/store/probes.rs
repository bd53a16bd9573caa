//! Probes: SQL and operations. A probe is a row that waits for its time; whoever claims it sends it and writes what came.

mod due;
mod seen;

use serde_json::json;

pub use due::{DueProbe, claim, finish, next_due};
pub use seen::{list, trust};

use super::endpoints::load;
use crate::db::{Db, Queue, Tx};
use crate::id::{EndpointId, ProbeId, ProjectId, SecretId};
use crate::ledger;
use crate::operator::Actor;
use crate::time::HOUR;
use crate::webhook::{Endpoint, EndpointState, NewProbe, Probe, ProbeKind};
use crate::{Error, Result, Timestamp};

/// How many an endpoint gets in an hour beside those that rotations plan.
const MAX_AN_HOUR: i64 = 30;
/// Of a message signed wrong: it is to be sent.
const ASKED: &str = "asked";

/// Asks an endpoint now.
pub async fn ask(
    db: &Db,
    actor: &Actor,
    project: ProjectId,
    endpoint: EndpointId,
    new: NewProbe,
    now: Timestamp,
) -> Result<Probe> {
    let mut tx = db.begin().await?;
    let asked = load(&mut tx, project, endpoint).await?;
    if asked.state == EndpointState::Disabled {
        return Err(Error::conflict("the endpoint is disabled"));
    }
    let new = checked(&mut tx, &asked, new, now).await?;
    check_rate(&mut tx, endpoint, now).await?;
    let probe = plan(&mut tx, project, endpoint, new, now, now).await?;
    let detail = json!({ "probe": probe.id, "kind": new.kind, "secret": new.secret, "wrong": new.wrong });
    ledger::record(&mut tx, now, Some(project), actor, "endpoint.probed", &endpoint.to_string(), &detail)
        .await?;
    tx.commit().await?;
    Ok(probe)
}

/// What is asked, in full: which secret signs, and whether one signed wrong follows.
async fn checked(tx: &mut Tx<'_>, asked: &Endpoint, new: NewProbe, now: Timestamp) -> Result<NewProbe> {
    match new.kind {
        ProbeKind::Ready => {
            let secret = Some(signer(tx, asked.id, new.secret, now).await?);
            let wrong = Some(new.wrong.unwrap_or(asked.policy.enforcement_probes));
            Ok(NewProbe { secret, wrong, ..new })
        }
        ProbeKind::Enforce if new.secret.is_some() => {
            Err(Error::invalid("secret_id", "goes with the kind ready alone"))
        }
        ProbeKind::Enforce if new.wrong.is_some() => {
            Err(Error::invalid("wrong", "goes with the kind ready alone"))
        }
        ProbeKind::Enforce => Ok(new),
    }
}

/// Refuses more than so many an hour.
async fn check_rate(tx: &mut Tx<'_>, endpoint: EndpointId, now: Timestamp) -> Result<()> {
    let lately: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM endpoint_probe WHERE endpoint_id = $1 AND due_at > $2 AND due_at <= $3",
    )
    .bind(endpoint.0)
    .bind(now.plus(-HOUR).0)
    .bind(now.0)
    .fetch_one(tx.conn())
    .await?;
    if lately >= MAX_AN_HOUR {
        return Err(Error::conflict(format!("the endpoint had {MAX_AN_HOUR} probes within an hour")));
    }
    Ok(())
}

/// The secret asked for, or the newest shared one, if it lives.
async fn signer(
    tx: &mut Tx<'_>,
    endpoint: EndpointId,
    asked: Option<SecretId>,
    now: Timestamp,
) -> Result<SecretId> {
    let id: Option<i64> = sqlx::query_scalar(
        "SELECT MAX(id) FROM endpoint_secret WHERE endpoint_id = $1 AND (expires_at IS NULL OR expires_at > $2) \
         AND (id = $3 OR $3 = 0 AND kind = 'shared')",
    )
    .bind(endpoint.0)
    .bind(now.0)
    .bind(asked.map_or(0, |id| id.0))
    .fetch_one(tx.conn())
    .await?;
    id.map(SecretId).ok_or_else(|| Error::invalid("secret_id", "is not a live secret of the endpoint"))
}

/// Writes down that a new secret is asked about at `due`, as the endpoint's policy says.
pub(super) async fn plan_ready(
    tx: &mut Tx<'_>,
    project: ProjectId,
    endpoint: &Endpoint,
    secret: SecretId,
    due: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let wrong = Some(endpoint.policy.enforcement_probes);
    let new = NewProbe { kind: ProbeKind::Ready, secret: Some(secret), wrong };
    plan(tx, project, endpoint.id, new, due, now).await?;
    Ok(())
}

/// Takes back what rotations planned and nothing was sent of yet: what they would ask about is decided.
pub(super) async fn unplan(tx: &mut Tx<'_>, endpoint: EndpointId, now: Timestamp) -> Result<()> {
    sqlx::query(
        "DELETE FROM endpoint_probe WHERE endpoint_id = $1 AND kind = $2 AND sent_at IS NULL AND verdict IS NULL AND due_at > $3",
    )
    .bind(endpoint.0)
    .bind(ProbeKind::Ready.as_str())
    .bind(now.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes down a probe that is sent at `due`.
async fn plan(
    tx: &mut Tx<'_>,
    project: ProjectId,
    endpoint: EndpointId,
    new: NewProbe,
    due: Timestamp,
    now: Timestamp,
) -> Result<Probe> {
    let id = ProbeId(tx.next_id(now));
    sqlx::query("INSERT INTO endpoint_probe (id, project_id, endpoint_id, kind, secret_id, due_at, beside, planned) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(id.0)
        .bind(project.0)
        .bind(endpoint.0)
        .bind(new.kind.as_str())
        .bind(new.secret.map(|id| id.0))
        .bind(due.0)
        .bind(new.wrong.unwrap_or_default().then_some(ASKED))
        .bind(i64::from(due > now))
        .execute(tx.conn())
        .await?;
    tx.wake(Queue::Probes);
    Ok(Probe {
        id,
        endpoint_id: endpoint,
        kind: new.kind,
        secret_id: new.secret,
        due_at: due,
        sent_at: None,
        verdict: None,
        wrong: None,
        wrong_at: None,
        status: None,
        detail: None,
        clock_offset_seconds: None,
    })
}

//! The weights of a project's judgement: which are in force, refits to answers, and the way back.

use serde_json::{Value, json};

use super::feedback::labels;
use super::mind;
use crate::db::{Db, Tx, json, time, to_json};
use crate::id::ProjectId;
use crate::operator::Actor;
use crate::risk::Calibration;
use crate::risk::calibration::{Fit, Refusal, Standing, fit, loses};
use crate::{Result, Timestamp, ledger, project};

/// On how many answers, in the ledger's lines of refits.
const LABELS: &str = "labels";

/// What came of a refit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refit {
    /// What was in force before.
    pub before: Standing,
    /// What is in force now.
    pub after: Standing,
    /// The fit, or why there is none.
    pub came: std::result::Result<Fit, Refusal>,
}

/// What a project's events are judged by.
pub async fn standing(db: &Db, project: ProjectId) -> Result<Standing> {
    let mut standing = latest(db, project).await?;
    standing.taken_back = is_taken_back(db, project, &standing).await?;
    Ok(standing)
}

async fn latest(db: &Db, project: ProjectId) -> Result<Standing> {
    let row =
        sqlx::query("SELECT fit, fitted_at FROM calibration WHERE project_id = $1 ORDER BY id DESC LIMIT 1")
            .bind(project.0)
            .fetch_optional(db.reader())
            .await?;
    let Some(row) = row else { return Ok(Standing::default()) };
    Ok(Standing::since(json(&row, "fit")?, time(&row, "fitted_at")?.unwrap_or_default()))
}

/// The weights that hold for a project.
pub async fn calibration(db: &Db, project: ProjectId) -> Result<Calibration> {
    Ok(latest(db, project).await?.calibration)
}

/// Refits the weights to a project's answers and, where that is right, puts them in force. Refitted ones that would now
/// let a thief go are taken back. The ledger has a line for each, but for what Porchlight tries by itself with too few
/// answers, or in vain for the same reason as the time before. After a reset by hand it tries nothing by itself.
pub async fn refit(db: &Db, actor: &Actor, project: ProjectId, now: Timestamp) -> Result<Refit> {
    let from = project::store::get(db, project).await?.settings.alert_level;
    let before = standing(db, project).await?;
    if *actor == Actor::System && before.taken_back {
        return Ok(Refit { before, after: before, came: Err(Refusal::TakenBack) });
    }
    let answers = labels(db, project).await?;
    let came = fit(&answers, &before.calibration, from);
    let mut after = before;
    if came.is_ok_and(|fit| fit.calibration == before.calibration) {
        return Ok(Refit { before, after, came });
    }
    let told = |after: &Standing| detail(&before, after, answers.len(), &came);
    let mut tx = db.begin().await?;
    match &came {
        Ok(fit) => {
            after = put(&mut tx, project, Some(*fit), now).await?;
            let (project, subject) = (Some(project), project.to_string());
            ledger::record(&mut tx, now, project, actor, "calibration.refitted", &subject, &told(&after))
                .await?;
        }
        Err(_) if loses(&before.calibration, &answers, from) > 0 => {
            after = put(&mut tx, project, None, now).await?;
            let (project, subject) = (Some(project), project.to_string());
            ledger::record(&mut tx, now, project, actor, "calibration.reset", &subject, &told(&after))
                .await?;
        }
        Err(refusal) => {
            let (detail, subject) = (told(&after), project.to_string());
            if *actor == Actor::System && is_no_news(db, project, refusal, &detail).await? {
                return Ok(Refit { before, after, came });
            }
            ledger::record(&mut tx, now, Some(project), actor, "calibration.refused", &subject, &detail)
                .await?;
        }
    }
    tx.commit().await?;
    mind(db, project, now).await?.lock().calibration = after.calibration;
    Ok(Refit { before, after, came })
}

/// Puts the shipped weights back in force; what was.
pub async fn reset(db: &Db, actor: &Actor, project: ProjectId, now: Timestamp) -> Result<Standing> {
    let before = standing(db, project).await?;
    if before.calibration == Calibration::SHIPPED {
        return Ok(before);
    }
    let mut tx = db.begin().await?;
    let after = Standing { taken_back: true, ..put(&mut tx, project, None, now).await? };
    let detail = json!({ "before": weights(&before), "after": weights(&after) });
    let subject = project.to_string();
    ledger::record(&mut tx, now, Some(project), actor, "calibration.reset", &subject, &detail).await?;
    tx.commit().await?;
    mind(db, project, now).await?.lock().calibration = after.calibration;
    Ok(before)
}

/// Whoever put the shipped weights back did not want the same refit the next night. A refit that took back what lets thieves
/// go, whoever asked for it, says on how many answers.
async fn is_taken_back(db: &Db, project: ProjectId, standing: &Standing) -> Result<bool> {
    if standing.since.is_none() || standing.fit.is_some() {
        return Ok(false);
    }
    let last = ledger::newest(db, project, "calibration.reset").await?;
    Ok(last.is_some_and(|last| last.detail.get(LABELS).is_none()))
}

/// What Porchlight tries every night is told when it comes to something else than the night before.
async fn is_no_news(db: &Db, project: ProjectId, refusal: &Refusal, detail: &Value) -> Result<bool> {
    if matches!(refusal, Refusal::TooFew(_)) {
        return Ok(true);
    }
    let last = ledger::newest(db, project, "calibration.refused").await?;
    Ok(last.is_some_and(|last| last.detail == *detail))
}

/// Without a fit: the shipped ones.
async fn put(tx: &mut Tx<'_>, project: ProjectId, fit: Option<Fit>, now: Timestamp) -> Result<Standing> {
    let standing = Standing::since(fit, now);
    let id = tx.next_id(now);
    sqlx::query(
        "INSERT INTO calibration (id, project_id, state, fit, fitted_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(project.0)
    .bind(to_json(&standing.calibration)?)
    .bind(to_json(&fit)?)
    .bind(now.0)
    .execute(tx.conn())
    .await?;
    Ok(standing)
}

fn weights(standing: &Standing) -> Value {
    let Calibration { alpha, beta, pi, .. } = standing.calibration;
    json!({ "alpha": alpha, "beta": beta, "pi": pi, "version": standing.version })
}

fn detail(
    before: &Standing,
    after: &Standing,
    labels: usize,
    came: &std::result::Result<Fit, Refusal>,
) -> Value {
    let mut detail = json!({ "before": weights(before), "after": weights(after), LABELS: labels });
    match came {
        Ok(fit) => {
            detail["denied"] = fit.denied.into();
            detail["log_loss"] = json!({ "before": fit.loss.0, "after": fit.loss.1 });
        }
        Err(refusal) => detail["reason"] = refusal.to_string().into(),
    }
    detail
}

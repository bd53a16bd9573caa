//! The worker that saves what judgement learned, looks back after a "no", and refits the weights to users' answers at night.

use std::sync::atomic::{AtomicI64, Ordering};

use porchlight_domain::db::Db;
use porchlight_domain::operator::Actor;
use porchlight_domain::risk::calibration::Refusal;
use porchlight_domain::risk::store;
use porchlight_domain::time::DAY;
use porchlight_domain::{Result, Timestamp, project};

use crate::worker::Outcome;

/// What the worker remembers between its steps.
#[derive(Debug, Default)]
pub struct Learning {
    /// The day (UTC, counted from 1970) whose answers were last read.
    refitted: AtomicI64,
    /// When it saved last.
    saved: AtomicI64,
}

impl Learning {
    /// Looks back, also when it is woken; saves every [`store::EVERY`], and once a day refits.
    pub async fn step(&self, db: &Db, now: Timestamp) -> Result<Outcome> {
        while store::siblings::step(db, now).await? {}
        let due = Timestamp(self.saved.load(Ordering::Relaxed)).plus(store::EVERY);
        if now < due {
            return Ok(Outcome::Idle(Some(due)));
        }
        self.saved.store(now.0, Ordering::Relaxed);
        store::step(db, now).await?;
        let today = now.0.div_euclid(DAY);
        // Not at the first step: a process that is started again and again would do little else.
        if self.refitted.swap(today, Ordering::Relaxed) == today - 1 {
            refit_all(db, now).await?;
        }
        Ok(Outcome::Idle(Some(now.plus(store::EVERY))))
    }
}

async fn refit_all(db: &Db, now: Timestamp) -> Result<()> {
    for project in project::store::list(db).await? {
        let refit = store::refit(db, &Actor::System, project.id, now).await?;
        match refit.came {
            Ok(fit) => {
                tracing::info!(project = %project.id, labels = fit.labels, "weights refitted to answers")
            }
            Err(Refusal::TooFew(_) | Refusal::TakenBack) => {}
            Err(refusal) if refit.before.calibration == refit.after.calibration => {
                tracing::info!(project = %project.id, %refusal, "weights stay as they are");
            }
            Err(refusal) => {
                tracing::warn!(project = %project.id, %refusal, "weights that let thieves go are taken back");
            }
        }
    }
    Ok(())
}

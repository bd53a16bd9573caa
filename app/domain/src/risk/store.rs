//! What judgement remembers of each project: held in memory by every process, saved in parts that add up.
//!
//! Profiles are exact and in the transaction of the event that taught them; what is here is statistics over all users.
//! It is saved every [`EVERY`], so that a crash forgets at most a minute of it. Every process saves its own part and reads
//! the others': replicas on PostgreSQL, and on SQLite the command line beside the server.

mod around;
mod echo;
mod feedback;
pub mod siblings;
pub(crate) mod unsettled;
mod weights;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::Row;

use self::echo::Echoes;
use super::budget::Keys;
use super::crowd::Incident;
use super::memory::{Learned, Memory};
use super::{Assessment, Calibration, Population};
use crate::db::{Db, Tx};
use crate::event::Observation;
use crate::id::ProjectId;
use crate::profile::{Profile, Sighting};
use crate::question::Answer;
use crate::time::MINUTE;
use crate::{Result, Timestamp};

pub use feedback::{answered, labels};
pub use weights::{Refit, calibration, refit, reset, standing};

/// How often what was learned is saved, in microseconds.
pub const EVERY: i64 = MINUTE;
/// A part that nobody touched for so long belongs to a process that has ended: those that run touch theirs every [`EVERY`].
const ABANDONED: i64 = 15 * MINUTE;

/// One project's memory in this process.
#[derive(Debug, Default)]
pub struct Mind {
    /// What judges: this process' part and all others'.
    pub memory: Memory,
    /// From evidence to probability.
    pub calibration: Calibration,
    /// What only this process learned.
    own: Learned,
    unsaved: bool,
    echoes: Echoes,
}

impl Mind {
    /// Learns from a judged event, as [`Memory::learn`] does; of one that it was taught before, only the profile does.
    pub fn learn<'a>(
        &mut self,
        seen: impl Into<Sighting<'a>>,
        profile: &mut Profile,
        assessment: &Assessment,
    ) -> Option<Incident> {
        self.unsaved = true;
        let seen = &seen.into();
        let Some(opened) = self.echoes.take(seen) else {
            return self.memory.learn_beside(seen, profile, assessment, Some(&mut self.own));
        };
        self.memory.teach(seen, profile, assessment);
        opened.and_then(|number| self.memory.crowd.tell_again(number)).cloned()
    }

    /// An event that it was taught is not in the log, and not the alert of the incident that it opened either.
    pub(crate) fn unwritten(&mut self, seen: &Observation, opened: Option<u64>) {
        self.echoes.keep(seen, opened);
        opened.into_iter().for_each(|number| self.memory.crowd.untell(number));
    }

    /// Teaches what users said; the events themselves could not tell.
    pub fn teach(&mut self, teach: impl Fn(&mut Population)) {
        self.unsaved = true;
        teach(&mut self.own.population);
        teach(&mut self.memory.learned.population);
    }

    /// Counts challenged logins like this one as what somebody says they were.
    pub(crate) fn answered(&mut self, keys: Keys, answer: Answer, at: Timestamp) {
        self.unsaved = true;
        self.memory.learned.answered(keys, answer, at, Some(&mut self.own));
    }

    /// Counts a user who was asked.
    pub fn asked(&mut self, at: Timestamp) {
        self.unsaved = true;
        self.own.budget.asked(at);
        self.memory.learned.budget.asked(at);
    }

    /// So many of them were not asked after all.
    pub(crate) fn unasked(&mut self, users: u32) {
        self.own.budget.unasked(users);
        self.memory.learned.budget.unasked(users);
    }
}

/// A project's memory, shared by those who judge.
#[derive(Clone, Debug, Default)]
pub struct Shared(Arc<Mutex<Mind>>);

impl Shared {
    /// Nobody awaits anything while holding it.
    pub fn lock(&self) -> MutexGuard<'_, Mind> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The memories of all projects that this process has judged for.
#[derive(Debug, Default)]
pub struct Minds(Mutex<HashMap<ProjectId, Shared>>);

impl Minds {
    fn known(&self) -> MutexGuard<'_, HashMap<ProjectId, Shared>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The memory of a project; read from the store when this process has not judged for it before.
pub async fn mind(db: &Db, project: ProjectId, now: Timestamp) -> Result<Shared> {
    if let Some(known) = db.minds().known().get(&project) {
        return Ok(known.clone());
    }
    // Before the parts of those that have ended are taken over.
    let crowd = around::latest(db, project).await?;
    let (own, others) = adopt(db, project, now).await?;
    let mut mind = Mind { calibration: calibration(db, project).await?, ..Mind::default() };
    mind.memory.learned = others;
    mind.memory.learned.merge(&own);
    mind.memory.crowd = crowd;
    mind.own = own;
    let fresh = Shared(Arc::new(Mutex::new(mind)));
    Ok(db.minds().known().entry(project).or_insert(fresh).clone())
}

/// Takes over the parts of processes that have ended: ours from now on. The rest is others'.
async fn adopt(db: &Db, project: ProjectId, now: Timestamp) -> Result<(Learned, Learned)> {
    let mut tx = db.begin().await?;
    let rows = sqlx::query(
        "DELETE FROM memory WHERE project_id = $1 AND (updated_at < $2 OR replica_id = $3) RETURNING state",
    )
    .bind(project.0)
    .bind(now.0 - ABANDONED)
    .bind(db.replica())
    .fetch_all(tx.conn())
    .await?;
    let mut own = Learned::default();
    for row in &rows {
        merge(&mut own, row.try_get("state")?);
    }
    if !rows.is_empty() {
        save_part(&mut tx, project, &own, now).await?;
    }
    tx.commit().await?;
    Ok((own, others(db, project).await?))
}

async fn others(db: &Db, project: ProjectId) -> Result<Learned> {
    let rows = sqlx::query("SELECT state FROM memory WHERE project_id = $1 AND replica_id <> $2")
        .bind(project.0)
        .bind(db.replica())
        .fetch_all(db.reader())
        .await?;
    let mut others = Learned::default();
    for row in &rows {
        merge(&mut others, row.try_get("state")?);
    }
    Ok(others)
}

/// A part that an older version wrote, or that is broken, is left out: it is statistics, and is learned again.
fn merge(into: &mut Learned, state: &[u8]) {
    match Learned::decode(state) {
        Ok(part) => into.merge(&part),
        Err(error) => tracing::warn!(%error, "a part of what a project learned is left out"),
    }
}

async fn save_part(tx: &mut Tx<'_>, project: ProjectId, part: &Learned, now: Timestamp) -> Result<()> {
    // The SELECT: a project that was deleted meanwhile has no memory.
    sqlx::query(
        "INSERT INTO memory (project_id, replica_id, state, updated_at) SELECT id, $2, $3, $4 FROM project WHERE id = $1 \
         ON CONFLICT (project_id, replica_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at",
    )
    .bind(project.0)
    .bind(tx.db().replica())
    .bind(part.encode())
    .bind(now.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Puts what was learned anew from the log in the place of all parts, and forgets what this process learned otherwise.
pub(crate) async fn replace(
    tx: &mut Tx<'_>,
    project: ProjectId,
    learned: &Learned,
    now: Timestamp,
) -> Result<()> {
    sqlx::query("DELETE FROM memory WHERE project_id = $1").bind(project.0).execute(tx.conn()).await?;
    save_part(tx, project, learned, now).await?;
    tx.db().minds().known().remove(&project);
    Ok(())
}

/// Saves what this process learned since, and reads what the others did and what was refitted.
pub async fn step(db: &Db, now: Timestamp) -> Result<()> {
    let known: Vec<_> = db.minds().known().iter().map(|(id, mind)| (*id, mind.clone())).collect();
    if !known.is_empty() {
        touch(db, now).await?;
    }
    for (project, shared) in known {
        let part = {
            let mut mind = shared.lock();
            std::mem::take(&mut mind.unsaved).then(|| (mind.own.clone(), mind.memory.crowd.encode(now)))
        };
        if let Some((part, crowd)) = part {
            let mut tx = db.begin().await?;
            save_part(&mut tx, project, &part, now).await?;
            around::save(&mut tx, project, &crowd).await?;
            tx.commit().await?;
        }
        let calibration = calibration(db, project).await?;
        let mut all = others(db, project).await?;
        let mut mind = shared.lock();
        mind.calibration = calibration;
        all.merge(&mind.own);
        mind.memory.learned = all;
    }
    Ok(())
}

/// Says that this process runs: what it learned is not for others to take over, though it has learned nothing lately.
async fn touch(db: &Db, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query("UPDATE memory SET updated_at = $1 WHERE replica_id = $2")
        .bind(now.0)
        .bind(db.replica())
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

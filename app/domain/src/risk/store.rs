//! What judgement remembers of each project: held in memory by every process, saved in parts that add up.
//!
//! Profiles are exact and in the transaction of the event that taught them; what is here is statistics over all users.
//! It is saved every [`EVERY`], so that a crash forgets at most a minute of it. Every process saves its own part and reads
//! the others': replicas on PostgreSQL, and on SQLite the command line beside the server.

mod echo;
mod feedback;
mod parts;
pub mod siblings;
pub(crate) mod unsettled;
mod weights;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::echo::Echoes;
use super::budget::Keys;
use super::crowd::Incident;
use super::memory::{Learned, Memory};
use super::population::Attacks;
use super::{Assessment, Calibration, Population};
use crate::db::Db;
use crate::event::Observation;
use crate::id::ProjectId;
use crate::profile::{Profile, Sighting};
use crate::question::Answer;
use crate::time::MINUTE;
use crate::{Result, Timestamp};

pub use feedback::{answered, labels};
pub(crate) use parts::replace;
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

    /// Teaches what users said; the events themselves could not tell. What is taken back may be in another process' part.
    pub(crate) fn teach(&mut self, teach: impl FnOnce(&mut Population) -> Attacks) {
        self.unsaved = true;
        let said = teach(&mut self.memory.learned.population);
        self.own.population.heed(&said);
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
    let (own, others) = parts::adopt(db, project, now).await?;
    let mut mind = Mind { calibration: calibration(db, project).await?, ..Mind::default() };
    mind.memory.crowd = parts::latest(&own, &others);
    mind.memory.learned = others.learned;
    mind.memory.learned.merge(&own.learned);
    mind.own = own.learned;
    let fresh = Shared(Arc::new(Mutex::new(mind)));
    Ok(db.minds().known().entry(project).or_insert(fresh).clone())
}

/// Saves what this process learned since, and reads what the others did and what was refitted; what goes wrong with one
/// project is no other's loss.
pub async fn step(db: &Db, now: Timestamp) -> Result<()> {
    let known: Vec<_> = db.minds().known().iter().map(|(id, mind)| (*id, mind.clone())).collect();
    if !known.is_empty() {
        parts::touch(db, now).await?;
    }
    let mut done = Ok(());
    for (project, shared) in known {
        done = done.and(exchange(db, project, &shared, now).await);
    }
    done
}

async fn exchange(db: &Db, project: ProjectId, shared: &Shared, now: Timestamp) -> Result<()> {
    let part = {
        let mut mind = shared.lock();
        std::mem::take(&mut mind.unsaved).then(|| (mind.own.clone(), mind.memory.crowd.encode(now)))
    };
    if let Some((learned, crowd)) = part {
        let saved = save(db, project, &learned, &crowd, now).await;
        // It is not lost: it is saved with the next step.
        saved.inspect_err(|_| shared.lock().unsaved = true)?;
    }
    let calibration = calibration(db, project).await?;
    let mut all = parts::others(db, project).await?.learned;
    let mut mind = shared.lock();
    mind.calibration = calibration;
    all.merge(&mind.own);
    mind.memory.learned = all;
    Ok(())
}

async fn save(db: &Db, project: ProjectId, learned: &Learned, crowd: &[u8], now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    parts::save(&mut tx, project, learned, Some(crowd), now).await?;
    tx.commit().await
}

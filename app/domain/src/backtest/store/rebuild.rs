//! Learns a project's profiles and memory anew from its stored log, by the engine and settings of now.

use super::super::replay::{Replay, Terms};
use super::in_force;
use super::log::Log;
use super::run::Told;
use crate::db::{Db, Tx, batch};
use crate::id::ProjectId;
use crate::project::store as projects;
use crate::risk::store::{EVERY, calibration, replace};
use crate::rule::RuleSet;
use crate::{Error, Result, Timestamp};

/// What was learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// From so many events.
    pub events: u64,
    /// Of so many users.
    pub users: u64,
    /// Another process has judged for the project within the last minutes: a server that still runs goes on with what it
    /// had in memory.
    pub beside: bool,
}

/// Replays the whole log up to `now`, then replaces every profile and the project's memory at once. What another process
/// judges meanwhile is not in it: stop the server first.
pub async fn rebuild(
    db: &Db,
    project: ProjectId,
    now: Timestamp,
    mut tell: impl FnMut(Told),
) -> Result<Rebuilt> {
    let terms = Terms {
        settings: projects::get(db, project).await?.settings,
        rules: RuleSet::new(&in_force(db, project, now).await?),
        calibration: calibration(db, project).await?,
        hears_all: true,
    };
    let mut replay = Replay::new(terms);
    let log = Log::open(db, project, Timestamp(0), Timestamp(i64::MAX)).await?;
    replay.await_deeds(log.deeds());
    let mut told = Told { done: 0, all: log.count().await? };
    let mut pages = log.ahead();
    while let Some(page) = pages.recv().await {
        let page = page?;
        told.done += page.len() as u64;
        let playing = tokio::task::spawn_blocking(move || {
            replay.play(&page);
            replay
        });
        replay = playing.await.map_err(|_| Error::Internal("the replay broke off".into()))?;
        tell(told);
    }
    write(db, project, replay, told.done, now).await
}

/// Puts what was learned from so many events in the place of what there is.
async fn write(db: &Db, project: ProjectId, replay: Replay, events: u64, now: Timestamp) -> Result<Rebuilt> {
    let (learned, profiles) = replay.into_learned();
    let mut profiles: Vec<_> = profiles.collect();
    // In the order in which everybody locks them.
    profiles.sort_by_key(|(user, _)| *user);
    let mut tx = db.begin().await?;
    let beside = is_judged_elsewhere(&mut tx, project, now).await?;
    let head = "INSERT INTO profile (user_key, version, state, updated_at)";
    let tail = "ON CONFLICT (user_key) DO UPDATE SET version = profile.version + 1, state = excluded.state, \
         updated_at = excluded.updated_at";
    batch::run(tx.conn(), head, tail, 4, &profiles, |query, (user, state)| {
        query.bind(user.0).bind(1_i64).bind(&**state).bind(now.0)
    })
    .await?;
    replace(&mut tx, project, learned, now).await?;
    tx.commit().await?;
    Ok(Rebuilt { events, users: profiles.len() as u64, beside })
}

/// Who runs says so once a minute.
async fn is_judged_elsewhere(tx: &mut Tx<'_>, project: ProjectId, began: Timestamp) -> Result<bool> {
    let others: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM memory WHERE project_id = $1 AND replica_id <> $2 AND updated_at > $3",
    )
    .bind(project.0)
    .bind(tx.db().replica())
    .bind(began.plus(-2 * EVERY).0)
    .fetch_one(tx.conn())
    .await?;
    Ok(others > 0)
}

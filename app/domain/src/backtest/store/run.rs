//! Plays a draft against the stored log: pages are read while those before are judged.

use super::super::replay::{Line, Terms};
use super::super::{Contest, Draft, Outcome, Tally, WARM_UP};
use super::in_force;
use super::log::Log;
use crate::db::Db;
use crate::id::ProjectId;
use crate::project::store as projects;
use crate::risk::store::calibration;
use crate::rule::RuleSet;
use crate::{Error, Result, Timestamp};

/// How far a replay is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Events played.
    pub done: u64,
    /// Events to play.
    pub all: u64,
}

impl Told {
    /// As a share, 0..1.
    pub fn share(&self) -> f64 {
        if self.all == 0 { 1.0 } else { (self.done as f64 / self.all as f64).min(1.0) }
    }
}

/// Both sides and what was counted.
struct Match {
    contest: Contest,
    tally: Tally,
}

/// Plays a draft beside the rules and settings of `now`. `tell` is called after each page, and stops it by false: then the
/// answer is None.
pub async fn run<F: Future<Output = Result<bool>> + Send>(
    db: &Db,
    project: ProjectId,
    draft: &Draft,
    now: Timestamp,
    mut tell: impl FnMut(Told) -> F + Send,
) -> Result<Option<Outcome>> {
    let mut game = prepare(db, project, draft, now).await?;
    let log = Log::open(db, project, draft.from.plus(-WARM_UP), draft.to).await?;
    game.contest.await_deeds(log.deeds());
    let mut told = Told { done: 0, all: log.count().await? };
    let mut pages = log.ahead();
    while let Some(page) = pages.recv().await {
        let page = page?;
        told.done += page.len() as u64;
        let playing = tokio::task::spawn_blocking(move || game.play(&page).map(|()| game));
        game = playing.await.map_err(|_| Error::Internal("the replay broke off".into()))??;
        if !tell(told).await? {
            return Ok(None);
        }
    }
    Ok(Some(game.tally.finish()))
}

async fn prepare(db: &Db, project: ProjectId, draft: &Draft, now: Timestamp) -> Result<Match> {
    let settings = projects::get(db, project).await?.settings;
    let rules = in_force(db, project, now).await?;
    let then = draft.rules(&rules);
    let calibration = calibration(db, project).await?;
    let tally = Tally::new(draft, &rules, &then, calibration);
    let before =
        Terms { settings: settings.clone(), rules: RuleSet::new(&rules), calibration, hears_all: true };
    let after = Terms {
        settings: draft.settings(&settings),
        rules: RuleSet::new(&then),
        calibration,
        hears_all: false,
    };
    Ok(Match { contest: Contest::new(before, after), tally })
}

impl Match {
    fn play(&mut self, page: &[Line]) -> Result<()> {
        let (before, after) = self.contest.play(page)?;
        self.tally.count(page, &before, &after);
        Ok(())
    }
}

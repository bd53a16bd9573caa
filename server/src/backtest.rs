//! The worker that plays waiting back-tests, one at a time.

use porchlight_domain::backtest::store::{Claimed, claim, finish, progress, run};
use porchlight_domain::db::Db;
use porchlight_domain::time::SECOND;
use porchlight_domain::{Result, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::worker::Outcome;

/// How often the row learns how far the run is.
const EVERY: i64 = SECOND;

/// Plays one run. What an ending process leaves half done is played anew by the next one.
pub async fn step(db: &Db, now: Timestamp, stop: &CancellationToken) -> Result<Outcome> {
    let Some(claimed) = claim(db, now).await? else { return Ok(Outcome::Idle(None)) };
    let Claimed { id, project, draft } = claimed;
    let mut told = now;
    let played = run(db, project, &draft, now, |at| {
        let (db, now, stopped) = (db.clone(), clock::now(), stop.is_cancelled());
        let due = now.since(told) >= EVERY;
        if due {
            told = now;
        }
        async move {
            match due && !stopped {
                true => progress(&db, id, at.share(), now).await,
                false => Ok(!stopped),
            }
        }
    });
    match played.await {
        Ok(Some(outcome)) => finish(db, id, Ok(&outcome), clock::now()).await?,
        Ok(None) => {}
        Err(error) => {
            tracing::error!(backtest = %id, %error, "a back-test could not be played");
            finish(db, id, Err("It could not be played: the log says why."), clock::now()).await?;
        }
    }
    Ok(Outcome::Worked)
}

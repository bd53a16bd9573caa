//! What users' answers teach beyond their own profiles: the decaying store of reported traits, and the calibration.

use sqlx::Row;

use super::mind;
use crate::db::{Db, json};
use crate::event::Detail;
use crate::id::{ProjectId, UserKey};
use crate::profile::{Profile, Traits};
use crate::question::Answer;
use crate::risk::Sums;
use crate::risk::budget::Keys;
use crate::{Result, Timestamp};

/// More answers than this teach nothing new: the newest count.
const LABELS: i64 = 5_000;

/// Teaches an answer about a login with these traits; the profile is the user's after it learned the answer.
pub async fn answered(
    db: &Db,
    project: ProjectId,
    traits: &Traits,
    (user, profile): (UserKey, &Profile),
    answer: Answer,
    now: Timestamp,
) -> Result<()> {
    let shared = mind(db, project, now).await?;
    let mut mind = shared.lock();
    mind.answered(Keys::of_traits(traits), answer, now);
    mind.teach(|population| match answer {
        Answer::No => population.report(traits, (user, profile), now),
        Answer::Yes => population.forgive(traits, user, now),
    });
    Ok(())
}

/// The evidence of the logins that users were asked about, oldest first, and whether it was somebody else.
pub async fn labels(db: &Db, project: ProjectId) -> Result<Vec<(Sums, bool)>> {
    let rows = sqlx::query(
        "SELECT q.answer, e.detail FROM question q JOIN event e ON e.id = q.event_id \
         WHERE q.project_id = $1 AND q.answer IS NOT NULL ORDER BY q.id DESC LIMIT $2",
    )
    .bind(project.0)
    .bind(LABELS)
    .fetch_all(db.reader())
    .await?;
    let mut labels = Vec::with_capacity(rows.len());
    for row in rows.iter().rev() {
        let detail: Detail = json(row, "detail")?;
        if let Some(sums) = detail.account.sums {
            labels.push((sums, row.try_get::<&str, _>("answer")? == Answer::No.as_str()));
        }
    }
    Ok(labels)
}

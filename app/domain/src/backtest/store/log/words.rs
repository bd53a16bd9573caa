//! What was said of a project's logins: by their users, and by operators, whose word teaches the same; and what else was
//! done about users.

use std::collections::{HashMap, HashSet};

use sqlx::Row;

use super::super::super::replay::Deed;
use crate::alert::{Resolution, is_of_login};
use crate::db::Db;
use crate::id::{ProjectId, UserKey};
use crate::ledger::times;
use crate::profile::store::UNFROZEN;
use crate::question::Answer;
use crate::{Result, Timestamp};

/// What was said, and when.
type Said = (Answer, Timestamp);

/// What was said of a project's logins, by the event.
#[derive(Debug, Default)]
pub(super) struct Words {
    answers: HashMap<i64, Said>,
    closings: HashMap<i64, Vec<Said>>,
    /// What else was done about users, and when.
    pub(super) deeds: Vec<(UserKey, Timestamp, Deed)>,
}

impl Words {
    pub(super) async fn load(db: &Db, project: ProjectId) -> Result<Self> {
        let mut words = Self::default();
        words.add_closings(db, project).await?;
        for (user, at) in times(db, project, UNFROZEN).await? {
            words.deeds.push((user.parse()?, at, Deed::Unfrozen));
        }
        words.add_orders(db, project).await?;
        Ok(words)
    }

    /// What the user answered.
    pub(super) fn answer(&self, event: i64) -> Option<Said> {
        self.answers.get(&event).copied()
    }

    /// What operators said by closing its alerts.
    pub(super) fn closings(&self, event: i64) -> Vec<Said> {
        self.closings.get(&event).cloned().unwrap_or_default()
    }

    /// The answers, by their alert, too: what its user has said already, a closed alert does not say again.
    async fn add_answers(&mut self, db: &Db, project: ProjectId) -> Result<HashSet<(i64, Answer)>> {
        let rows = sqlx::query(
            "SELECT event_id, alert_id, answer, answered_at FROM question WHERE project_id = $1 AND answer IS NOT NULL",
        )
        .bind(project.0)
        .fetch_all(db.reader())
        .await?;
        let mut known = HashSet::with_capacity(rows.len());
        for row in &rows {
            let answer = row.try_get::<&str, _>("answer")?.parse()?;
            self.answers.insert(row.try_get("event_id")?, (answer, Timestamp(row.try_get("answered_at")?)));
            known.insert((row.try_get("alert_id")?, answer));
        }
        Ok(known)
    }

    async fn add_closings(&mut self, db: &Db, project: ProjectId) -> Result<()> {
        let known = self.add_answers(db, project).await?;
        let rows = sqlx::query(
            "SELECT id, event_id, kind, resolution, closed_at FROM alert WHERE project_id = $1 AND user_key IS NOT NULL \
             AND closed_at IS NOT NULL AND resolution IS NOT NULL ORDER BY closed_at, id",
        )
        .bind(project.0)
        .fetch_all(db.reader())
        .await?;
        for row in &rows {
            let resolution: Resolution = row.try_get::<&str, _>("resolution")?.parse()?;
            let kind: &str = row.try_get("kind")?;
            let Some(said) = resolution.says().filter(|_| is_of_login(kind)) else { continue };
            if !known.contains(&(row.try_get("id")?, said)) {
                let closings = self.closings.entry(row.try_get("event_id")?).or_default();
                closings.push((said, Timestamp(row.try_get("closed_at")?)));
            }
        }
        Ok(())
    }

    /// The orders to end sessions; one for no session is about all that the user had.
    async fn add_orders(&mut self, db: &Db, project: ProjectId) -> Result<()> {
        let rows = sqlx::query(
            "SELECT r.user_key, r.requested_at, o.session_id FROM revocation r \
             JOIN revocation_session o ON o.revocation_id = r.id WHERE r.project_id = $1",
        )
        .bind(project.0)
        .fetch_all(db.reader())
        .await?;
        for row in &rows {
            let session: String = row.try_get("session_id")?;
            let ordered = Deed::Ordered(Some(session).filter(|session| !session.is_empty()));
            self.deeds.push((
                UserKey(row.try_get("user_key")?),
                Timestamp(row.try_get("requested_at")?),
                ordered,
            ));
        }
        Ok(())
    }
}

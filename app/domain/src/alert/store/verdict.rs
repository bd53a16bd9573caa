//! What an operator's word on a login teaches: the same as its user's would have.

use crate::alert::{Alert, Resolution};
use crate::db::{Db, Tx};
use crate::event::{self, Event};
use crate::id::{ProjectId, UserKey};
use crate::profile::{Profile, Traits};
use crate::question::{Answer, store as questions};
use crate::risk::store::siblings::{self, Siblings};
use crate::{Error, Result, Timestamp, risk};

/// An operator's word on the login that an alert is about.
pub(super) struct Verdict {
    user: UserKey,
    event: Event,
    traits: Traits,
    pub(super) answer: Answer,
    siblings: Siblings,
}

impl Verdict {
    /// None where the resolution says nothing of the user, and where the event is not stored any more.
    pub(super) async fn of(
        db: &Db,
        project: ProjectId,
        alert: &Alert,
        resolution: Resolution,
        now: Timestamp,
    ) -> Result<Option<Self>> {
        let Some(verdict) = Self::on(db, project, alert, resolution.says()).await? else { return Ok(None) };
        // Whose user has said the same is known already.
        let siblings = match verdict.answer {
            Answer::No if alert.answer() != Some(Answer::No) => {
                siblings::find(db, project, &verdict.event, now).await?
            }
            _ => Siblings::default(),
        };
        Ok(Some(Self { siblings, ..verdict }))
    }

    /// The user's own word, which counts again when an operator takes theirs back; whom it told of then is not told anew.
    pub(super) async fn of_user(db: &Db, project: ProjectId, alert: &Alert) -> Result<Option<Self>> {
        Self::on(db, project, alert, alert.answer()).await
    }

    async fn on(db: &Db, project: ProjectId, alert: &Alert, answer: Option<Answer>) -> Result<Option<Self>> {
        let user = alert.user.as_ref().filter(|_| alert.is_of_login());
        let Some((answer, user)) = answer.zip(user) else { return Ok(None) };
        let Some(event) = alert.event_id else { return Ok(None) };
        let event = match event::store::get(db, project, event).await {
            Ok(found) => found.event,
            Err(Error::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let (user, traits, siblings) = (user.key, Traits::of_event(&event), Siblings::default());
        Ok(Some(Self { user, traits, event, answer, siblings }))
    }

    /// Teaches the user's profile. The user's row comes first, as in the recording of events: two transactions cannot wait
    /// for each other.
    pub(super) async fn teach(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Profile> {
        questions::teach(tx, self.user, &self.event, self.answer, now).await
    }

    /// Tells of the logins that resemble a thief's, once the alert itself is closed: what is noted on it then stays.
    pub(super) async fn tell(&self, tx: &mut Tx<'_>, project: ProjectId, now: Timestamp) -> Result<()> {
        siblings::tell_all(tx, project, &self.event, &self.siblings, now).await
    }

    /// Teaches what is remembered across users, once the rest is committed.
    pub(super) async fn spread(
        &self,
        db: &Db,
        project: ProjectId,
        learned: &Profile,
        now: Timestamp,
    ) -> Result<()> {
        risk::store::answered(db, project, &self.traits, (self.user, learned), self.answer, now).await
    }
}

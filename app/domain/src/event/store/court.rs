//! What a group of events is judged with: its projects' settings, rules and memories, and what is kept of its sessions.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use sqlx::{AnyConnection, Row};

use super::people::Person;
use super::record::Arrival;
use crate::db::{Db, batch, time};
use crate::event::Observation;
use crate::id::{ProjectId, UserKey};
use crate::profile::{Profile, Sighting};
use crate::project::{Project, store as projects};
use crate::risk::crowd::Incident;
use crate::risk::memory::{Known, Setup, remember};
use crate::risk::sequence::Action;
use crate::risk::session::{Kept, SessionMemory, outlived, refused};
use crate::risk::store::{Mind, Shared, mind};
use crate::risk::{Assessment, Level};
use crate::rule::{RuleSet, store as rules};
use crate::session::{self, store::ordered::orders_since_it_began};
use crate::{Error, Result, Timestamp};

/// A project, as its events are judged.
pub(super) struct Judge {
    pub project: Project,
    pub rules: Arc<RuleSet>,
    pub mind: Shared,
}

/// The judges of a group's projects.
pub(super) struct Judges(HashMap<ProjectId, Judge>);

/// What is kept of the sessions that a group goes on with, by project and session.
#[derive(Default)]
pub(super) struct Sessions(HashMap<Place, Kept>);

/// A session's project and id.
type Place = (ProjectId, String);

impl Judges {
    pub(super) async fn load(db: &Db, arrivals: &[Arrival], now: Timestamp) -> Result<Self> {
        let ids: BTreeSet<_> = arrivals.iter().map(|arrival| arrival.project).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let found = futures::future::try_join_all(ids.iter().map(|id| projects::get(db, *id)));
        let (found, mut rules) = futures::try_join!(found, rules::for_projects(db, &ids))?;
        let mut judges = HashMap::with_capacity(ids.len());
        for (id, project) in ids.into_iter().zip(found) {
            let rules = rules.remove(&id).unwrap_or_default();
            judges.insert(id, Judge { project, rules, mind: mind(db, id, now).await? });
        }
        Ok(Self(judges))
    }

    pub(super) fn of(&self, id: ProjectId) -> Result<&Judge> {
        self.0.get(&id).ok_or(Error::NotFound)
    }
}

impl Judge {
    /// Judges an event of a user, first seen at that time; learns nothing.
    pub(super) fn ask(
        &self,
        seen: &Observation,
        who: (UserKey, Timestamp),
        profile: &Profile,
        sessions: &Sessions,
    ) -> Assessment {
        let seen = &Sighting::from(seen);
        let kept = sessions.of(self.project.id, seen).map(|(_, kept)| kept);
        self.within(&self.mind.lock(), seen, who, profile, kept.flatten())
    }

    /// Judges an event of nobody who is known; learns nothing.
    pub(super) fn ask_of_nobody(&self, seen: &Observation) -> Assessment {
        self.with(&self.mind.lock(), &seen.into(), &Profile::default(), Known::default())
    }

    /// Judges what a user does within what is kept of a session.
    fn within(
        &self,
        mind: &Mind,
        seen: &Sighting<'_>,
        (user, since): (UserKey, Timestamp),
        profile: &Profile,
        kept: Option<&Kept>,
    ) -> Assessment {
        let taken = kept.and_then(|kept| kept.taken_by(user, seen));
        let session = kept.and_then(|kept| kept.memory_for(user));
        self.with(mind, seen, profile, Known { session, taken: taken.as_ref(), user_since: Some(since) })
    }

    fn with(&self, mind: &Mind, seen: &Sighting<'_>, profile: &Profile, known: Known<'_>) -> Assessment {
        let settings = &self.project.settings;
        let setup = Setup {
            rules: &self.rules,
            alert_level: settings.alert_level,
            challenge: settings.challenge_share(),
            calibration: mind.calibration,
        };
        mind.memory.judge(seen, profile, known, &setup)
    }

    /// Judges a user's event, and teaches it to the project's memory, the user's profile and its session. An incident
    /// when this event opened one.
    pub(super) fn judge(
        &self,
        seen: &Observation,
        person: &mut Person,
        sessions: &mut Sessions,
    ) -> (Assessment, Option<Incident>) {
        let seen = &Sighting::from(seen);
        let named = sessions.of(self.project.id, seen).map(|(place, kept)| (place, kept.cloned()));
        let (place, kept) = named.map_or((None, None), |(place, kept)| (Some(place), kept));
        let refuses = kept.as_ref().is_some_and(|kept| kept.refuses(seen));
        let own = kept.as_ref().and_then(|kept| kept.memory_for(person.key));
        let mut mind = self.mind.lock();
        let assessment = self.within(&mind, seen, (person.key, person.first), &person.profile, kept.as_ref());
        let memory = remember(own.cloned(), seen, &person.profile, &mind.memory.learned.rates, &assessment);
        if let Some(place) = place
            && let Some(kept) = Kept::after(kept, person.key, seen, memory)
        {
            sessions.0.insert(place, kept);
        }
        let opened = mind.learn(seen, &mut person.profile, &assessment);
        (if refuses { refused(assessment) } else { assessment }, opened)
    }

    /// Judges an event that names no user; only the crowd learns from it. With it, whose session it is that it goes on in
    /// although that is over.
    pub(super) fn judge_anonymous(
        &self,
        seen: &Observation,
        sessions: &Sessions,
    ) -> (Assessment, Option<Incident>, Option<UserKey>) {
        let kept = sessions.of(self.project.id, seen).and_then(|(_, kept)| kept);
        let seen = &Sighting::from(seen);
        let mut nobody = Profile::default();
        let mut mind = self.mind.lock();
        let assessment = self.with(&mind, seen, &nobody, Known::default());
        let opened = mind.learn(seen, &mut nobody, &assessment);
        let (assessment, owner) = self.over(assessment, seen, kept);
        (assessment, opened, owner)
    }

    /// What is judged of nobody's event in a session that is over, and whose that was. After a log-out many applications go on
    /// with the same session for whoever reads their public pages: only what needs a user is told.
    fn over(
        &self,
        judged: Assessment,
        seen: &Observation,
        kept: Option<&Kept>,
    ) -> (Assessment, Option<UserKey>) {
        let needs_user = Action::of(&seen.event.verb).is_some();
        match kept.map(|kept| (kept.refuses(seen), kept.outlived(seen), kept.user)) {
            Some((true, _, owner)) => (refused(judged), Some(owner)),
            Some((_, Some(term), owner)) if needs_user => {
                (outlived(judged, term, self.project.settings.alert_level), Some(owner))
            }
            _ => (judged, None),
        }
    }

    /// True when a login of this score may be asked about today; see [`crate::risk::budget`].
    pub(super) fn may_ask(&self, assessment: &Assessment, at: Timestamp) -> bool {
        let Some(ask_a_day) = self.project.settings.ask_a_day else { return true };
        let limits = crate::risk::budget::Limits { challenge: 1.0, ask_a_day };
        let level = self.project.settings.alert_level.max(Level::Orange);
        let floor = crate::risk::session::log_odds(level.least());
        let score = crate::risk::session::log_odds(assessment.probability);
        score >= self.mind.lock().memory.learned.budget.ask_from(&limits, floor, at)
    }

    /// Counts a user who was asked.
    pub(super) fn asked(&self, at: Timestamp) {
        self.mind.lock().asked(at);
    }
}

impl Sessions {
    /// The session that an event names, and what is kept of it.
    fn of(&self, project: ProjectId, seen: &Observation) -> Option<(Place, Option<&Kept>)> {
        let id = seen.event.session_id.as_ref().filter(|id| session::checked_id(id).is_ok())?;
        let place = (project, id.clone());
        let kept = self.0.get(&place);
        Some((place, kept))
    }

    /// What is kept of the sessions that these name.
    pub(super) async fn load(conn: &mut AnyConnection, arrivals: &[Arrival]) -> Result<Self> {
        let wanted: BTreeSet<(i64, &str)> = arrivals
            .iter()
            .filter_map(|arrival| Some((arrival.project.0, arrival.observation.event.session_id.as_deref()?)))
            .collect();
        let wanted: Vec<_> = wanted.into_iter().collect();
        let select = concat!(
            "SELECT s.project_id, s.id, s.user_key, s.state, s.ended_at, s.memory, CAST(CASE WHEN EXISTS (SELECT 1 ",
            orders_since_it_began!(),
            ") THEN 1 ELSE 0 END AS BIGINT) AS ordered FROM wanted \
             CROSS JOIN session s WHERE s.project_id = wanted.project_id AND s.id = wanted.id AND s.memory IS NOT NULL"
        );
        let rows = batch::look_up(conn, &["project_id", "id"], select, &wanted, &(0, ""), |query, key| {
            query.bind(key.0).bind(key.1)
        })
        .await?;
        let mut sessions = Self::default();
        for row in &rows {
            // What an older version kept is not readable any more: judged as if nothing had been kept.
            if let Some(memory) = SessionMemory::decode(row.try_get("memory")?) {
                let place = (ProjectId(row.try_get("project_id")?), row.try_get("id")?);
                let live = session::State::from_stored(row.try_get("state")?) == session::State::Live;
                let (user, ordered) =
                    (UserKey(row.try_get("user_key")?), row.try_get::<i64, _>("ordered")? == 1);
                let ended = time(row, "ended_at")?.filter(|_| !live);
                sessions.0.insert(place, Kept { user, memory, live, ended, ordered });
            }
        }
        Ok(sessions)
    }

    /// What is to be kept of a user's session, as bytes.
    pub(super) fn kept(&self, project: ProjectId, session: &str, user: UserKey) -> Option<Vec<u8>> {
        let kept = self.0.get(&(project, session.to_owned()))?;
        kept.memory_for(user).map(SessionMemory::encode)
    }
}

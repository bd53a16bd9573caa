//! What a group of events is judged with: its projects' settings, rules and memories.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::people::Person;
use super::record::Arrival;
use super::sessions::Sessions;
use crate::db::Db;
use crate::event::Observation;
use crate::id::{ProjectId, UserKey};
use crate::profile::{Profile, Sighting};
use crate::project::{Project, store as projects};
use crate::risk::crowd::Incident;
use crate::risk::memory::{Known, Setup, remember};
use crate::risk::sequence::Action;
use crate::risk::session::{Kept, outlived, refused};
use crate::risk::store::{Mind, Shared, mind};
use crate::risk::{Assessment, Level};
use crate::rule::{RuleSet, store as rules};
use crate::{Error, Result, Timestamp};

/// A project, as its events are judged.
pub(super) struct Judge {
    pub project: Project,
    pub rules: Arc<RuleSet>,
    pub mind: Shared,
    /// How many users were asked in this group.
    asked: AtomicU32,
}

/// The judges of a group's projects.
pub(super) struct Judges(HashMap<ProjectId, Judge>);

impl Judges {
    pub(super) async fn load(db: &Db, arrivals: &[Arrival], now: Timestamp) -> Result<Self> {
        let ids: BTreeSet<_> = arrivals.iter().map(|arrival| arrival.project).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let found = futures::future::try_join_all(ids.iter().map(|id| projects::get(db, *id)));
        let (found, mut rules) = futures::try_join!(found, rules::for_projects(db, &ids))?;
        let mut judges = HashMap::with_capacity(ids.len());
        for (id, project) in ids.into_iter().zip(found) {
            let rules = rules.remove(&id).unwrap_or_default();
            let mind = mind(db, id, now).await?;
            judges.insert(id, Judge { project, rules, mind, asked: AtomicU32::new(0) });
        }
        Ok(Self(judges))
    }

    pub(super) fn of(&self, id: ProjectId) -> Result<&Judge> {
        self.0.get(&id).ok_or(Error::NotFound)
    }

    /// Nothing of what these were judged and taught is written: they come again.
    pub(super) fn take_back(&self, taught: &[(&Arrival, Option<u64>)]) {
        for (arrival, opened) in taught {
            if let Some(judge) = self.0.get(&arrival.project) {
                judge.mind.lock().unwritten(&arrival.observation, *opened);
            }
        }
        for judge in self.0.values() {
            judge.mind.lock().unasked(judge.asked.swap(0, Ordering::Relaxed));
        }
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
        let kept = sessions.of(self.project.id, seen).and_then(|(_, kept)| kept);
        let judged = self.within(&self.mind.lock(), seen, who, profile, kept);
        if kept.is_some_and(|kept| kept.refuses(seen)) { refused(judged) } else { judged }
    }

    /// Judges an event that names no user; learns nothing.
    pub(super) fn ask_anonymous(&self, seen: &Observation, sessions: &Sessions) -> Assessment {
        let kept = sessions.of(self.project.id, seen).and_then(|(_, kept)| kept);
        let judged = self.with(&self.mind.lock(), &seen.into(), &Profile::default(), Known::default());
        self.over(judged, seen, kept).0
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
        let mut assessment =
            self.within(&mind, seen, (person.key, person.first), &person.profile, kept.as_ref());
        // Before anything is learned: what goes on in a session that was ordered to end is nobody's habit.
        if refuses {
            assessment = refused(assessment);
        }
        let memory = remember(own.cloned(), seen, &person.profile, &mind.memory.learned.rates, &assessment);
        if let Some(place) = place
            && let Some(kept) = Kept::after(kept, person.key, seen, memory)
        {
            sessions.keep(place, kept);
        }
        let opened = mind.learn(seen, &mut person.profile, &assessment);
        (assessment, opened)
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
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.mind.lock().asked(at);
    }
}

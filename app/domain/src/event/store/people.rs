//! The users a group of events is about: found or made, locked, with their profiles.

mod strangers;

use std::collections::{BTreeSet, HashMap};

use sqlx::Row;
use sqlx::any::AnyRow;

use super::consequence::LATE;
use super::record::Arrival;
use crate::Result;
use crate::db::{Db, Engine, Tx, batch};
use crate::event::{NewUser, Observation};
use crate::id::{ProjectId, UserKey};
use crate::profile::Profile;
use crate::profile::store::stored;
use crate::risk::{Assessment, Level, Unsettled};
use crate::time::Timestamp;
use crate::user;
use crate::user::store::mail;

/// One user, while a group of events is recorded.
pub(super) struct Person {
    pub key: UserKey,
    pub profile: Profile,
    /// What the application says of them, as known before this group; a mail goes here.
    pub facts: NewUser,
    /// When they were first seen.
    pub first: Timestamp,
    version: i64,
    project: ProjectId,
    last: Timestamp,
    events: i64,
    /// Their mail address is another than the stored one.
    has_new_mail: bool,
    /// What nobody vouched for, with this group.
    unsettled: Unsettled,
}

/// The users of one group.
#[derive(Default)]
pub(super) struct People(HashMap<(ProjectId, String), Person>);

impl People {
    /// Finds or makes everybody the arrivals name, and locks them until the transaction ends: on PostgreSQL row by row
    /// in one order (so that two replicas cannot wait for each other), on SQLite the transaction is the only writer.
    pub(super) async fn load(tx: &mut Tx<'_>, arrivals: &[Arrival]) -> Result<Self> {
        let wanted: BTreeSet<(ProjectId, &str)> = arrivals
            .iter()
            .filter_map(|arrival| {
                Some((arrival.project, arrival.observation.event.user.as_ref()?.id.as_str()))
            })
            .collect();
        let wanted: Vec<_> = wanted.into_iter().collect();
        let mut people = Self(HashMap::with_capacity(wanted.len()));
        people.find(tx, &wanted).await?;
        let is_new = |who: &&(ProjectId, &str)| !people.0.contains_key(&(who.0, who.1.to_owned()));
        let strangers: Vec<_> = wanted.iter().filter(is_new).copied().collect();
        if !strangers.is_empty() {
            strangers::make(tx, &strangers, arrivals).await?;
            people.find(tx, &strangers).await?;
        }
        Ok(people)
    }

    async fn find(&mut self, tx: &mut Tx<'_>, wanted: &[(ProjectId, &str)]) -> Result<()> {
        let (version, with, lock) = match tx.db().engine() {
            Engine::Sqlite => ("COALESCE(p.version, 0)", "LEFT JOIN profile p ON p.user_key = u.key", ""),
            // A joined row would be as old as the wait for the locks began: asked for by itself, after them.
            Engine::Postgres => ("CAST(NULL AS BIGINT)", "", "ORDER BY u.key FOR UPDATE OF u"),
        };
        let select = format!(
            "SELECT u.key, u.project_id, u.id, u.name, u.email, u.mobile, u.first_seen_at, u.last_seen_at, u.orange_at, u.red_at, {version} AS version \
             FROM wanted CROSS JOIN end_user u {with} WHERE u.project_id = wanted.project_id AND u.id = wanted.id {lock}"
        );
        let rows = batch::look_up(
            tx.conn(),
            &["project_id", "id"],
            &select,
            wanted,
            &(ProjectId(0), ""),
            |query, who| query.bind(who.0.0).bind(who.1),
        )
        .await?;
        let mut found = rows.iter().map(person).collect::<Result<Vec<_>>>()?;
        add_profiles(tx, &mut found).await?;
        let named = found.into_iter().map(|(person, _)| ((person.project, person.facts.id.clone()), person));
        self.0.extend(named);
        Ok(())
    }

    /// Whom this event is about.
    pub(super) fn of(&mut self, arrival: &Arrival) -> Option<&mut Person> {
        let id = arrival.observation.event.user.as_ref()?.id.clone();
        self.0.get_mut(&(arrival.project, id))
    }

    /// Writes everybody back: what their events said of them, and what their profiles learned.
    pub(super) async fn save(self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Saved> {
        let mut people: Vec<_> = self.0.into_values().filter(|person| person.events > 0).collect();
        people.sort_by_key(|person| person.key);
        let head = "INSERT INTO end_user (key, project_id, id, name, email, mobile, first_seen_at, last_seen_at, events, \
             orange_at, red_at)";
        let tail = "ON CONFLICT (project_id, id) DO UPDATE SET name = excluded.name, email = excluded.email, \
             mobile = excluded.mobile, first_seen_at = excluded.first_seen_at, last_seen_at = excluded.last_seen_at, \
             events = end_user.events + excluded.events, orange_at = excluded.orange_at, \
             red_at = excluded.red_at";
        batch::insert(tx.conn(), head, tail, 11, &people, |query, person| {
            let facts = &person.facts;
            let query = query.bind(person.key.0).bind(person.project.0).bind(&facts.id);
            let query =
                query.bind(facts.name.as_deref()).bind(facts.email.as_deref()).bind(facts.mobile.as_deref());
            let query = query.bind(person.first.0).bind(person.last.0).bind(person.events);
            query.bind(person.unsettled.orange.0).bind(person.unsettled.red.0)
        })
        .await?;
        let mailed = people.iter().filter(|person| person.has_new_mail);
        let mailed = mailed.filter_map(|one| Some((one.key, one.project, one.facts.email.as_deref()?)));
        mail::note(tx, &mailed.collect::<Vec<_>>()).await?;
        let states: Vec<_> = people.iter().map(|person| person.profile.encode()).collect();
        let profiles: Vec<_> = people.iter().zip(&states).collect();
        let head = "INSERT INTO profile (user_key, version, state, updated_at)";
        let tail = "ON CONFLICT (user_key) DO UPDATE SET version = excluded.version, state = excluded.state, \
             updated_at = excluded.updated_at";
        batch::insert(tx.conn(), head, tail, 4, &profiles, |query, (person, state)| {
            query.bind(person.key.0).bind(person.version + 1).bind(state.as_slice()).bind(now.0)
        })
        .await?;
        let saved = people.iter().map(|person| (person.key, person.version + 1));
        Ok(Saved(saved.zip(states).collect()))
    }
}

/// Profiles as they were saved: to be kept once that is committed.
pub(super) struct Saved(Vec<((UserKey, i64), Vec<u8>)>);

impl Saved {
    pub(super) fn keep(self, db: &Db) {
        for ((user, version), state) in self.0 {
            db.profiles().put(user, version, state);
        }
    }
}

impl Person {
    /// True when something of theirs awaits that somebody vouches for it.
    pub(super) fn is_unsettled(&self) -> bool {
        self.unsettled != Unsettled::default()
    }

    /// Notes an event of theirs. What an unusual event says of the user fills gaps but replaces nothing: a thief who changes
    /// the e-mail must not receive the question about it. Nor does what comes late, as an import of last year does: who read
    /// that mail then may be somebody else by now.
    pub(super) fn saw(&mut self, seen: &Observation, assessment: &Assessment) {
        let Some(user) = &seen.event.user else { return };
        let at = seen.at;
        let is_news = at.plus(LATE) >= self.last;
        let trusted = user.authenticated && assessment.level == Level::Green && is_news;
        let learn = |known: &mut Option<String>, said: &Option<String>| {
            let new = (trusted || known.is_none()) && said.is_some() && known != said;
            if new {
                known.clone_from(said);
            }
            new
        };
        learn(&mut self.facts.name, &user.name);
        self.has_new_mail |= learn(&mut self.facts.email, &user.email);
        learn(&mut self.facts.mobile, &user.mobile);
        self.first = self.first.min(at);
        self.last = self.last.max(at);
        self.events += 1;
        if seen.is_proved() {
            self.unsettled = self.unsettled.and(Unsettled::of(assessment.own_level(), at));
        }
    }
}

/// A user, and the version of their profile where the row tells it: 0 for none.
fn person(row: &AnyRow) -> Result<(Person, Option<i64>)> {
    let person = Person {
        key: UserKey(row.try_get("key")?),
        profile: Profile::default(),
        version: 0,
        facts: NewUser {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            email: row.try_get("email")?,
            mobile: row.try_get("mobile")?,
            authenticated: true,
        },
        project: ProjectId(row.try_get("project_id")?),
        first: Timestamp(row.try_get("first_seen_at")?),
        last: Timestamp(row.try_get("last_seen_at")?),
        events: 0,
        has_new_mail: false,
        unsettled: user::store::unsettled(row)?,
    };
    Ok((person, row.try_get("version")?))
}

/// Gives these users their profiles: kept ones where they are of the stored version, the others are read.
async fn add_profiles(tx: &mut Tx<'_>, people: &mut [(Person, Option<i64>)]) -> Result<()> {
    let mut unread = Vec::new();
    for (person, version) in people.iter_mut().filter(|(_, version)| *version != Some(0)) {
        let kept = tx.db().profiles().get(person.key);
        match kept {
            Some((of, state)) if *version == Some(of) => {
                (person.version, person.profile) = (of, stored(person.key, &state));
            }
            kept => unread.push((person, kept)),
        }
    }
    let select = "SELECT p.user_key, p.version, CASE WHEN p.version = wanted.kept THEN NULL ELSE p.state END AS state \
         FROM wanted CROSS JOIN profile p WHERE p.user_key = wanted.user_key";
    let version = |kept: &Option<(i64, _)>| kept.as_ref().map_or(0, |(version, _)| *version);
    let keys: Vec<_> = unread.iter().map(|(person, kept)| (person.key.0, version(kept))).collect();
    let rows = batch::look_up(tx.conn(), &["user_key", "kept"], select, &keys, &(0, 0), |query, key| {
        query.bind(key.0).bind(key.1)
    })
    .await?;
    let mut read = HashMap::with_capacity(rows.len());
    for row in &rows {
        read.insert(row.try_get::<i64, _>("user_key")?, row);
    }
    for (person, kept) in unread {
        let Some(row) = read.get(&person.key.0) else { continue };
        person.version = row.try_get("version")?;
        person.profile = match (row.try_get::<Option<&[u8]>, _>("state")?, kept) {
            (None, Some((_, state))) => stored(person.key, &state),
            (state, _) => stored(person.key, state.unwrap_or_default()),
        };
    }
    Ok(())
}

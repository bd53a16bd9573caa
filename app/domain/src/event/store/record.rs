//! Recording events: judged, learned, stored, with all that they set in motion, in one transaction for the group.

use std::collections::BTreeSet;

use super::again::Stored;
use super::consequence::{self, Judged};
use super::court::Judges;
use super::line::{Line, insert, seen_sessions, signs};
use super::people::People;
use super::sessions::Sessions;
use super::stats::tally;
use crate::db::{Db, Tx};
use crate::event::{Observation, Recorded, verb};
use crate::id::{AlertId, EventId, ProjectId, UserKey};
use crate::risk::crowd::Incident;
use crate::risk::store::unsettled::recount;
use crate::rule::verdict::noted;
use crate::session::store::seen;
use crate::{Error, Result, Timestamp};

/// So many events are judged together, while those before them are written: SQLite works in a thread of its own.
const CHUNK: usize = 64;

/// An event at the door, looked up and not yet judged.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Whose.
    pub project: ProjectId,
    /// What.
    pub observation: Observation,
}

/// Records `arrivals` in their order, all or none. When it returns they are on disk: events, profiles, sessions,
/// alerts, questions and the outbox. An event whose client id is known already writes nothing and gets its first answer;
/// one with a known id and another body is a conflict.
pub async fn record(
    db: &Db,
    arrivals: &[Arrival],
    public_url: &str,
    now: Timestamp,
) -> Result<Vec<Recorded>> {
    let mut done = written(db, arrivals, public_url, now).await;
    // Another replica was first with an event: its answer is the answer.
    if done.as_ref().is_err_and(Error::is_unique_violation) {
        done = written(db, arrivals, public_url, now).await;
    }
    db.noted(done)
}

async fn written(db: &Db, arrivals: &[Arrival], public_url: &str, now: Timestamp) -> Result<Vec<Recorded>> {
    let judges = Judges::load(db, arrivals, now).await?;
    let mut tx = db.begin().await?;
    let mut group = Group::load(&mut tx, &judges, arrivals).await?;
    group.stored.check(arrivals)?;
    let done = write(db, tx, &mut group, arrivals, (public_url, now)).await;
    if done.is_err() {
        judges.take_back(&group.taught);
    }
    done.map(|()| group.recorded)
}

async fn write<'a>(
    db: &Db,
    mut tx: Tx<'_>,
    group: &mut Group<'a>,
    arrivals: &'a [Arrival],
    (public_url, now): (&str, Timestamp),
) -> Result<()> {
    let mut lines: Vec<Line<'_>> = Vec::with_capacity(arrivals.len());
    let mut written = 0;
    for chunk in arrivals.chunks(CHUNK) {
        let waiting = lines.get(written..).unwrap_or_default();
        let (inserted, judged) = futures::join!(insert(&mut tx, waiting), async { group.judge(db, chunk) });
        inserted?;
        written = lines.len();
        for (mut line, opened) in judged? {
            line.alert = group.follow(&mut tx, &line, opened.as_ref(), public_url, now).await?;
            lines.push(line);
        }
    }
    insert(&mut tx, lines.get(written..).unwrap_or_default()).await?;
    let told = |line: &Line<'_>| (line.arrival.project, line.arrival.observation.at, line.assessment.level);
    tally(&mut tx, lines.iter().map(told), 1).await?;
    let saved = std::mem::take(&mut group.people).save(&mut tx, now).await?;
    let contradictions = seen(&mut tx, &seen_sessions(&lines, &group.sessions), &signs(&lines), now).await?;
    for user in &group.vouched {
        recount(&mut tx, *user, now).await?;
    }
    consequence::zombies(&mut tx, &contradictions, now).await?;
    consequence::end_by_rules(&mut tx, &lines, public_url, now).await?;
    let notes = lines.iter().flat_map(|line| noted(&line.assessment.account));
    crate::rule::store::count(&mut tx, notes, now).await?;
    tx.commit().await?;
    saved.keep(db);
    Ok(())
}

/// A group of events on its way into the log.
struct Group<'a> {
    judges: &'a Judges,
    stored: Stored,
    people: People,
    sessions: Sessions,
    recorded: Vec<Recorded>,
    /// What was judged and learned, and the incident that it opened.
    taught: Vec<(&'a Arrival, Option<u64>)>,
    /// Users of whom something was unsettled until they passed a challenge.
    vouched: BTreeSet<UserKey>,
}

impl<'a> Group<'a> {
    async fn load(tx: &mut Tx<'_>, judges: &'a Judges, arrivals: &'a [Arrival]) -> Result<Self> {
        Ok(Self {
            judges,
            // The users first: what another replica has just written of them is seen then.
            people: People::load(tx, arrivals).await?,
            stored: Stored::load(tx, arrivals).await?,
            sessions: Sessions::load(tx.conn(), arrivals).await?,
            recorded: Vec::with_capacity(arrivals.len()),
            taught: Vec::with_capacity(arrivals.len()),
            vouched: BTreeSet::new(),
        })
    }

    /// Judges, learns and answers; asks no database, so that what came before is written meanwhile.
    fn judge(&mut self, db: &Db, chunk: &'a [Arrival]) -> Result<Vec<(Line<'a>, Option<Incident>)>> {
        let mut lines = Vec::with_capacity(chunk.len());
        for arrival in chunk {
            if let Some(answer) = self.stored.answer(arrival) {
                self.recorded.push(answer);
                continue;
            }
            let (judge, observation) = (self.judges.of(arrival.project)?, &arrival.observation);
            let person = self.people.of(arrival);
            let user = person.as_ref().map(|person| person.key);
            let (assessment, opened, owner) = match person {
                Some(person) => {
                    let (assessment, opened) = judge.judge(observation, person, &mut self.sessions);
                    (assessment, opened, None)
                }
                None => judge.judge_anonymous(observation, &self.sessions),
            };
            self.taught.push((arrival, opened.as_ref().map(|incident| incident.number)));
            let id = EventId(db.next_id(observation.received_at));
            let answer = Recorded { id, assessment: assessment.clone(), repeated: false };
            self.stored.note(arrival, &answer);
            self.recorded.push(answer);
            lines.push((Line::new(id, arrival, (user, owner), assessment)?, opened));
        }
        Ok(lines)
    }

    /// What a judged event sets in motion; the alert that it belongs to.
    async fn follow(
        &mut self,
        tx: &mut Tx<'_>,
        line: &Line<'_>,
        opened: Option<&Incident>,
        public_url: &str,
        now: Timestamp,
    ) -> Result<Option<AlertId>> {
        let Line { id, arrival, assessment, .. } = line;
        consequence::wave(tx, arrival, *id, opened, now).await?;
        let Some(person) = self.people.of(arrival) else {
            return consequence::of_nobody(tx, line, now).await;
        };
        let judge = self.judges.of(arrival.project)?;
        let judged = Judged { id: *id, arrival, judge, person, assessment };
        let alert = consequence::of(tx, &judged, public_url, now).await?;
        let seen = &arrival.observation;
        person.saw(seen, assessment);
        let vouches = seen.event.verb == verb::CHALLENGE_PASS && !assessment.is_guessed();
        if vouches && seen.is_proved() && person.is_unsettled() {
            self.vouched.insert(person.key);
        }
        Ok(alert)
    }
}

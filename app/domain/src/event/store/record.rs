//! Recording events: judged, learned, stored, with all that they set in motion, in one transaction for the group.

use std::collections::HashMap;

use sqlx::Row;

use super::consequence::{self, Judged};
use super::court::{Judge, Judges, Sessions};
use super::people::{People, profile};
use super::stats::tally;
use crate::db::{Db, Tx, batch, json, to_json};
use crate::event::{Detail, NewEvent, Observation, Recorded};
use crate::id::{AlertId, EventId, ProjectId, UserKey};
use crate::profile::Profile;
use crate::risk::memory::Known;
use crate::risk::{Assessment, Decision, Level};
use crate::session::Seen;
use crate::session::store::seen;
use crate::{Error, Result, Timestamp};

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
    let judges = Judges::load(db, arrivals, now).await?;
    let mut tx = db.begin().await?;
    let known = repeats(&mut tx, arrivals).await?;
    let mut people = People::load(&mut tx, arrivals).await?;
    let mut sessions = Sessions::load(&mut tx, arrivals).await?;
    let mut first_of_group = HashMap::new();
    let mut recorded: Vec<Recorded> = Vec::with_capacity(arrivals.len());
    let mut rows = Vec::with_capacity(arrivals.len());
    for arrival in arrivals {
        let client_id = arrival.observation.event.client_id.as_ref().map(|id| (arrival.project, id.clone()));
        let repeated = client_id.as_ref().and_then(|id| known.get(id).or_else(|| first_of_group.get(id)));
        if let Some(first) = repeated {
            recorded.push(first.again(&arrival.observation.event)?);
            continue;
        }
        let judge = judges.of(arrival.project)?;
        let row = one(&mut tx, arrival, judge, (&mut people, &mut sessions), public_url, now).await?;
        let answer = Recorded { id: row.id, assessment: row.assessment.clone(), repeated: false };
        let raw = &arrival.observation.event.raw;
        first_of_group.extend(client_id.map(|id| (id, First { answer: answer.clone(), raw: raw.clone() })));
        recorded.push(answer);
        rows.push(row);
    }
    insert(&mut tx, &rows).await?;
    let told = |row: &Line<'_>| (row.arrival.project, row.arrival.observation.at, row.assessment.level);
    tally(&mut tx, rows.iter().map(told), 1).await?;
    let saved = people.save(&mut tx, now).await?;
    let contradictions = seen(&mut tx, &seen_sessions(&rows, &sessions), now).await?;
    consequence::zombies(&mut tx, &rows, &contradictions, now).await?;
    let notes = rows.iter().flat_map(|row| &row.assessment.account.rules);
    crate::rule::store::count(&mut tx, notes, now).await?;
    tx.commit().await?;
    saved.keep(db);
    Ok(recorded)
}

/// Judges a login as [`record`] would, storing and teaching nothing.
pub async fn assess_only(db: &Db, arrival: &Arrival, now: Timestamp) -> Result<Assessment> {
    let judges = Judges::load(db, std::slice::from_ref(arrival), now).await?;
    let row = match &arrival.observation.event.user {
        None => None,
        Some(user) => {
            sqlx::query(
                "SELECT p.state, u.first_seen_at FROM end_user u JOIN profile p ON p.user_key = u.key \
                 WHERE u.project_id = $1 AND u.id = $2",
            )
            .bind(arrival.project.0)
            .bind(&user.id)
            .fetch_optional(db.reader())
            .await?
        }
    };
    let (profile, user_since) = match &row {
        Some(row) => (profile(row)?, Some(Timestamp(row.try_get("first_seen_at")?))),
        None => (Profile::default(), None),
    };
    let known = Known { session: None, user_since };
    Ok(judges.of(arrival.project)?.assess(&arrival.observation, &profile, known))
}

/// A judged event: one line of the log, to be inserted.
pub(super) struct Line<'a> {
    pub id: EventId,
    pub arrival: &'a Arrival,
    pub user: Option<UserKey>,
    pub assessment: Assessment,
    pub alert: Option<AlertId>,
}

async fn one<'a>(
    tx: &mut Tx<'_>,
    arrival: &'a Arrival,
    judge: &Judge,
    (people, sessions): (&mut People, &mut Sessions),
    public_url: &str,
    now: Timestamp,
) -> Result<Line<'a>> {
    let observation = &arrival.observation;
    let id = EventId(tx.next_id(observation.received_at));
    let Some(person) = people.of(arrival) else {
        let (assessment, opened) = judge.judge_anonymous(observation);
        consequence::wave(tx, arrival, id, opened.as_ref(), now).await?;
        let alert = consequence::reported(tx, arrival, id, None, &assessment, now).await?;
        return Ok(Line { id, arrival, user: None, assessment, alert });
    };
    let (assessment, opened) = judge.judge(observation, person, sessions);
    consequence::wave(tx, arrival, id, opened.as_ref(), now).await?;
    let judged = Judged { id, arrival, judge, person, assessment: &assessment };
    let alert = consequence::of(tx, &judged, public_url, now).await?;
    if let Some(user) = &observation.event.user {
        person.saw(user, observation.at, assessment.level);
    }
    Ok(Line { id, arrival, user: Some(person.key), assessment, alert })
}

/// An event that is stored already, and what was answered to it.
struct First {
    answer: Recorded,
    raw: String,
}

impl First {
    /// The answer to an event of the same id, if it is the same event.
    fn again(&self, event: &NewEvent) -> Result<Recorded> {
        if event.raw == self.raw {
            return Ok(Recorded { repeated: true, ..self.answer.clone() });
        }
        let id = event.client_id.as_deref().unwrap_or_default();
        Err(Error::conflict(format!("an event with the id {id} and another body is stored already")))
    }
}

/// Those whose client id is stored already.
async fn repeats(tx: &mut Tx<'_>, arrivals: &[Arrival]) -> Result<HashMap<(ProjectId, String), First>> {
    let ids: Vec<_> = arrivals
        .iter()
        .filter_map(|arrival| Some((arrival.project.0, arrival.observation.event.client_id.as_deref()?)))
        .collect();
    let head = "WITH wanted (project_id, client_id) AS (";
    let tail = ") SELECT e.project_id, e.client_id, e.id, e.score, e.level, e.decision, e.detail, e.raw FROM wanted \
         JOIN event e ON e.project_id = wanted.project_id AND e.client_id = wanted.client_id";
    let rows =
        batch::run(tx.conn(), head, tail, 2, &ids, |query, (project, id)| query.bind(*project).bind(*id))
            .await?;
    let mut known = HashMap::with_capacity(rows.len());
    for row in &rows {
        let detail: Detail = json(row, "detail")?;
        let assessment = Assessment {
            probability: row.try_get("score")?,
            level: Level::from_number(row.try_get("level")?),
            decision: Decision::from_stored(row.try_get("decision")?),
            reasons: detail.reasons,
            account: detail.account,
        };
        let answer = Recorded { id: EventId(row.try_get("id")?), assessment, repeated: true };
        let first = First { answer, raw: row.try_get("raw")? };
        known.insert((ProjectId(row.try_get("project_id")?), row.try_get("client_id")?), first);
    }
    Ok(known)
}

async fn insert(tx: &mut Tx<'_>, rows: &[Line<'_>]) -> Result<()> {
    let details = rows.iter().map(|row| to_json(&detail(row))).collect::<Result<Vec<_>>>()?;
    let rows: Vec<_> = rows.iter().zip(&details).collect();
    let head = "INSERT INTO event (id, project_id, user_key, client_id, verb, occurred_at, received_at, ip, country, asn, \
         source, session_id, device_id, score, level, decision, alert_id, detail, raw)";
    batch::run(tx.conn(), head, "", 19, &rows, |query, (row, detail)| {
        let (seen, event) = (&row.arrival.observation, &row.arrival.observation.event);
        let country = seen.place.as_ref().and_then(|place| place.country.as_deref());
        let asn = seen.network.as_ref().and_then(|network| network.asn);
        let query = query.bind(row.id.0).bind(row.arrival.project.0).bind(row.user.map(|key| key.0));
        let query =
            query.bind(event.client_id.as_deref()).bind(&event.verb).bind(seen.at.0).bind(seen.received_at.0);
        let query = query.bind(event.address.as_ref().map(|address| address.ip.to_string())).bind(country);
        let query = query.bind(asn.map(i64::from));
        let query = query.bind(event.source.as_ref().and_then(|source| source.name.as_deref()));
        let query = query.bind(event.session_id.as_deref()).bind(event.device_id.as_deref());
        let query = query.bind(row.assessment.probability).bind(row.assessment.level.number());
        let query = query.bind(row.assessment.decision.as_str()).bind(row.alert.map(|alert| alert.0));
        query.bind(detail.as_str()).bind(&event.raw)
    })
    .await?;
    Ok(())
}

fn seen_sessions(lines: &[Line<'_>], sessions: &Sessions) -> Vec<Seen> {
    let seen = |line: &Line<'_>| {
        let mut seen = Seen::of(line.arrival.project, line.user?, line.id, &line.arrival.observation)?;
        seen.memory = sessions.kept(seen.project, &seen.session_id);
        Some(seen)
    };
    lines.iter().filter_map(seen).collect()
}

fn detail(row: &Line<'_>) -> Detail {
    let (seen, event) = (&row.arrival.observation, &row.arrival.observation.event);
    Detail {
        place: seen.place.clone(),
        network: seen.network.clone(),
        user_agent: event.user_agent.clone(),
        agent: seen.agent.clone(),
        address_note: event.address.as_ref().and_then(|address| address.note.clone()),
        source: event.source.clone(),
        reasons: row.assessment.reasons.clone(),
        account: row.assessment.account.clone(),
    }
}

//! What a judged event sets in motion, in its own transaction: the alert, the question, the webhooks.

mod repeat;

use serde_json::json;

use super::people::Person;
use super::record::{Arrival, Line};
use crate::alert::payload::Subject;
use crate::alert::store::{Raise, Raised, join, raise};
use crate::alert::{LOGIN, REPEAT, headline};
use crate::db::Tx;
use crate::event::EventUser;
use crate::id::{AlertId, EventId};
use crate::project::Project;
use crate::question::store::{Ask, ask, ask_again};
use crate::risk::{Assessment, Level};
use crate::session::Contradiction;
use crate::time::DAY;
use crate::webhook::store::publish;
use crate::webhook::{MessageType, NewMessage};
use crate::{Result, Timestamp};

/// Older news alarms nobody: imported history must not ask users about last month.
pub const LATE: i64 = DAY;

/// A user's event with its judgement, before it is stored.
pub(super) struct Judged<'a> {
    pub id: EventId,
    pub arrival: &'a Arrival,
    pub project: &'a Project,
    pub person: &'a Person,
    pub assessment: &'a Assessment,
}

/// Opens or joins the alert that the event deserves. When it opens, or its level rises: tells the webhooks. When it opens,
/// or nobody has answered for a day: asks the user. What repeats a login that the user denied has an alert of its own,
/// and its session is ordered ended at once.
pub(super) async fn of(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    public_url: &str,
    now: Timestamp,
) -> Result<Option<AlertId>> {
    let (settings, seen) = (&judged.project.settings, &judged.arrival.observation);
    if judged.assessment.level < settings.alert_level.max(Level::Orange)
        || seen.received_at.since(seen.at) > LATE
    {
        return Ok(None);
    }
    let user = judged.user();
    let (level, score) = (judged.assessment.level, judged.assessment.probability);
    if let Some(alert) = repeat::expected(tx, judged).await? {
        join(tx, alert, score, level, now).await?;
        return Ok(Some(alert));
    }
    let title = headline::title(Some(&user), seen, judged.assessment);
    let key = headline::dedup_key(Some(&user), seen);
    let repeats = repeat::is(tx, judged, &key).await?;
    let (kind, key) = if repeats { (REPEAT, repeat::key(tx, user.key, &key).await?) } else { (LOGIN, key) };
    let raised = raise(
        tx,
        Raise {
            project: judged.project.id,
            user: Some(user.key),
            event: judged.id,
            kind,
            dedup_key: &key,
            title: &title,
            score,
            level,
        },
        now,
    )
    .await?;
    if raised.opened || raised.rose_from.is_some() {
        tell(tx, judged, raised, kind, &title, now).await?;
    }
    if repeats {
        repeat::end(tx, judged, raised.id, public_url, now).await?;
    }
    question(tx, judged, &user, raised, public_url, now).await?;
    Ok(Some(raised.id))
}

async fn tell(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    raised: Raised,
    kind: &str,
    title: &str,
    now: Timestamp,
) -> Result<()> {
    let alert = raised.id;
    let (seen, known) = (&judged.arrival.observation, &judged.person.facts);
    let observed = Subject::observed(alert, title, judged.id, seen, judged.assessment, known);
    let subject = Subject { kind, ..observed };
    let mut data = subject.standard();
    if let Some(level) = raised.rose_from {
        data.insert("rose_from".into(), json!(level));
    }
    let message = NewMessage {
        project: judged.project.id,
        kind: MessageType::AlertOpened,
        user: Some(judged.person.key),
        event: Some(judged.id),
        alert: Some(alert),
        question: None,
        revocation: None,
        data: data.into(),
        thisdata: Some(subject.thisdata(None)),
    };
    publish(tx, message, now).await?;
    Ok(())
}

/// Asks "Was this you?" where the project wants it, at the address known before this event.
async fn question(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    user: &EventUser,
    raised: Raised,
    public_url: &str,
    now: Timestamp,
) -> Result<()> {
    let seen = &judged.arrival.observation;
    let said = seen.event.user.as_ref().and_then(|user| user.email.as_deref());
    let Some(email) = judged.person.facts.email.as_deref().or(said) else { return Ok(()) };
    if judged.project.settings.ask_users && seen.is_login() {
        let question = Ask {
            project: judged.project,
            alert: raised.id,
            user,
            email,
            event: judged.id,
            seen,
            public_url,
        };
        if raised.opened {
            ask(tx, question, now).await?;
        } else {
            ask_again(tx, question, now).await?;
        }
    }
    Ok(())
}

impl Judged<'_> {
    fn user(&self) -> EventUser {
        let said = self.arrival.observation.event.user.as_ref().and_then(|user| user.name.clone());
        let facts = &self.person.facts;
        EventUser { key: self.person.key, id: facts.id.clone(), name: facts.name.clone().or(said) }
    }
}

/// Alerts for sessions that live although their application reported them dead.
pub(super) async fn zombies(
    tx: &mut Tx<'_>,
    lines: &[Line<'_>],
    found: &[Contradiction],
    now: Timestamp,
) -> Result<()> {
    for zombie in found {
        let user = lines
            .iter()
            .find(|line| line.id == zombie.event)
            .and_then(|line| line.arrival.observation.event.user.as_ref());
        let who = user.map_or("A user", |user| user.name.as_deref().unwrap_or(&user.id));
        let title =
            format!("{who}'s session {} is in use although it was reported as revoked", zombie.session);
        let raised = raise(
            tx,
            Raise {
                project: zombie.project,
                user: Some(zombie.user),
                event: zombie.event,
                kind: "session.zombie",
                dedup_key: &format!("zombie|{}|{}", zombie.revocation, zombie.session),
                title: &title,
                score: 1.0,
                level: Level::Red,
            },
            now,
        )
        .await?;
        if raised.opened {
            let data = json!({
                "alert": { "id": raised.id, "title": title, "level": Level::Red },
                "user": user.map(|user| json!({ "id": user.id, "name": user.name })),
                "revocation_id": zombie.revocation,
                "session": { "id": zombie.session },
                "event": { "id": zombie.event, "occurred_at": zombie.at },
            });
            publish(
                tx,
                NewMessage {
                    project: zombie.project,
                    kind: MessageType::SessionZombie,
                    user: Some(zombie.user),
                    event: Some(zombie.event),
                    alert: Some(raised.id),
                    question: None,
                    revocation: None,
                    data,
                    thisdata: None,
                },
                now,
            )
            .await?;
        }
    }
    Ok(())
}

//! What a judged event sets in motion, in its own transaction: the alert, the question, the webhooks.

mod before;
mod by_rule;
mod denied;
mod key;
mod nobody;
mod question;
mod repeat;
mod wave;
mod zombie;

use serde_json::json;

use super::court::Judge;
use super::people::Person;
use super::record::Arrival;
use crate::alert::payload::Subject;
use crate::alert::store::{Did, Raise, Raised, did, left_unasked, raise, raise_and_tell};
use crate::alert::{LOGGED_OUT, LOGIN, REPEAT, RULE, Unasked, headline};
use crate::db::Tx;
use crate::event::EventUser;
use crate::id::{AlertId, EventId};
use crate::risk::Assessment;
use crate::rule::verdict::{denier, notifier};
use crate::time::DAY;
use crate::webhook::store::publish;
use crate::webhook::{MessageType, NewMessage};
use crate::{Result, Timestamp};
pub(super) use by_rule::end_by_rules;
pub(super) use nobody::of_nobody;
use question::question;
pub(super) use wave::wave;
pub(super) use zombie::zombies;

/// Older news alarms nobody: imported history must not ask users about last month.
pub const LATE: i64 = DAY;

/// A user's event with its judgement, before it is stored.
pub(super) struct Judged<'a> {
    pub id: EventId,
    pub arrival: &'a Arrival,
    pub judge: &'a Judge,
    pub person: &'a Person,
    pub assessment: &'a Assessment,
}

/// Opens or joins the alert that the event deserves. When it opens, its level rises, or the account is being taken over in
/// its course: tells the webhooks. When it opens,
/// or nobody has answered for a day: asks the user, unless a rule forbade the event: what did not happen was nobody. What
/// repeats a login that the user denied has an alert of its own, and its session is ordered ended at once.
pub(super) async fn of(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    public_url: &str,
    now: Timestamp,
) -> Result<Option<AlertId>> {
    let (settings, seen) = (&judged.judge.project.settings, &judged.arrival.observation);
    let user = judged.user();
    if !judged.assessment.alarms(settings.alert_level) || seen.received_at.since(seen.at) > LATE {
        // What a rule wants told has an alert beside the one that it belongs to.
        let told = before::told(tx, judged, &user, now).await?;
        let by_rule = reported(tx, judged.arrival, judged.id, Some(&user), judged.assessment, now).await?;
        return Ok(told.or(by_rule));
    }
    if let Some(alert) = repeat::expected(tx, judged).await? {
        before::goes_on(tx, judged, alert, now).await?;
        return Ok(Some(alert));
    }
    let (key, further) = key::key(tx, judged, &user, now).await?;
    // What gathers all further devices and networks says nothing of this one.
    let repeated = repeat::key(tx, judged, &key, further.is_none()).await?;
    let denier = denier(judged.assessment);
    if let (Some(rule), None) = (denier, &repeated) {
        return denied::by_rule(tx, judged, rule, now).await.map(Some);
    }
    let title = further.unwrap_or_else(|| headline::title(Some(&user), seen, judged.assessment));
    let kind = if headline::after_log_out(judged.assessment) { LOGGED_OUT } else { LOGIN };
    let (repeats, kind) = if repeated.is_some() { (true, REPEAT) } else { (false, kind) };
    let raised = raised(tx, judged, kind, &repeated.unwrap_or(key), &title, now).await?;
    let went_on = went_on(tx, judged, raised, Some(&title).filter(|_| kind == LOGGED_OUT), now).await?;
    if raised.opened || raised.rose_from.is_some() || went_on.is_some() {
        tell(tx, judged, raised, kind, went_on.as_deref().unwrap_or(&title), now).await?;
    }
    if repeats {
        repeat::end(tx, judged, raised.id, public_url, now).await?;
    }
    match denier {
        None => question(tx, judged, &user, raised, public_url, now).await?,
        Some(_) if raised.opened => left_unasked(tx, raised.id, Some(Unasked::Forbidden)).await?,
        Some(_) => {}
    }
    Ok(Some(raised.id))
}

/// What an account is taken over with, and that somebody got in, changes what its alert tells, each kind once; `risen` is told in its place when its
/// level rises.
async fn went_on(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    raised: Raised,
    risen: Option<&String>,
    now: Timestamp,
) -> Result<Option<String>> {
    let verb = &judged.arrival.observation.event.verb;
    let anew = risen.filter(|_| raised.rose_from.is_some()).map(String::as_str);
    did(tx, Did { project: judged.judge.project.id, verb, raised, anew }, now).await
}

async fn raised(
    tx: &mut Tx<'_>,
    judged: &Judged<'_>,
    kind: &str,
    dedup_key: &str,
    title: &str,
    now: Timestamp,
) -> Result<Raised> {
    let what = Raise {
        project: judged.judge.project.id,
        user: Some(judged.person.key),
        event: Some(judged.id),
        kind,
        dedup_key,
        title,
        score: judged.assessment.probability,
        level: judged.assessment.level,
    };
    raise(tx, what, now).await
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
    } else if !raised.opened {
        data.insert("went_on_to".into(), json!(seen.event.verb));
    }
    let message = NewMessage {
        project: judged.judge.project.id,
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

impl Judged<'_> {
    fn user(&self) -> EventUser {
        let said = self.arrival.observation.event.user.as_ref().and_then(|user| user.name.clone());
        let facts = &self.person.facts;
        EventUser { key: self.person.key, id: facts.id.clone(), name: facts.name.clone().or(said) }
    }
}

/// The alert of a rule that wants the operators to know, where the judgement itself alarms nobody. The user is not asked.
pub(super) async fn reported(
    tx: &mut Tx<'_>,
    arrival: &Arrival,
    event: EventId,
    user: Option<&EventUser>,
    assessment: &Assessment,
    now: Timestamp,
) -> Result<Option<AlertId>> {
    let seen = &arrival.observation;
    let is_late = seen.received_at.since(seen.at) > LATE;
    let Some(rule) = notifier(&assessment.account.rules).filter(|_| !is_late) else { return Ok(None) };
    let who = user.map_or("Anonymous", EventUser::label);
    let title = format!("{who}: {} reported by the rule “{}”", seen.event.verb, rule.name);
    let key = user.map(|user| user.key);
    let whose = key.map_or_else(String::new, |key| key.to_string());
    let raise = Raise {
        project: arrival.project,
        user: key,
        event: Some(event),
        kind: RULE,
        dedup_key: &format!("rule|{}|{whose}", rule.rule),
        title: &title,
        score: assessment.probability,
        level: assessment.level,
    };
    let about = json!({
        "rule": { "id": rule.rule, "name": rule.name },
        "user": user.map(|user| json!({ "id": user.id, "name": user.name })),
        "event": { "id": event, "occurred_at": seen.at },
    });
    Ok(Some(raise_and_tell(tx, raise, MessageType::AlertOpened, about, now).await?.id))
}

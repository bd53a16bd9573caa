//! Answering: everything that a "no" or a "yes" owes, in one transaction.

use serde_json::json;

use super::super::{Answer, Answered, Standing};
use super::read::{Asked, by_token};
use super::suspects::{Suspects, suspects};
use crate::alert::store::{is_overruled, remark};
use crate::alert::{self, Alert, payload::Subject};
use crate::db::{Db, Queue, Tx};
use crate::event::{Event, verb::is_failure};
use crate::id::{RevocationId, UserKey};
use crate::notice::store::forgo;
use crate::operator::Actor;
use crate::profile::{self, Profile, Traits};
use crate::revocation::store::{Request, is_nameless, open_whole, request};
use crate::revocation::{Reason, Scope};
use crate::risk::store::unsettled::recount;
use crate::user::{self, User};
use crate::webhook::store::{has_listener, publish};
use crate::webhook::{MessageType, NewMessage};
use crate::{Error, Result, Timestamp, ledger, risk};

/// Takes the first answer to the question of this token, or to the newer one about the same alert, or a "no" after a "yes"; `from` is the address it
/// came from, `public_url` the base of the receipt's link. A conflict when it was answered before or has expired. "No" marks
/// the alert as a threat, unlearns the login and orders the sessions like it ended (all of the user's, where the project wants
/// that); "yes" closes the alert and teaches the login. Webhooks are told in any case. After an operator has closed the alert
/// as a threat a "yes" is only noted for them, and the question waits on: its user can still say "no".
pub async fn answer(
    db: &Db,
    token: &str,
    answer: Answer,
    from: &str,
    public_url: &str,
    now: Timestamp,
) -> Result<Answered> {
    let asked = by_token(db, token, now).await?.hearing(answer, now)?;
    let user = user::store::get(db, asked.project.id, asked.question.user).await?;
    let about = alert::store::get(db, asked.project.id, asked.question.alert_id).await?;
    let mut tx = db.begin().await?;
    // The user's row comes first, as in the recording of events: two transactions cannot wait for each other.
    user::store::hold(&mut tx, user.key).await?;
    if answer == Answer::Yes && is_overruled(&mut tx, asked.project.id, about.id, from, now).await? {
        tx.commit().await?;
        return Ok(asked.noted());
    }
    let traits = Traits::of_event(&asked.event);
    let learned = teach(&mut tx, user.key, &asked.event, answer, now).await?;
    take(&mut tx, &asked, answer, from, now).await?;
    alert::store::answered(&mut tx, asked.project.id, asked.question.alert_id, answer, now).await?;
    recount(&mut tx, user.key, now).await?;
    let subject = subject(&asked, &user, &about);
    if answer == Answer::No {
        // The thief may be about to use other accounts.
        tx.wake(Queue::Learning);
    }
    let (order, under_way) = match answer {
        Answer::No => revoke(&mut tx, &asked, &subject, public_url, now).await?,
        Answer::Yes => (None, false),
    };
    tell(&mut tx, &asked, answer, order, &subject, now).await?;
    let revoking = order.is_some() || under_way;
    let kind = if revoking { MessageType::SessionRevocationRequested } else { MessageType::QuestionAnswered };
    let told = has_listener(&mut tx, asked.project.id, kind).await?;
    tx.commit().await?;
    risk::store::answered(db, asked.project.id, &traits, (asked.question.user, &learned), answer, now)
        .await?;
    let ordered_since = order.map(|_| asked.question.asked_at);
    Ok(Answered { revoking, ordered_since, told, ..asked.answered(answer) })
}

impl Asked {
    /// The same, if it can still be answered so.
    fn hearing(self, answer: Answer, now: Timestamp) -> Result<Self> {
        match self.question.standing(now) {
            Standing::Open => Ok(self),
            Standing::Answered(..) if answer == Answer::No && self.question.hears_no(now) => Ok(self),
            Standing::Answered(..) => Err(answered_before()),
            Standing::Expired => Err(Error::conflict("this question has expired")),
        }
    }

    /// Answered so, with nothing set in motion yet.
    fn answered(&self, answer: Answer) -> Answered {
        let (id, facts) = (self.question.id, self.facts());
        Answered { id, facts, answer, overruled: false, revoking: false, ordered_since: None, told: false }
    }

    /// A "yes" that changes nothing.
    fn noted(&self) -> Answered {
        Answered { overruled: true, ..self.answered(Answer::Yes) }
    }
}

fn answered_before() -> Error {
    Error::conflict("this question has been answered already")
}

/// Teaches a user's profile whether a login, or what was done after it, was theirs; as it is then.
pub(crate) async fn teach(
    tx: &mut Tx<'_>,
    user: UserKey,
    event: &Event,
    answer: Answer,
    now: Timestamp,
) -> Result<Profile> {
    let traits = Traits::of_event(event);
    let mut learned = Profile::default();
    profile::store::change(tx, user, now, |profile| {
        match answer {
            Answer::No => profile.distrust(&traits, now),
            Answer::Yes => profile.trust(&traits, now),
        }
        learned.clone_from(profile);
    })
    .await?;
    Ok(learned)
}

/// Writes the answer, unless somebody else was first since the question was read; a "no" in the place of a "yes", which stays
/// noted on the alert.
async fn take(tx: &mut Tx<'_>, asked: &Asked, answer: Answer, from: &str, now: Timestamp) -> Result<()> {
    let id = asked.question.id;
    let taken = sqlx::query(
        "UPDATE question SET answer = $1, answered_at = $2, answered_from = $3 WHERE id = $4 \
         AND COALESCE(answer, '') = $5",
    )
    .bind(answer.as_str())
    .bind(now.0)
    .bind(from)
    .bind(id.0)
    .bind(asked.question.answer.map_or("", Answer::as_str))
    .execute(tx.conn())
    .await?;
    if taken.rows_affected() == 0 {
        return Err(answered_before());
    }
    if let Some((Answer::Yes, from)) = asked.question.answer.zip(asked.question.answered_from.as_deref()) {
        let at = asked.question.answered_at.unwrap_or(now).human();
        let said = format!("“Yes, it was me” had come from {from} at {at}, before the user said no");
        remark(tx, asked.project.id, asked.question.alert_id, &said, now).await?;
    }
    forgo(tx, asked.question.alert_id, "not sent: the question has been answered", now).await?;
    let detail = json!({ "answer": answer, "alert_id": asked.question.alert_id });
    let (project, subject) = (Some(asked.project.id), id.to_string());
    ledger::record(tx, now, project, &Actor::User(id), "question.answered", &subject, &detail).await
}

fn subject<'a>(asked: &'a Asked, user: &'a User, about: &'a Alert) -> Subject<'a> {
    let (event, detail) = (&asked.event, &asked.event.detail);
    Subject {
        alert: about.id,
        kind: &about.kind,
        title: &about.title,
        event: event.id,
        verb: &event.verb,
        at: event.occurred_at,
        ip: event.ip.clone(),
        user_agent: detail.user_agent.as_deref(),
        user_id: Some(&user.id),
        user_name: user.name.as_deref(),
        user_email: user.email.as_deref(),
        claimed_email: None,
        session_id: event.session_id.as_deref(),
        device_id: event.device_id.as_deref(),
        source: detail.source.as_ref(),
        place: detail.place.as_ref(),
        score: event.score,
        level: event.level,
        reasons: &detail.reasons,
    }
}

/// Orders the sessions that the "no" is about ended, or all of the user's; of a user of whom none was ever named, the user
/// as a whole. None when there is none that is known and not yet ordered ended; the flag says whether earlier orders are
/// under way.
async fn revoke(
    tx: &mut Tx<'_>,
    asked: &Asked,
    subject: &Subject<'_>,
    public_url: &str,
    now: Timestamp,
) -> Result<(Option<RevocationId>, bool)> {
    let Suspects { sessions, under_way } = suspects(tx, asked, now).await?;
    let (project, user) = (asked.project.id, asked.question.user);
    let nameless = sessions.is_empty() && !under_way && is_nameless(tx, project, user).await?;
    if nameless && open_whole(tx, project, user).await?.is_some() {
        return Ok((None, true));
    }
    let all = asked.project.settings.revoke_all_on_no || nameless && !is_failure(&asked.event.verb);
    let scope = match (all, sessions.len()) {
        (true, _) => Scope::All,
        (false, 0) => return Ok((None, under_way)),
        (false, 1) => Scope::One,
        (false, _) => Scope::Listed,
    };
    let order = Request {
        project,
        user,
        scope,
        sessions: &sessions,
        reason: Reason {
            code: "user.reported".into(),
            text: "The user said that this login was not them".into(),
        },
        actor: &Actor::User(asked.question.id),
        event: Some(asked.event.id),
        alert: Some(asked.question.alert_id),
        question: Some(asked.question.id),
        public_url,
        thisdata: Some(subject.thisdata(Some(false))),
    };
    Ok((request(tx, order, now).await?, under_way))
}

/// Publishes the answer. Endpoints of format `thisdata` hear `was_user` exactly once: the order carries it where there
/// is one, and then this message is not for them (`Null`).
async fn tell(
    tx: &mut Tx<'_>,
    asked: &Asked,
    answer: Answer,
    order: Option<RevocationId>,
    subject: &Subject<'_>,
    now: Timestamp,
) -> Result<()> {
    let was_user = answer == Answer::Yes;
    let mut data = subject.standard();
    data.insert("question_id".into(), json!(asked.question.id));
    data.insert("answer".into(), json!(answer));
    data.insert("was_user".into(), json!(was_user));
    data.insert("revocation_id".into(), json!(order));
    let thisdata = match order {
        Some(_) => serde_json::Value::Null,
        None => subject.thisdata(Some(was_user)),
    };
    let message = NewMessage {
        project: asked.project.id,
        kind: MessageType::QuestionAnswered,
        user: Some(asked.question.user),
        event: Some(asked.event.id),
        alert: Some(asked.question.alert_id),
        question: Some(asked.question.id),
        revocation: None,
        data: data.into(),
        thisdata: Some(thisdata),
    };
    publish(tx, message, now).await?;
    Ok(())
}

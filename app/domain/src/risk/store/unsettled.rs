//! What still stands of all that was told of a user and their sessions, counted anew when somebody vouches for a part of it.

use std::collections::{BTreeMap, HashMap};

use sqlx::Row;

use crate::alert::is_of_login;
use crate::db::Tx;
use crate::event::store::{Unusual, unusual};
use crate::event::{Event, verb};
use crate::id::{AlertId, EventId, UserKey};
use crate::profile::Traits;
use crate::risk::crowd::is_guessed;
use crate::risk::{Level, Unsettled};
use crate::time::DAY;
use crate::{Result, Timestamp};

/// How far back is looked: what is older stays as it was told.
const BACK: i64 = 90 * DAY;

/// Counts anew what nobody vouched for of a user's last months, and of each of their sessions then. Whoever calls this holds
/// the user's row, and has written the word that changed something.
pub(crate) async fn recount(tx: &mut Tx<'_>, user: UserKey, now: Timestamp) -> Result<()> {
    let back = now.plus(-BACK);
    let Unusual { events, since, older } = unusual(tx, user, back).await?;
    let words = Words::load(tx, user, &events).await?;
    let mut whole = older;
    let mut sessions: BTreeMap<&str, Unsettled> = BTreeMap::new();
    for event in &events {
        let stands = match words.vouch_for(event) {
            true => Unsettled::default(),
            false => Unsettled::of(Level::of(event.score), event.occurred_at),
        };
        whole = whole.and(stands);
        if let Some(session) = event.session_id.as_deref() {
            let of_session = sessions.entry(session).or_default();
            *of_session = of_session.and(stands);
        }
    }
    write_user(tx, user, whole, back).await?;
    for (session, stands) in sessions {
        write_session(tx, (user, session), stands, since).await?;
    }
    Ok(())
}

/// Who vouched for what, and when.
struct Words {
    /// A "yes", a passed challenge, the login of an alert that was closed so: what resembles it came from the same.
    likes: Vec<(Traits, Timestamp)>,
    /// Alerts with all that they gather, whatever they are about. An order that was not confirmed gathers nothing, and a
    /// deploy that explains it says nothing of whose the sessions are.
    alerts: HashMap<AlertId, Timestamp>,
    /// A passed challenge speaks for its session, too.
    passes: HashMap<String, Timestamp>,
}

impl Words {
    async fn load(tx: &mut Tx<'_>, user: UserKey, events: &[Event]) -> Result<Self> {
        let rows = sqlx::query(
            "SELECT q.event_id, q.answered_at AS at, CAST(NULL AS BIGINT) AS alert_id, CAST(NULL AS TEXT) AS kind FROM question q \
             WHERE q.user_key = $1 AND q.answer = 'yes' AND q.answered_at IS NOT NULL \
             UNION ALL SELECT a.event_id, a.closed_at, a.id, a.kind FROM alert a WHERE a.user_key = $1 \
             AND a.closed_at IS NOT NULL AND a.resolution IN ('confirmed_by_user', 'expected', 'false_alarm')",
        )
        .bind(user.0)
        .fetch_all(tx.conn())
        .await?;
        let mut words = Self { likes: Vec::new(), alerts: HashMap::new(), passes: HashMap::new() };
        for row in &rows {
            let (event, at) = (EventId(row.try_get("event_id")?), Timestamp(row.try_get("at")?));
            let of_login = row.try_get::<Option<&str>, _>("kind")?.is_none_or(is_of_login);
            let about = events.iter().find(|other| other.id == event).filter(|_| of_login);
            words.likes.extend(about.map(|event| (Traits::of_event(event), at)));
            if let Some(alert) = row.try_get::<Option<i64>, _>("alert_id")? {
                words.alerts.insert(AlertId(alert), at);
            }
        }
        let vouches =
            |event: &&Event| event.verb == verb::CHALLENGE_PASS && !is_guessed(&event.detail.reasons);
        for pass in events.iter().filter(vouches) {
            words.likes.push((Traits::of_event(pass), pass.occurred_at));
            if let Some(session) = &pass.session_id {
                let last = words.passes.entry(session.clone()).or_default();
                *last = pass.occurred_at.max(*last);
            }
        }
        Ok(words)
    }

    /// True when one of them is not older than the event.
    fn vouch_for(&self, event: &Event) -> bool {
        let is_later = |at: Option<&Timestamp>| at.is_some_and(|at| *at >= event.occurred_at);
        let traits = Traits::of_event(event);
        is_later(event.alert_id.and_then(|alert| self.alerts.get(&alert)))
            || is_later(event.session_id.as_ref().and_then(|session| self.passes.get(session)))
            || self.likes.iter().any(|(like, at)| is_later(Some(at)) && like.resembles(&traits))
    }
}

async fn write_user(tx: &mut Tx<'_>, user: UserKey, stands: Unsettled, since: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE end_user SET orange_at = CASE WHEN orange_at > $1 OR $2 > 0 THEN $2 ELSE orange_at END, \
         red_at = CASE WHEN red_at > $1 OR $3 > 0 THEN $3 ELSE red_at END WHERE key = $4",
    )
    .bind(since.0)
    .bind(stands.orange.0)
    .bind(stands.red.0)
    .bind(user.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What came before the login that began the session anew is of another one.
async fn write_session(
    tx: &mut Tx<'_>,
    (user, session): (UserKey, &str),
    stands: Unsettled,
    since: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE session SET orange_at = CASE WHEN orange_at <= $1 AND $2 = 0 THEN orange_at WHEN $2 >= started_at THEN $2 ELSE 0 END, \
         red_at = CASE WHEN red_at <= $1 AND $3 = 0 THEN red_at WHEN $3 >= started_at THEN $3 ELSE 0 END \
         WHERE user_key = $4 AND id = $5 AND project_id = (SELECT project_id FROM end_user WHERE key = $4)",
    )
    .bind(since.0)
    .bind(stands.orange.0)
    .bind(stands.red.0)
    .bind(user.0)
    .bind(session)
    .execute(tx.conn())
    .await?;
    Ok(())
}

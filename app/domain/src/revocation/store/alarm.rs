//! Telling operators that an order did not do what it should.

use serde_json::{Value, json};
use sqlx::Row;

use super::{Held, sessions};
use crate::alert;
use crate::alert::store::{Raise, raise};
use crate::db::filter::Filter;
use crate::db::{Db, Tx};
use crate::event::EventUser;
use crate::id::{AlertId, EventId, ProjectId, RevocationId};
use crate::revocation::receipt::WHOLE;
use crate::revocation::{Revocation, State};
use crate::risk::Level;
use crate::webhook::store::publish;
use crate::webhook::{MessageType, NewMessage};
use crate::{Result, Timestamp};

/// What went wrong with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No receipt in time.
    Unconfirmed,
    /// The application says that it could not.
    Refused,
    /// The application contradicts itself.
    Contradicted,
}

impl Trouble {
    const ALL: [Self; 3] = [Self::Unconfirmed, Self::Refused, Self::Contradicted];

    /// What an order's alert for it is known by.
    pub(super) fn dedup_key(self, order: RevocationId) -> String {
        format!("{}:{order}", self.kind())
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Unconfirmed => alert::UNCONFIRMED,
            Self::Refused => alert::REFUSED,
            Self::Contradicted => alert::CONTRADICTED,
        }
    }

    fn title(self, user: &str) -> String {
        match self {
            Self::Unconfirmed => {
                format!("The application did not confirm in time that sessions of {user} ended")
            }
            Self::Refused => format!("The application could not end sessions of {user}"),
            Self::Contradicted => {
                format!("The application's receipts for sessions of {user} contradict each other")
            }
        }
    }
}

/// Opens the alert for an order, or joins it: there is one for each order and trouble.
pub(super) async fn alarm(
    tx: &mut Tx<'_>,
    order: &Held,
    trouble: Trouble,
    now: Timestamp,
) -> Result<AlertId> {
    let (user, event) = subject(tx, order).await?;
    let raised = raise(
        tx,
        Raise {
            project: order.project,
            user: Some(order.user),
            event,
            kind: trouble.kind(),
            dedup_key: &trouble.dedup_key(order.id),
            title: &trouble.title(user.label()),
            score: 1.0,
            level: Level::Red,
        },
        now,
    )
    .await?;
    Ok(raised.id)
}

/// What the alert is known by that a session of an order was seen alive.
pub(crate) fn zombie_key(order: RevocationId, session: &str) -> String {
    format!("zombie|{order}|{session}")
}

/// The alerts that an order led to because it did not do what it should, newest first.
pub async fn of_order(db: &Db, project: ProjectId, order: &Revocation) -> Result<Vec<AlertId>> {
    let troubles = Trouble::ALL.map(|trouble| trouble.dedup_key(order.id));
    let alive = order.sessions.iter().filter(|session| session.state == State::Contradicted);
    let alive = alive.map(|session| zombie_key(order.id, &session.id));
    let keys = troubles.into_iter().chain(alive).map(Into::into);
    let mut its = Filter::default();
    its.and("user_key = ?", [order.user.key.0.into()]).and("project_id = ?", [project.0.into()]);
    its.and_in("dedup_key", keys);
    let rows = its.fetch(db.reader(), "SELECT id FROM alert", " ORDER BY id DESC", []).await?;
    rows.iter().map(|row| Ok(AlertId(row.try_get("id")?))).collect()
}

/// Tells the endpoints that an order was not confirmed in time. ThisData knew no such message.
pub(super) async fn tell_unconfirmed(
    tx: &mut Tx<'_>,
    order: &Held,
    alert: AlertId,
    now: Timestamp,
) -> Result<()> {
    let (user, _) = subject(tx, order).await?;
    let sessions = sessions(tx, order.id).await?;
    let named = sessions.iter().filter(|(id, _)| id != WHOLE);
    let listed: Vec<_> = named.map(|(id, state)| json!({ "id": id, "state": state.as_str() })).collect();
    let message = NewMessage {
        project: order.project,
        kind: MessageType::RevocationUnconfirmed,
        user: Some(order.user),
        event: None,
        alert: Some(alert),
        question: None,
        revocation: Some(order.id),
        data: json!({
            "revocation_id": order.id,
            "user": { "id": user.id },
            "sessions": listed,
            "confirm_by": order.confirm_by,
            "alert": { "id": alert },
        }),
        thisdata: Some(Value::Null),
    };
    publish(tx, message, now).await?;
    Ok(())
}

/// Whose sessions they are, and the last event of any of them; where none was seen, of the user.
async fn subject(tx: &mut Tx<'_>, order: &Held) -> Result<(EventUser, Option<EventId>)> {
    let row = sqlx::query(
        "SELECT u.id, u.name, COALESCE((SELECT NULLIF(MAX(s.last_event_id), 0) FROM revocation_session o \
         JOIN session s ON s.project_id = o.project_id AND s.id = o.session_id WHERE o.revocation_id = $1), \
         (SELECT e.id FROM event e WHERE e.user_key = $2 ORDER BY e.occurred_at DESC, e.id DESC LIMIT 1)) AS event_id \
         FROM end_user u WHERE u.key = $2",
    )
    .bind(order.id.0)
    .bind(order.user.0)
    .fetch_one(tx.conn())
    .await?;
    let user = EventUser { key: order.user, id: row.try_get("id")?, name: row.try_get("name")? };
    Ok((user, row.try_get::<Option<i64>, _>("event_id")?.map(EventId)))
}

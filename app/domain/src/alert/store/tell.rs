//! Alerts that are told by webhook as they open, and about which nobody is asked: waves, rules, zombies, siblings.

use serde_json::{Value, json};

use super::{Raise, Raised, raise};
use crate::db::Tx;
use crate::id::{AlertId, EventId, ProjectId, UserKey};
use crate::webhook::store::publish;
use crate::webhook::{MessageType, NewMessage};
use crate::{Result, Timestamp};

/// Raises an alert and, when it opens, publishes `about`, a JSON object, with the alert in it.
pub(crate) async fn raise_and_tell(
    tx: &mut Tx<'_>,
    what: Raise<'_>,
    kind: MessageType,
    mut about: Value,
    now: Timestamp,
) -> Result<Raised> {
    let raised = raise(tx, what, now).await?;
    if raised.opened {
        about["alert"] =
            json!({ "id": raised.id, "title": what.title, "level": what.level, "kind": what.kind });
        let told = Told { project: what.project, user: what.user, event: what.event, alert: raised.id };
        tell(tx, told, kind, about, now).await?;
    }
    Ok(raised)
}

/// Of what a webhook tells.
pub(crate) struct Told {
    pub(crate) project: ProjectId,
    pub(crate) user: Option<UserKey>,
    pub(crate) event: Option<EventId>,
    pub(crate) alert: AlertId,
}

/// Publishes `about`, which has the alert in it.
pub(crate) async fn tell(
    tx: &mut Tx<'_>,
    told: Told,
    kind: MessageType,
    about: Value,
    now: Timestamp,
) -> Result<()> {
    let message = NewMessage {
        project: told.project,
        kind,
        user: told.user,
        event: told.event,
        alert: Some(told.alert),
        question: None,
        revocation: None,
        data: about,
        thisdata: None,
    };
    publish(tx, message, now).await?;
    Ok(())
}

//! Alerts that are told by webhook as they open, and about which nobody is asked: waves, rules, zombies, siblings.

use serde_json::{Value, json};

use super::{Raise, Raised, raise};
use crate::db::Tx;
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
        let message = NewMessage {
            project: what.project,
            kind,
            user: what.user,
            event: Some(what.event),
            alert: Some(raised.id),
            question: None,
            revocation: None,
            data: about,
            thisdata: None,
        };
        publish(tx, message, now).await?;
    }
    Ok(raised)
}

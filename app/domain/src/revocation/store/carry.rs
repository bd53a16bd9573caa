//! The message that carries an order.

use std::collections::BTreeSet;

use serde_json::json;

use super::request::Request;
use crate::Timestamp;
use crate::id::RevocationId;
use crate::revocation::InitiatedBy;
use crate::revocation::receipt::WHOLE;
use crate::webhook::{MessageType, NewMessage};

/// The sessions that an order names.
pub(super) fn named(sessions: &BTreeSet<String>) -> impl Iterator<Item = &String> {
    sessions.iter().filter(|session| *session != WHOLE)
}

/// What the application is told: whose sessions, which, why, since when, until when, and where to confirm.
pub(super) fn message(
    request: &Request<'_>,
    id: RevocationId,
    user_id: &str,
    sessions: &BTreeSet<String>,
    [requested_at, confirm_by]: [Timestamp; 2],
    receipt_url: &str,
) -> NewMessage {
    let listed: Vec<_> = named(sessions).map(|session| json!({ "id": session })).collect();
    let data = json!({
        "revocation_id": id,
        "user": { "id": user_id },
        "sessions": listed,
        "scope": request.scope,
        "reason": request.reason,
        "initiated_by": InitiatedBy::from(request.actor),
        "requested_at": requested_at,
        "confirm_by": confirm_by,
        "receipt_url": receipt_url,
    });
    let thisdata = request.thisdata.clone().map(|mut body| {
        for key in ["revocation_id", "sessions", "scope", "requested_at", "confirm_by", "receipt_url"] {
            body[key] = data[key].clone();
        }
        body
    });
    NewMessage {
        project: request.project,
        kind: MessageType::SessionRevocationRequested,
        user: Some(request.user),
        event: request.event,
        alert: request.alert,
        question: request.question,
        revocation: Some(id),
        data,
        thisdata,
    }
}

//! What is still to come of a delivery: when, and what it waits for.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::messages::{HELD, URGENT_LANE};
use super::standing::health;
use crate::webhook::{DeliveryState, EndpointState, Hold};
use crate::{Result, Timestamp};

/// What is still to come of a delivery.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coming {
    /// When it is tried next; None: nothing is planned.
    pub(crate) next: Option<Timestamp>,
    /// Its endpoint is paused or disabled.
    pub(crate) off: bool,
    /// Why nothing is sent, or not before some time, in words.
    pub(crate) held: Option<String>,
}

/// Reads it from a delivery's `state`, `next_attempt_at` and `lane`, and its endpoint's `standing`, `state_reason` and health.
pub(crate) fn coming(row: &AnyRow) -> Result<Coming> {
    if row.try_get::<&str, _>("state")?.parse::<DeliveryState>()? != DeliveryState::Pending {
        return Ok(Coming::default());
    }
    let held = off(row.try_get("standing")?, row.try_get("state_reason")?);
    let due = Timestamp(row.try_get("next_attempt_at")?);
    if held.is_some() || due == HELD {
        return Ok(Coming { next: None, off: held.is_some(), held });
    }
    let health = health(row)?;
    let is_urgent = row.try_get::<i64, _>("lane")? == URGENT_LANE;
    let waits = !is_urgent && health.open_until >= due;
    Ok(Coming {
        next: Some(if waits { health.open_until } else { due }),
        off: false,
        held: waits.then(|| format!("on hold: {}", Hold::of(&health).reason)),
    })
}

/// Why nothing is sent to an endpoint in this state, in words; None where it is at work, or deleted.
pub(crate) fn off(state: &str, reason: Option<&str>) -> Option<String> {
    match state.parse() {
        Ok(EndpointState::Paused) => Some("paused: nothing is sent to it before it is resumed".to_owned()),
        Ok(EndpointState::Disabled) => {
            let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
            Some(format!("disabled{reason}: nothing is sent to it before it is enabled"))
        }
        Ok(EndpointState::Active) | Err(_) => None,
    }
}

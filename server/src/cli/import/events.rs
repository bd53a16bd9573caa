//! Our own events: NDJSON as `POST /api/v1/events` takes it.

use super::{Read, Reader, Told};

/// One JSON object a line.
pub(super) struct Events;

impl Reader for Events {
    fn read(&mut self, line: &str) -> Told {
        let event = serde_json::from_str(line).map_err(|error| format!("is not JSON: {error}"))?;
        Ok(Some(Read { event, times: 1, ..Read::default() }))
    }
}

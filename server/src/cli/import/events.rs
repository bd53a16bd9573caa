//! Our own events: NDJSON as `POST /api/v1/events` takes it.

use super::{Fault, Read, Reader, Told};

/// One JSON object a line.
pub(super) struct Events;

impl Reader for Events {
    fn read(&mut self, line: &str) -> Told {
        let event = serde_json::from_str(line);
        let event = event.map_err(|error| Fault::Line(format!("is not JSON: {error}")))?;
        Ok(Some(Read { event, times: 1, ..Read::default() }))
    }
}

//! An event with its traits, read once for all that judge it and learn from it.

use std::ops::Deref;

use super::Traits;
use crate::event::Observation;

/// An event and its traits. Whoever looks at an event once may hand over the event alone.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// The event.
    pub seen: &'a Observation,
    /// What a profile sees of it.
    pub traits: Traits,
}

impl<'a> From<&'a Observation> for Sighting<'a> {
    fn from(seen: &'a Observation) -> Self {
        Self { seen, traits: Traits::of_observation(seen) }
    }
}

impl<'a> From<&Sighting<'a>> for Sighting<'a> {
    fn from(sighting: &Sighting<'a>) -> Self {
        *sighting
    }
}

impl Deref for Sighting<'_> {
    type Target = Observation;

    fn deref(&self) -> &Observation {
        self.seen
    }
}

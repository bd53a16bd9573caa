//! "Not here": what it takes that a session of which receivers say so is dead.

use super::Via;
use crate::id::EndpointId;

/// Who says that a session is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    /// An endpoint: it speaks for itself.
    Endpoint(EndpointId),
    /// Whoever has an API key: it speaks for the application, as far as that has the order.
    Key,
    /// Whoever has the receipt's URL: one of those that have the order.
    Posted,
}

impl Speaker {
    pub(super) fn of(endpoint: Option<EndpointId>, via: Via) -> Self {
        match (endpoint, via) {
            (Some(endpoint), _) => Self::Endpoint(endpoint),
            (None, Via::Poll) => Self::Key,
            (None, Via::Answer | Via::Post) => Self::Posted,
        }
    }
}

/// An endpoint that ends sessions, and how an order stands with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stand {
    pub endpoint: EndpointId,
    /// It has it.
    pub arrived: bool,
    /// It is still to get it.
    pub pending: bool,
}

/// True when a session is nowhere: each endpoint that ends sessions has said so itself, or somebody said it who can speak
/// for the others. The one that is down may be the one that has it.
pub(super) fn nowhere(stands: &[Stand], said: &[Speaker]) -> bool {
    let silent = || stands.iter().filter(|one| !said.contains(&Speaker::Endpoint(one.endpoint)));
    if said.contains(&Speaker::Key) {
        return silent().all(|one| one.arrived || !one.pending);
    }
    let posted = usize::from(said.contains(&Speaker::Posted));
    // Where there is one only, it is the one that posts, also while its answers fail.
    let has_it = |one: &Stand| one.arrived || stands.len() == 1;
    !said.is_empty() && silent().all(has_it) && silent().count() <= posted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand(endpoint: i64, arrived: bool, pending: bool) -> Stand {
        Stand { endpoint: EndpointId(endpoint), arrived, pending }
    }

    fn says(endpoint: i64) -> Speaker {
        Speaker::Endpoint(EndpointId(endpoint))
    }

    #[test]
    fn a_session_is_nowhere_once_everybody_who_can_have_it_says_so() {
        let (has, lacks, down) = (stand(1, true, false), stand(2, true, false), stand(2, false, true));
        assert!(nowhere(&[has], &[says(1)]));
        assert!(!nowhere(&[has, down], &[says(1)]), "it may be there");
        assert!(!nowhere(&[has, stand(2, false, false)], &[says(1)]), "also when it was given up");
        assert!(!nowhere(&[has, lacks], &[says(1)]), "it has not said yet");
        assert!(nowhere(&[has, lacks], &[says(1), says(2)]));
        assert!(
            nowhere(&[], &[Speaker::Key]) && nowhere(&[], &[Speaker::Posted]),
            "nothing was sent anywhere"
        );
        assert!(!nowhere(&[], &[]));
    }

    #[test]
    fn a_key_speaks_for_all_that_have_it_and_whoever_posts_for_one() {
        let (one, other, down) = (stand(1, true, false), stand(2, true, false), stand(2, false, true));
        assert!(nowhere(&[one, other], &[Speaker::Key]) && !nowhere(&[one, down], &[Speaker::Key]));
        assert!(nowhere(&[one, stand(2, false, false)], &[Speaker::Key]), "given up: nothing comes of it");
        assert!(nowhere(&[one], &[Speaker::Posted]) && !nowhere(&[one, other], &[Speaker::Posted]));
        assert!(nowhere(&[one, other], &[says(2), Speaker::Posted]));
        assert!(nowhere(&[down], &[Speaker::Posted]), "nobody else can have posted");
        assert!(
            !nowhere(&[one, down], &[says(1), Speaker::Posted]),
            "whoever posted is not the one that is down"
        );
    }
}

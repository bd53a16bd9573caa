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

/// What it comes to that some say of a session that it is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absence {
    /// Nobody can have it: each endpoint that ends sessions has said so itself, or somebody said it who can speak for the others.
    Nowhere,
    /// Somebody may have it who can still say so.
    Awaited,
    /// Nobody is left to be heard, and one that never got the order may have it.
    Unheard,
}

/// Weighs who said it. The one that is down may be the one that has the session.
pub(super) fn absence(stands: &[Stand], said: &[Speaker]) -> Absence {
    let silent = || stands.iter().filter(|one| !said.contains(&Speaker::Endpoint(one.endpoint)));
    if said.contains(&Speaker::Key) {
        let nowhere = silent().all(|one| one.arrived || !one.pending);
        return if nowhere { Absence::Nowhere } else { Absence::Awaited };
    }
    // Where there is one only, it is the one that posts, also while its answers fail.
    let has_it = |one: &Stand| one.arrived || stands.len() == 1;
    let posted = usize::from(said.contains(&Speaker::Posted));
    let (have_it, lack_it): (Vec<&Stand>, Vec<&Stand>) = silent().partition(|one| has_it(one));
    if said.is_empty() || have_it.len() > posted || lack_it.iter().any(|one| one.pending) {
        Absence::Awaited
    } else if lack_it.is_empty() {
        Absence::Nowhere
    } else {
        Absence::Unheard
    }
}

/// Who has not said it of those who may: `(can still say, never got the order and will not)`.
pub(super) fn silent(stands: &[Stand], said: &[Speaker]) -> (Vec<EndpointId>, Vec<EndpointId>) {
    let by_key = said.contains(&Speaker::Key);
    let silent = stands.iter().filter(|one| !said.contains(&Speaker::Endpoint(one.endpoint)));
    let counts = silent.filter(|one| !(by_key && one.arrived));
    let (awaited, lost): (Vec<&Stand>, Vec<&Stand>) = counts.partition(|one| one.arrived || one.pending);
    let ids = |of: Vec<&Stand>| of.iter().map(|one| one.endpoint).collect();
    (ids(awaited), ids(lost))
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

    fn nowhere(stands: &[Stand], said: &[Speaker]) -> bool {
        absence(stands, said) == Absence::Nowhere
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

    #[test]
    fn nobody_is_left_to_be_heard_once_each_has_said_so_but_those_that_never_get_the_order() {
        let (has, down, lost) = (stand(1, true, false), stand(2, false, true), stand(3, false, false));
        for (stands, said, expected) in [
            (vec![has, lost], vec![says(1)], Absence::Unheard),
            (vec![has, down, lost], vec![says(1)], Absence::Awaited),
            (vec![has, lost], vec![], Absence::Awaited),
            (vec![has, lost], vec![Speaker::Posted], Absence::Unheard),
            (vec![has, stand(4, true, false), lost], vec![Speaker::Posted], Absence::Awaited),
            (vec![has, lost], vec![Speaker::Key], Absence::Nowhere),
        ] {
            assert_eq!(absence(&stands, &said), expected, "{stands:?} {said:?}");
        }
    }

    #[test]
    fn it_is_known_who_has_not_said() {
        let (has, down, lost) = (stand(1, true, false), stand(2, false, true), stand(3, false, false));
        let ids = |ids: &[i64]| ids.iter().map(|id| EndpointId(*id)).collect::<Vec<_>>();
        assert_eq!(silent(&[has, down, lost], &[says(1)]), (ids(&[2]), ids(&[3])));
        assert_eq!(silent(&[has, down], &[Speaker::Key]), (ids(&[2]), ids(&[])), "it speaks for who has it");
    }
}

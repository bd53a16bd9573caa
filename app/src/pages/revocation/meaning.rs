//! What the state of an order means, in a sentence.

use porchlight_domain::revocation::{Overall, Revocation};

use crate::ui::badge::Tone;

/// What it means that not all receivers agree.
const CONTESTED: (Tone, &str) = (
    Tone::Warn,
    "Confirmed, but another endpoint contradicts: a receipt says that a session could not be ended. It may still be in use there; look at the receipts.",
);

/// What it means that nothing that ends sessions gets it.
const STUCK: (Tone, &str) = (
    Tone::Bad,
    "Nobody carries it out: no endpoint that ends sessions takes it. Set one up or enable it, or let the application fetch its orders with an API key.",
);

/// What an order's state means for whoever has to act on it.
pub(super) fn of(order: &Revocation) -> (Tone, &'static str) {
    match (order.contested, &order.stuck) {
        (true, _) => CONTESTED,
        (false, Some(_)) => STUCK,
        (false, None) => meaning(order.state),
    }
}

fn meaning(state: Overall) -> (Tone, &'static str) {
    match state {
        Overall::Requested => (
            Tone::Warn,
            "No endpoint has taken the order yet. An application that asks with its API key sees it now.",
        ),
        Overall::Delivered => (Tone::Warn, "An endpoint has the order. What came of it is not known."),
        Overall::Acknowledged => (
            Tone::Warn,
            "The application accepted the order. Whether the sessions ended is not known before its receipt comes.",
        ),
        Overall::Confirmed => {
            (Tone::Good, "The application’s receipts say that every session of this order is dead.")
        }
        Overall::Partly => (Tone::Bad, "Some sessions are confirmed dead; the others may still be in use."),
        Overall::Refused => {
            (Tone::Bad, "The application says that it could not end the sessions. They may still be in use.")
        }
        Overall::Unconfirmed => {
            (Tone::Bad, "No receipt came in time. Take the sessions to be in use until you know better.")
        }
        Overall::Contradicted => {
            (Tone::Bad, "A session that the application said was dead has been seen alive since.")
        }
    }
}

//! What the state of an order means, in a sentence.

#[cfg(test)]
mod tests;

use porchlight_domain::revocation::{Overall, Receipt, Receiver, Reception, Revocation, Via};

use crate::ui::badge::Tone;
use crate::ui::deliveries::short_url;

/// What helps where nothing that ends sessions gets it.
const TAKE_IT: &str =
    "Set one up, resume or enable it, or let the application fetch its orders with an API key.";
/// What comes by itself where it is only on hold.
const COMES: &str = "It is tried again by itself, when the order’s time limit is over at the latest.";

/// What an order's state means for whoever has to act on it.
pub(super) fn of(order: &Revocation, receivers: &[Receiver], receipts: &[Receipt]) -> (Tone, String) {
    let lacks =
        |one: &&Receiver| matches!(one.reception, Reception::Held | Reception::Failing | Reception::Failed);
    let lacking = receivers.iter().find(lacks).filter(|_| order.state == Overall::Confirmed);
    let (tone, words) = match (order.contested, &order.stuck, lacking) {
        (true, ..) => return (Tone::Warn, contested(order, receipts, receivers)),
        (false, Some(stuck), _) => {
            let comes = receivers.iter().any(|one| one.held.is_some() && one.reception != Reception::Held);
            let now = if comes { COMES } else { TAKE_IT };
            return (Tone::Bad, format!("Nobody carries it out: {stuck}. {now}"));
        }
        (false, None, Some(one)) => return (Tone::Warn, unheard(one)),
        (false, None, None) if order.put_off().is_some() => put_off(order.state),
        (false, None, None) => meaning(order.state),
    };
    let all = [Some(words.to_owned()), withheld(order), mute(order, receivers), held(order, receivers)];
    (tone, all.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// Who contradicts a confirmation, as far as anybody can tell, and what they say.
fn contested(order: &Revocation, receipts: &[Receipt], receivers: &[Receiver]) -> String {
    const LOOK: &str = "It may still be in use; look at the receipts.";
    let named = order.sessions.iter().flat_map(|session| &session.contested_by);
    let last = named.chain(order.whole.iter().flat_map(|whole| &whole.contested_by)).max();
    let Some(one) = receipts.iter().find(|receipt| Some(&receipt.id) == last) else {
        return format!("Confirmed, but a receipt says that a session could not be ended. {LOOK}");
    };
    let named = receivers.iter().find(|receiver| Some(receiver.endpoint_id) == one.endpoint_id);
    let who = match (named, one.via) {
        (Some(receiver), _) => short_url(&receiver.url).to_owned(),
        (None, Via::Poll) => "a receipt that was posted with the API key".to_owned(),
        (None, Via::Post | Via::Answer) => {
            "an unsigned receipt, of which nobody can tell whose it is,".to_owned()
        }
    };
    let what = one.words().unwrap_or_else(|| "a session could not be ended".to_owned());
    format!("Confirmed, but {who} says that {what}. {LOOK}")
}

/// Who does not get the order before somebody resumes or enables it, while it is not known that the sessions are dead.
fn held(order: &Revocation, receivers: &[Receiver]) -> Option<String> {
    let one = receivers.iter().find(|one| one.reception == Reception::Held)?;
    let why = one.held.as_ref().filter(|_| order.state != Overall::Confirmed)?;
    Some(format!("{} is {why}.", short_url(&one.url)))
}

/// Of a session that one does not know: who may have it, and took the order without a word.
fn mute(order: &Revocation, receivers: &[Receiver]) -> Option<String> {
    let named = order.sessions.iter().filter_map(|session| session.withheld.as_ref());
    let withheld: Vec<_> =
        named.chain(order.whole.iter().filter_map(|whole| whole.withheld.as_ref())).collect();
    let awaited = |one: &Receiver| {
        let mut parties = withheld.iter().flat_map(|withheld| &withheld.waiting_for);
        parties.any(|party| party.endpoint_id == Some(one.endpoint_id))
    };
    let mute = receivers.iter().find(|one| one.reception == Reception::Acknowledged && awaited(one))?;
    let url = short_url(&mute.url);
    Some(if order.settled_at.is_none() {
        format!(
            "{url} took the order and sent no receipt: unless one comes, the order ends unconfirmed at its time limit. If it ends no sessions, have it only listen."
        )
    } else {
        format!("{url} took the order and sent no receipt. If it ends no sessions, have it only listen.")
    })
}

/// Who does not know a session while another may have it.
fn withheld(order: &Revocation) -> Option<String> {
    let named = order.sessions.iter().map(|session| &session.withheld);
    let all: Vec<_> = named.chain(order.whole.iter().map(|whole| &whole.withheld)).flatten().collect();
    let first = &all.first()?.words;
    Some(match all.len() {
        1 => format!("{first}."),
        many => format!("{first}; so it is with {many} of its sessions."),
    })
}

/// One has confirmed it, another does not have it.
fn unheard(one: &Receiver) -> String {
    let url = short_url(&one.url);
    let why = match (&one.held, one.reception) {
        (Some(held), Reception::Held) => format!("it is {held}"),
        _ => "each attempt failed".to_owned(),
    };
    format!(
        "Confirmed, but {url} has not taken the order: {why}. What it holds of these sessions may still be in use."
    )
}

/// What it means where the application put off all that is awaited.
fn put_off(state: Overall) -> (Tone, &'static str) {
    match state {
        Overall::Partly => {
            (Tone::Bad, "Some sessions are confirmed dead; the application will end the others later.")
        }
        Overall::Acknowledged => (
            Tone::Warn,
            "The application says that it will end the sessions later. Whether it has is not known before its next receipt comes.",
        ),
        other => meaning(other),
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

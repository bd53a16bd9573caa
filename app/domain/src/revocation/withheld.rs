//! A session that a receiver does not know, while another may have it: who said so, and who is waited for.

use serde::{Deserialize, Serialize};

use super::State;
use crate::id::EndpointId;

/// Somebody who receives orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Party {
    /// Which endpoint; null: whoever has an API key, or the order's receipt URL.
    pub endpoint_id: Option<EndpointId>,
    /// For people: the endpoint's description, or else its URL without the scheme.
    pub name: String,
}

/// Of a session that a receiver does not know: that alone says only "not here".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Withheld {
    /// Who said that it is not there.
    pub said_by: Vec<Party>,
    /// Who may have it and has not said.
    pub waiting_for: Vec<Party>,
    /// Who may have it and cannot say: it did not carry the order out, and is not tried any more.
    pub out_of_reach: Vec<Party>,
    /// The same in words: `App A does not know this session; waiting for App B`.
    pub words: String,
}

impl Withheld {
    /// Of a session, or of the user as a whole, in this state.
    pub fn new(
        state: State,
        whole: bool,
        said_by: Vec<Party>,
        [waiting_for, out_of_reach]: [Vec<Party>; 2],
    ) -> Self {
        let knows_not = match (said_by.len(), whole) {
            (1, false) => "does not know this session",
            (1, true) => "knows no session of the user",
            (_, false) => "do not know this session",
            (_, true) => "know no session of the user",
        };
        let mut words = format!("{} {knows_not}", names(&said_by, "and"));
        if !waiting_for.is_empty() {
            // Which of them posted is not known.
            let posted = said_by.iter().any(|party| party.endpoint_id.is_none());
            let others = names(&waiting_for, if posted { "or" } else { "and" });
            words.push_str(&match state.is_settled() {
                false => format!("; waiting for {others}"),
                true => format!("; nothing was heard of {others}"),
            });
        }
        if !out_of_reach.is_empty() {
            words.push_str(&format!(
                "; {} did not carry the order out and may have it",
                names(&out_of_reach, "and")
            ));
        }
        Self { said_by, waiting_for, out_of_reach, words }
    }
}

fn names(parties: &[Party], last: &str) -> String {
    let names: Vec<_> = parties.iter().map(|party| party.name.as_str()).collect();
    match names.split_last() {
        Some((one, [])) => (*one).to_owned(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parties(names: &[&str]) -> Vec<Party> {
        names
            .iter()
            .map(|name| Party { endpoint_id: Some(EndpointId(1)), name: (*name).to_owned() })
            .collect()
    }

    #[test]
    fn it_is_told_in_words_who_does_not_know_it_and_who_is_waited_for() {
        let told = |state, whole, said: &[&str], others: [&[&str]; 2]| {
            Withheld::new(state, whole, parties(said), others.map(parties)).words
        };
        let (open, over) = (State::Delivered, State::Unconfirmed);
        assert_eq!(
            told(open, false, &["App A"], [&["App B"], &[]]),
            "App A does not know this session; waiting for App B"
        );
        assert_eq!(
            told(open, false, &["A", "B"], [&["C", "D", "E"], &[]]),
            "A and B do not know this session; waiting for C, D and E"
        );
        assert_eq!(
            told(over, true, &["A"], [&["B"], &["C"]]),
            "A knows no session of the user; nothing was heard of B; C did not carry the order out and may have it"
        );
        let posted = vec![Party { endpoint_id: None, name: "Whoever posted a receipt".into() }];
        let withheld = Withheld::new(open, false, posted, [parties(&["A", "B"]), Vec::new()]);
        assert_eq!(withheld.words, "Whoever posted a receipt does not know this session; waiting for A or B");
    }
}

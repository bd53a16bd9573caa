//! What a stored receipt says, for people.

use std::collections::BTreeMap;

use super::receipt::{WHOLE, read};
use super::{Fact, Outcome, Receipt};

/// So many sessions are named.
const NAMED: usize = 3;

impl Receipt {
    /// What it says: `it could not end s_1: redis down`. None where that cannot be read: it was cut, or is none.
    pub fn words(&self) -> Option<String> {
        let report = read(self.body.as_bytes(), self.received_at).ok().flatten()?;
        let mut said: BTreeMap<(u8, &str), Vec<&str>> = BTreeMap::new();
        for one in &report.sessions {
            let detail = one.detail.as_deref().unwrap_or_default();
            said.entry((rank(one.fact), detail)).or_default().push(&one.id);
        }
        let parts: Vec<_> = said.iter().map(|((rank, detail), ids)| part(*rank, detail, ids)).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// What went wrong first.
fn rank(fact: Fact) -> u8 {
    match fact {
        Fact::Deferred(_) => 1,
        Fact::Died(Outcome::NotFound) => 2,
        Fact::Died(Outcome::AlreadyEnded) => 3,
        Fact::Died(Outcome::Revoked) => 4,
        _ => 0,
    }
}

fn part(rank: u8, detail: &str, ids: &[&str]) -> String {
    let which = which(ids);
    let said = match rank {
        1 => format!("it ends {which} later"),
        2 => format!("it did not find {which}"),
        3 => format!("it had ended {which} before"),
        4 => format!("it ended {which}"),
        _ => format!("it could not end {which}"),
    };
    if detail.is_empty() { said } else { format!("{said}: {detail}") }
}

fn which(ids: &[&str]) -> String {
    if ids.contains(&WHOLE) {
        return "the user’s sessions".to_owned();
    }
    let named = ids.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match ids.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn words(receipt: serde_json::Value) -> Option<String> {
        let receipt = json!({
            "id": "rcpt_0fz5r2bn3e9qj", "delivery_id": null, "via": "answer", "signed": true, "verdict": "accepted",
            "body": json!({ "receipt": receipt }).to_string(), "received_at": "2026-01-01T00:01:00Z",
        });
        serde_json::from_value::<Receipt>(receipt).expect("receipt").words()
    }

    #[test]
    fn a_receipt_is_told_in_words_what_went_wrong_first() {
        let one =
            |outcome: &str| words(json!({ "sessions": [{ "id": "a", "outcome": outcome }] })).expect("said");
        assert_eq!(one("revoked"), "it ended a");
        assert_eq!(one("not_found"), "it did not find a");
        let failed = json!({ "sessions": [{ "id": "b", "outcome": "revoked" }, { "id": "a", "outcome": "failed", "detail": "redis down" }] });
        assert_eq!(words(failed).as_deref(), Some("it could not end a: redis down; it ended b"));
        assert_eq!(
            words(json!({ "outcome": "failed" })).as_deref(),
            Some("it could not end the user’s sessions")
        );
        let many: Vec<_> =
            ["a", "b", "c", "d", "e"].map(|id| json!({ "id": id, "outcome": "revoked" })).into();
        assert_eq!(words(json!({ "sessions": many })).as_deref(), Some("it ended a, b, c and 2 more"));
        assert_eq!(words(json!("no receipt")), None);
    }
}

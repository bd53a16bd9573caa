//! What was done, in words, and the page of what it was done to.

/// The words for each code of the ledger.
const WORDS: [(&str, &str); 54] = [
    ("alert.acknowledged", "acknowledged an alert"),
    ("alert.closed", "closed an alert"),
    ("alert.noted", "wrote a note on an alert"),
    ("alert.reopened", "reopened an alert"),
    ("backtest.cancelled", "stopped a back-test"),
    ("backtest.created", "started a back-test"),
    ("calibration.refitted", "refitted the weights of the evidence to answers"),
    ("calibration.refused", "refused a refit of the weights of the evidence"),
    ("calibration.reset", "put the shipped weights of the evidence back"),
    ("delivery.resent", "sent a delivery again"),
    ("endpoint.created", "added a webhook endpoint"),
    ("endpoint.deleted", "deleted a webhook endpoint"),
    ("endpoint.disabled", "disabled an endpoint that kept failing"),
    ("endpoint.failing", "noticed that nothing arrives at an endpoint"),
    ("endpoint.key_added", "added an ed25519 key to an endpoint"),
    ("endpoint.keys_removed", "took an endpoint’s ed25519 keys away"),
    ("endpoint.probed", "asked an endpoint about its signatures"),
    ("endpoint.secret_retired", "retired an endpoint’s old secret"),
    ("endpoint.secret_rotated", "gave an endpoint a new secret"),
    ("endpoint.tested", "sent an endpoint a test"),
    ("endpoint.updated", "changed a webhook endpoint"),
    ("events.expired", "deleted events that were kept long enough"),
    ("key.created", "created an API key"),
    ("key.revoked", "revoked an API key"),
    ("notice.resent", "sent a mail again"),
    ("operator.created", "made an operator"),
    ("operator.disabled", "let an operator sign in no more"),
    ("operator.enabled", "let an operator sign in again"),
    ("operator.password_changed", "changed an operator’s password"),
    ("operator.password_reset", "chose a new password by a one-time link"),
    ("operator.removed", "removed an operator"),
    ("operator.reset_offered", "made a one-time link for a new password"),
    ("operator.role_changed", "changed an operator’s role"),
    ("operator.sessions_ended", "ended sessions of an operator"),
    ("operator.sign_in_failed", "refused wrong passwords, within a minute"),
    ("operator.signed_in", "signed in"),
    ("project.created", "created the project"),
    ("project.updated", "changed the project’s settings"),
    ("question.answered", "answered “Was this you?”"),
    ("question.skipped", "did not ask a user, who was asked often enough that day"),
    ("replay.cancelled", "stopped a recovery"),
    ("replay.done", "finished a recovery"),
    ("replay.started", "started a recovery of deliveries"),
    ("revocation.ordered_again", "ordered sessions ended again, after an order that did not end them"),
    ("revocation.redelivered", "sent an order to end sessions again"),
    ("revocation.requested", "ordered sessions ended"),
    ("rule.created", "wrote a rule"),
    ("rule.deleted", "deleted a rule"),
    ("rule.updated", "changed a rule"),
    ("source.created", "added an inbound source"),
    ("source.deleted", "deleted an inbound source"),
    ("source.secret_rotated", "gave an inbound source a new secret"),
    ("source.updated", "changed an inbound source"),
    ("user.unfrozen", "let a user’s habits be learned again"),
];

/// What an action is in words, so that who did it and this make a sentence; a code without words is spelt out.
pub(super) fn did(action: &str) -> String {
    let known = WORDS.iter().find(|(code, _)| *code == action);
    known.map_or_else(|| action.replace(['.', '_'], " "), |(_, words)| (*words).to_owned())
}

/// The page within the project that shows what an action was done to, while it is there.
pub(super) fn page(action: &str, subject: &str) -> Option<String> {
    let (noun, act) = action.split_once('.')?;
    if act == "deleted" {
        return None;
    }
    Some(match noun {
        "alert" => format!("alerts/{subject}"),
        "calibration" => "data".to_owned(),
        "delivery" => format!("deliveries/{subject}"),
        "endpoint" => format!("webhooks/{subject}"),
        "key" => "keys".to_owned(),
        "notice" => format!("outbox/{subject}"),
        "project" => "settings".to_owned(),
        "revocation" => format!("revocations/{subject}"),
        "rule" => "rules".to_owned(),
        "source" => format!("inbound/{subject}"),
        "user" => format!("users/{subject}"),
        "question" if act == "skipped" => format!("users/{subject}"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The codes that the domain's sources hand to the ledger in so many words.
    fn recorded(folder: &Path, codes: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                recorded(&path, codes);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("source");
            for call in text.split("ledger::record(").skip(1) {
                let arguments = call.split(".await").next().expect("a part");
                let quoted = arguments.split('"').nth(1).filter(|code| code.contains('.'));
                codes.extend(quoted.map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_code_that_is_recorded_has_words() {
        let mut codes = BTreeSet::new();
        recorded(Path::new("domain/src"), &mut codes);
        assert!(codes.len() > 30, "{codes:?}");
        let missing: Vec<_> =
            codes.iter().filter(|code| WORDS.iter().all(|(known, _)| known != code)).collect();
        assert!(missing.is_empty(), "no words for {missing:?}");
    }

    #[test]
    fn what_is_gone_is_not_linked_and_an_unknown_code_is_spelt_out() {
        assert_eq!(page("endpoint.updated", "ep_1").as_deref(), Some("webhooks/ep_1"));
        assert_eq!(page("endpoint.deleted", "ep_1"), None);
        assert_eq!(did("key.created"), "created an API key");
        assert_eq!(did("moon.phase_changed"), "moon phase changed");
    }
}

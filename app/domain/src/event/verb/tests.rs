//! The table says what the judgement does, and a near miss is told from an application's own verb.

use super::*;
use crate::risk::sequence::Action;

#[test]
fn the_table_says_what_the_judgement_does() {
    for (place, known) in TABLE.iter().enumerate() {
        let name = known.name;
        assert_eq!(is_login(name), known.meaning == Login, "{name}");
        assert_eq!(is_failure(name), known.meaning == Failure, "{name}");
        assert_eq!(is_logout(name), known.meaning == Logout, "{name}");
        assert_eq!(Action::of(name).is_some(), known.meaning == Sensitive, "{name}");
        assert_eq!(CHALLENGE_PASS == name, known.meaning == Proof, "{name}");
        assert!(TABLE[..place].iter().all(|before| before.name != name && before.constant != known.constant));
        assert_eq!(super::known(name), Some(known));
        assert!(!known.when.is_empty());
    }
}

#[test]
fn a_near_miss_is_told_from_a_verb_of_its_own() {
    for (sent, expected) in [
        ("email-change", "email-update"),
        ("user.email.changed", "email-update"),
        ("emailChanged", "email-update"),
        ("emial-update", "email-update"),
        ("EMAIL_UPDATE", "email-update"),
        ("change-email", "email-update"),
        ("password_changed", "password-update"),
        ("user.password.reset", "password-reset"),
        ("login", "log-in"),
        ("sign-in", "log-in"),
        ("user.signed.in", "log-in"),
        ("login_failed", "log-in-denied"),
        ("log-in-failed", "log-in-denied"),
        ("logout", "log-out"),
        ("mfa-disabled", "two-factor-disable"),
        ("2fa.off", "two-factor-disable"),
        ("two-factor-disabled", "two-factor-disable"),
        ("passkey-added", "two-factor-update"),
        ("api_token_created", "api-key-create"),
        ("api-key-created", "api-key-create"),
        ("data.exported", "data-export"),
        ("bank-account-change", "payout-update"),
        ("recovery-address-changed", "recovery-update"),
        ("recovery-codes-shown", "recovery-codes-view"),
        ("authentication-challenge-failed", "authentication-challenge-fail"),
        ("authentication-challenge-passed", "authentication-challenge-pass"),
    ] {
        assert_eq!(meant(sent), Some(expected), "{sent}");
    }
    for own in [
        "page-view",
        "invoice-paid",
        "comment-create",
        "project-delete",
        "",
        "-",
        "cart.updated",
        "search",
        "ä",
        "🔑",
    ] {
        assert_eq!(meant(own), None, "{own}");
    }
    assert!(TABLE.iter().all(|known| meant(known.name).is_none()), "a known one is meant as it is");
    assert_eq!(meant(&"email-change".repeat(100)), None);
}

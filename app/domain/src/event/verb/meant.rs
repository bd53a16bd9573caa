//! Which known verb may have been meant by one that is not known: `user.email.changed` is `email-update`.

use super::TABLE;

/// Words for the same thing, each with the one that known verbs use.
const SAME: [(&str, &[&str]); 16] = [
    (
        "update",
        &[
            "change", "changed", "updated", "edit", "edited", "modify", "modified", "replace", "replaced",
            "set",
        ],
    ),
    ("disable", &["disabled", "off", "remove", "removed", "delete", "deleted", "deactivate", "deactivated"]),
    ("create", &["created", "add", "added", "new", "issue", "issued", "generate", "generated"]),
    ("denied", &["fail", "failed", "failure", "error", "invalid", "reject", "rejected", "wrong"]),
    ("pass", &["passed", "success", "succeeded", "ok", "verified"]),
    ("view", &["viewed", "show", "shown", "download", "downloaded"]),
    ("two-factor", &["mfa", "2fa", "totp", "otp", "passkey", "factor"]),
    ("password", &["passwd", "pwd", "pass-word"]),
    ("email", &["mail", "e-mail"]),
    ("log-in", &["login", "signin", "logon"]),
    ("log-out", &["logout", "signout", "logoff"]),
    ("key", &["token", "apikey"]),
    ("export", &["exported", "takeout"]),
    ("payout", &["bank", "iban", "payment"]),
    ("challenge", &["challenged"]),
    ("request", &["requested"]),
];
/// Several words for one.
const PHRASES: [(&str, &str); 6] = [
    ("sign-in", "log-in"),
    ("signed-in", "log-in"),
    ("logged-in", "log-in"),
    ("sign-out", "log-out"),
    ("signed-out", "log-out"),
    ("two-factor", "2fa"),
];
/// Words that say nothing.
const SILENT: [&str; 16] = [
    "account", "action", "address", "api", "app", "auth", "customer", "data", "event", "has", "method", "my",
    "profile", "the", "user", "was",
];
/// Longer ones are nobody's slip.
const LONGEST: usize = 60;

/// The known verb that this one may have been meant for; None for a known one, and for one that resembles none.
pub fn meant(verb: &str) -> Option<&'static str> {
    if verb.len() > LONGEST || super::known(verb).is_some() {
        return None;
    }
    let told = plain(verb);
    let apart = |known: &str| {
        let plain = plain(known);
        if sorted(&told) == sorted(&plain) { 0 } else { distance(&told, &plain).min(distance(verb, known)) }
    };
    let near = TABLE.iter().map(|known| (apart(known.name), known));
    let (distance, known) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= known.name.len() / 5).then_some(known.name)
}

/// Its words in lower case, each as known verbs have it, without those that say nothing.
fn plain(verb: &str) -> String {
    let mut text = String::with_capacity(verb.len() + 8);
    let mut small = false;
    for letter in verb.chars() {
        // emailChanged is two words.
        if !letter.is_alphanumeric() || (small && letter.is_uppercase()) {
            text.push('-');
        }
        small = letter.is_lowercase();
        text.extend(letter.to_lowercase().filter(|letter| letter.is_alphanumeric()));
    }
    for (said, known) in PHRASES {
        text = text.replace(said, known);
    }
    let words = text.split('-').filter(|word| !word.is_empty() && !SILENT.contains(word));
    let same = words
        .map(|word| SAME.iter().find(|(_, others)| others.contains(&word)).map_or(word, |(one, _)| *one));
    same.collect::<Vec<_>>().join("-")
}

/// Its words in the order of their letters: who says `change-email` means `email-change`.
fn sorted(plain: &str) -> Vec<&str> {
    let mut words: Vec<_> = plain.split('-').collect();
    words.sort_unstable();
    words
}

/// Levenshtein's distance: letters to be put in, taken out or replaced; two that changed places count as one.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![vec![0; other.len() + 1]; one.len() + 1];
    rows[0] = (0..=other.len()).collect();
    for i in 1..=one.len() {
        rows[i][0] = i;
        for j in 1..=other.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[one.len()][other.len()]
}

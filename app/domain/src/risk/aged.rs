//! What old data says: less, because addresses have changed hands since it was made.
//!
//! A term that rests on data which is right with probability p says ln(1 + p·(eˣ − 1)) instead of x: what is certain
//! of a fresh list becomes a maybe, and nothing at all once p is below a tenth ([`SignalName::holds`]).

use super::evidence::Evidence;
use super::term::{Term, tempered};
use crate::signal::{Aged, SignalName};

/// Which data this reason rests on.
fn behind(code: &str) -> Option<SignalName> {
    Some(match code {
        "travel.impossible" => SignalName::City,
        "net.hosting" | "net.open" => SignalName::Hosting,
        "net.vpn" => SignalName::Vpn,
        "net.tor" | "net.tor.exit" => SignalName::Tor,
        _ if code.starts_with("net.country.") => SignalName::Country,
        _ if code.starts_with("net.asn.") => SignalName::Network,
        _ => return None,
    })
}

/// A sentence names the age of its data once that costs as much; before, the event alone does.
const TOLD: f64 = 0.8;

/// Lets what rests on old data say less, and names its age.
pub(super) fn temper(aged: &[Aged], evidence: &mut Evidence) {
    if aged.is_empty() {
        return;
    }
    for piece in &mut evidence.pieces {
        let Some(signal) = behind(&piece.code) else { continue };
        let Some((holds, age)) = held(aged, signal) else { continue };
        piece.evidence = tempered(holds, piece.evidence);
        if !piece.text.is_empty() {
            piece.text.push_str(&age);
        }
    }
}

/// The same of a term that rests on this data; None once it says nothing.
pub(super) fn rests_on(signal: SignalName, aged: &[Aged], mut term: Term) -> Option<Term> {
    let Some((holds, age)) = held(aged, signal) else { return Some(term) };
    term.evidence = tempered(holds, term.evidence);
    term.text.push_str(&age);
    (holds > 0.0).then_some(term)
}

/// How likely it still holds, and its age where that is told; None for data that is not old.
fn held(aged: &[Aged], signal: SignalName) -> Option<(f64, String)> {
    let old = aged.iter().find(|old| old.signal == signal)?;
    let holds = signal.holds(old.days);
    let age = if holds < TOLD { format!(" (by data that is {} days old)", old.days) } else { String::new() };
    Some((holds, age))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::tests::story::{habits, home, judge, thief};

    #[test]
    fn old_data_says_less_names_its_age_and_in_the_end_says_nothing() {
        let usual = habits(20, &home());
        let said = |days: u32| {
            let mut login = thief().tor().device("laptop");
            if days > 0 {
                login.0.aged = vec![Aged { signal: SignalName::Tor, days }];
            }
            let judged = judge(&login, &usual);
            let tor = judged.reasons.iter().find(|reason| reason.code == "net.tor").cloned();
            (judged.probability, tor.map_or((0.0, String::new()), |reason| (reason.evidence, reason.text)))
        };
        let (fresh, old, ancient) = (said(0), said(21), said(400));
        assert!(fresh.0 > old.0 && old.0 > ancient.0, "{fresh:?} {old:?} {ancient:?}");
        assert!(fresh.1.0 > old.1.0 && old.1.0 > 0.0);
        assert_eq!(old.1.1, "Accessed from the Tor network (by data that is 21 days old)");
        assert_eq!(ancient.1.0, 0.0);
    }

    #[test]
    fn only_what_rests_on_the_old_data_says_less() {
        let usual = habits(20, &home());
        let with = |signal| {
            let mut login = thief();
            login.0.aged = vec![Aged { signal, days: 1_200 }];
            judge(&login, &usual)
        };
        let evidence = |judged: &crate::risk::Assessment, code: &str| {
            judged.reasons.iter().find(|reason| reason.code == code).map_or(0.0, |reason| reason.evidence)
        };
        let (country, vpn) = (with(SignalName::Country), with(SignalName::Vpn));
        assert!(evidence(&country, "net.country.new") < evidence(&vpn, "net.country.new"));
        assert_eq!(evidence(&vpn, "net.country.new"), evidence(&judge(&thief(), &usual), "net.country.new"));
    }
}

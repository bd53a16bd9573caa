//! What became of an import's lines, and what is to be said of them.

use std::collections::BTreeMap;

use porchlight_domain::Timestamp;
use porchlight_domain::event::Recorded;
use porchlight_domain::event::store::Arrival;
use porchlight_domain::event::verb::meant;

use crate::cli::progress::thousands;

/// How many bad lines are shown.
const SHOWN: u64 = 10;
/// How many doubtful verbs are told.
const NEAR: usize = 20;

/// What became of the lines.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) lines: u64,
    pub(super) stored: u64,
    pub(super) repeated: u64,
    pub(super) other: u64,
    pub(super) bad: u64,
    /// When the newest event happened that was there before.
    newest: Option<Timestamp>,
    /// Stored, although they happened before it.
    older: u64,
    /// Left out, because one line stood for too many.
    cut: u64,
    /// Verbs that resemble one which the judgement knows, and how many events have them.
    near: BTreeMap<String, u64>,
}

impl Counts {
    /// Nothing yet; `newest`: when the newest event happened that is there already.
    pub(super) fn after(newest: Option<Timestamp>) -> Self {
        Self { newest, ..Self::default() }
    }

    /// Counts what was stored, or was there already.
    pub(super) fn recorded(&mut self, part: &[Arrival], recorded: &[Recorded]) {
        let new = part.iter().zip(recorded).filter(|(_, one)| !one.repeated);
        for (arrival, _) in new {
            self.stored += 1;
            self.older += u64::from(self.newest.is_some_and(|newest| arrival.observation.at < newest));
        }
        self.repeated += recorded.iter().filter(|one| one.repeated).count() as u64;
    }

    /// What is to be said of events that came after later ones: judged in that order, those were judged without them.
    pub(super) fn out_of_order(&self, project: &str) -> Option<String> {
        let newest = self.newest.filter(|_| self.older > 0)?;
        Some(format!(
            "{} of the stored events happened before others that were there already, up to {}: those were judged without \
             them. To learn everybody's habits in the order of time, stop the server and run: porchlight profiles rebuild \
             --project {project:?}",
            thousands(self.older),
            newest.human(),
        ))
    }

    /// Counts events of a line that stood for more than are taken.
    pub(super) fn cut(&mut self, events: u32) {
        self.cut += u64::from(events);
    }

    /// What is to be said of them.
    pub(super) fn left_out(&self, most: u32) -> Option<String> {
        let events = thousands(self.cut);
        (self.cut > 0).then(|| {
            format!(
                "{events} repetitions were left out: of one line at most {} are stored",
                thousands(most.into())
            )
        })
    }

    /// Counts a verb that may have been meant for another: a column map says what verbs mean, and may say it wrongly.
    pub(super) fn verb(&mut self, verb: &str) {
        if meant(verb).is_some() && (self.near.len() < NEAR || self.near.contains_key(verb)) {
            *self.near.entry(verb.to_owned()).or_default() += 1;
        }
    }

    /// What is to be said of such verbs, a line each.
    pub(super) fn slips(&self) -> impl Iterator<Item = String> {
        self.near.iter().filter_map(|(verb, count)| {
            let (meant, verb) = (meant(verb)?, crate::cli::printable(verb));
            let say = if *count == 1 {
                "1 event says".to_owned()
            } else {
                format!("{} events say", thousands(*count))
            };
            Some(format!("{say} {verb}, which the judgement does not know: did you mean {meant}?"))
        })
    }

    /// Shows the first bad lines, counts all.
    pub(super) fn bad(&mut self, line: u64, why: &str) {
        self.bad += 1;
        if self.bad <= SHOWN {
            eprintln!("line {line}: {}", crate::cli::printable(why));
        } else if self.bad == SHOWN + 1 {
            eprintln!("… further bad lines are only counted");
        }
    }

    /// Prints them.
    pub(super) fn tell(&self, dry_run: bool) {
        let Self { lines, stored, repeated, other, bad, .. } = *self;
        for (count, what) in [
            (lines, "lines read"),
            (stored, if dry_run { "events would be stored" } else { "events stored" }),
            (repeated, "events were stored already"),
            (other, "lines are about something else"),
            (bad, "lines are bad"),
        ] {
            println!("{:>14} {what}", thousands(count));
        }
    }

    /// There is something to be told of beside how many lines were read.
    pub(super) fn has_any(&self) -> bool {
        self.stored + self.repeated + self.bad > 0
    }

    /// Nothing in the file could be read.
    pub(super) fn are_all_bad(&self) -> bool {
        self.bad > 0 && self.stored + self.repeated == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_line_stood_for_and_was_not_stored_is_told() {
        let mut counts = Counts::default();
        counts.cut(0);
        assert_eq!(counts.left_out(1_000), None);
        [4_000, 0, 500].into_iter().for_each(|events| counts.cut(events));
        let told = "4,500 repetitions were left out: of one line at most 1,000 are stored";
        assert_eq!(counts.left_out(1_000).as_deref(), Some(told));
    }

    #[test]
    fn a_verb_that_may_be_meant_for_another_is_told_with_how_often_it_came() {
        let mut counts = Counts::default();
        ["email-change", "log-in", "page-view", "email-change"].iter().for_each(|verb| counts.verb(verb));
        (0..100).for_each(|n| counts.verb(&format!("mfa{}disabled", "-".repeat(n + 1))));
        let told: Vec<_> = counts.slips().collect();
        assert_eq!(told.len(), NEAR, "however many there are");
        assert_eq!(
            told[0],
            "2 events say email-change, which the judgement does not know: did you mean email-update?"
        );
        assert!(
            !told.iter().any(|line| line.contains("page-view") || line.contains("say log-in")),
            "{told:?}"
        );
    }
}

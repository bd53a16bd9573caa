//! The human gesture: a number to transcribe, and how often one may be wrong about it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use porchlight_domain::Timestamp;
use porchlight_domain::id::QuestionId;
use porchlight_domain::time::HOUR;
use porchlight_domain::vault::Vault;

/// Wrong tries for one question in one hour. Two of ninety numbers are right at a time.
const MAX_TRIES: u32 = 20;
/// Questions kept in mind; beyond it those of past hours are forgotten.
const MANY: usize = 10_000;

/// The hour that a number belongs to.
pub(super) fn hour(now: Timestamp) -> i64 {
    now.0.div_euclid(HOUR)
}

/// The number that the page shows in this hour: 10 to 99.
pub(super) fn number(vault: &Vault, question: QuestionId, hour: i64) -> u8 {
    let [first, second, ..] = vault.mac("answer", &format!("{question}:{hour}"));
    10 + (u16::from_be_bytes([first, second]) % 90) as u8
}

/// True for this hour's number, and for the last one's: the page may have been open for a while.
pub(super) fn is_right(vault: &Vault, question: QuestionId, hour: i64, typed: &str) -> bool {
    let matches = |hour| number(vault, question, hour).to_string() == typed;
    matches(hour) || matches(hour - 1)
}

/// Wrong tries, by question. In memory: a restart forgives, and that is cheap to bear.
#[derive(Debug, Default)]
pub(super) struct Tries(Mutex<HashMap<QuestionId, (i64, u32)>>);

impl Tries {
    /// True when no further try is taken in this hour.
    pub(super) fn are_used_up(&self, question: QuestionId, hour: i64) -> bool {
        let tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tries.get(&question).is_some_and(|(of_hour, count)| *of_hour == hour && *count >= MAX_TRIES)
    }

    /// Counts a wrong try.
    pub(super) fn count(&self, question: QuestionId, hour: i64) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= MANY {
            tries.retain(|_, (of_hour, _)| *of_hour == hour);
        }
        let entry = tries.entry(question).or_insert((hour, 0));
        *entry = if entry.0 == hour { (hour, entry.1.saturating_add(1)) } else { (hour, 1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_has_two_digits_and_depends_on_key_question_and_hour() {
        let vault = Vault::new([7; 32]);
        let numbers: Vec<_> = (0..500).map(|hour| number(&vault, QuestionId(1), hour)).collect();
        assert!(numbers.iter().all(|number| (10..=99).contains(number)));
        let different: std::collections::HashSet<_> = numbers.iter().collect();
        assert!(different.len() > 80, "{}", different.len());
        let others =
            |vault: &Vault, question| (0..500).map(|hour| number(vault, question, hour)).collect::<Vec<_>>();
        assert_ne!(numbers, others(&vault, QuestionId(2)));
        assert_ne!(numbers, others(&Vault::new([8; 32]), QuestionId(1)));
    }

    #[test]
    fn this_hours_and_the_last_hours_number_are_right_and_no_other() {
        let (vault, question) = (Vault::new([7; 32]), QuestionId(1));
        let (now, last) =
            (number(&vault, question, 100).to_string(), number(&vault, question, 99).to_string());
        assert!(is_right(&vault, question, 100, &now) && is_right(&vault, question, 100, &last));
        let right = (0..=999).filter(|n| is_right(&vault, question, 100, &n.to_string())).count();
        assert_eq!(right, 2);
        assert!(!is_right(&vault, question, 100, "") && !is_right(&vault, question, 100, &format!("0{now}")));
    }

    #[test]
    fn twenty_wrong_tries_end_the_hour_for_that_question_alone() {
        let tries = Tries::default();
        for _ in 0..MAX_TRIES {
            assert!(!tries.are_used_up(QuestionId(1), 5));
            tries.count(QuestionId(1), 5);
        }
        assert!(tries.are_used_up(QuestionId(1), 5));
        assert!(!tries.are_used_up(QuestionId(2), 5) && !tries.are_used_up(QuestionId(1), 6));
        tries.count(QuestionId(1), 6);
        assert!(!tries.are_used_up(QuestionId(1), 6));
    }

    #[test]
    fn what_is_kept_in_mind_is_bounded_by_the_hour() {
        let tries = Tries::default();
        (0..MANY).for_each(|id| tries.count(QuestionId(id as i64), 5));
        tries.count(QuestionId(-1), 6);
        assert_eq!(tries.0.lock().expect("lock").len(), 1);
    }
}

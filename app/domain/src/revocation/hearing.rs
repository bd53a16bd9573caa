//! How a receipt is heard: for its order, against it, or not at all.

use super::receipt::Verdict;

/// How a receipt is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// It was believed, or said nothing new.
    Taken,
    /// It says that a session could not be ended, or contradicts what is known.
    Against,
    /// It was not believed.
    Refused,
}

impl Hearing {
    /// From what was made of it, and whether it says of a session of the order that it could not be ended.
    pub fn of(verdict: &Verdict, against: bool) -> Self {
        match verdict {
            Verdict::Refused(_) => Self::Refused,
            Verdict::Contradicts(_) => Self::Against,
            Verdict::Accepted { .. } | Verdict::Repeated if against => Self::Against,
            Verdict::Accepted { .. } | Verdict::Repeated => Self::Taken,
        }
    }

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Against => "against",
            Self::Refused => "refused",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_against_its_order_where_a_session_lives_or_it_contradicts_what_is_known() {
        let accepted = Verdict::Accepted { unknown: Vec::new(), late: Vec::new() };
        assert_eq!(Hearing::of(&accepted, false), Hearing::Taken);
        assert_eq!(Hearing::of(&accepted, true), Hearing::Against);
        assert_eq!(Hearing::of(&Verdict::Contradicts(String::new()), false), Hearing::Against);
        assert_eq!(Hearing::of(&Verdict::Refused("no"), true), Hearing::Refused);
    }
}

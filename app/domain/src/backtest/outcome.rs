//! What came out of a back-test, in numbers that can be stored and shown.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::EventId;
use crate::question::{Answer, MAX_A_DAY};
use crate::risk::{Decision, Level};

/// What one side would have done within the stretch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Alerts opened, about logins and by rules.
    pub alerts: u64,
    /// Alerts of waves of guesses.
    pub waves: u64,
    /// Questions mailed to users when an alert opened; see [`Outcome::mails_counted`].
    pub mails: u64,
    /// Logins challenged.
    pub challenged: u64,
    /// Events blocked.
    pub blocked: u64,
    /// Orders to end sessions that rules gave.
    #[serde(default)]
    pub orders: u64,
    /// The answers to the events it alarms about.
    pub answers: Precision,
}

/// What users answered about events that were picked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precision {
    /// It was them: picked out wrongly.
    pub yes: u64,
    /// It was not: picked out rightly.
    pub no: u64,
    /// Logins that nobody has answered for: they say nothing of how right it is.
    #[serde(default)]
    pub unanswered: u64,
}

impl Precision {
    /// Counts an answer. `asks`: it is an event about which a user can be asked.
    pub(super) fn count(&mut self, answer: Option<(Answer, Timestamp)>, asks: bool) {
        match answer {
            Some((Answer::Yes, _)) => self.yes += 1,
            Some((Answer::No, _)) => self.no += 1,
            None => self.unanswered += u64::from(asks),
        }
    }

    /// The share picked out rightly, of what was answered; None without answers.
    pub fn share(&self) -> Option<f64> {
        let all = self.yes + self.no;
        (all > 0).then(|| self.no as f64 / all as f64)
    }

    /// The 95 % interval of that share: Wilson's (J. Amer. Statist. Assoc. 22, 1927, doi:10.2307/2276774), which is right
    /// for few answers and at the ends, too. Without answers it is 0..1.
    pub fn interval(&self) -> (f64, f64) {
        const Z: f64 = 1.959_963_984_540_054;
        let (n, Some(p)) = ((self.yes + self.no) as f64, self.share()) else { return (0.0, 1.0) };
        let (centre, scale) = (p + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
        let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        (((centre - half) / scale).clamp(0.0, 1.0), ((centre + half) / scale).clamp(0.0, 1.0))
    }
}

/// How often a rule hit (in shadow or not) within the stretch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleHits {
    /// Its name.
    pub name: String,
    /// The draft changes it.
    pub changed: bool,
    /// Hits as it is.
    pub before: u64,
    /// Hits with the draft.
    pub after: u64,
    /// The answers about events that it hits on either side.
    pub answers: Precision,
}

/// How far what the draft touches is what a rule hits already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overlap {
    /// The changed rule; None: all that the draft touches.
    pub draft: Option<String>,
    /// The rule that stays as it is.
    pub rule: String,
    /// Events of both.
    pub both: u64,
    /// Events of either.
    pub either: u64,
}

impl Overlap {
    /// Jaccard's index: 0 nothing in common, 1 the same events.
    pub fn jaccard(&self) -> f64 {
        if self.either == 0 { 0.0 } else { self.both as f64 / self.either as f64 }
    }
}

/// One side's judgement of an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sketch {
    /// How likely it is that this is not the user, 0..1.
    pub probability: f64,
    /// The traffic light.
    pub level: Level,
    /// What to do.
    pub decision: Decision,
    /// It belongs to an alert.
    pub alarm: bool,
    /// The user is asked.
    #[serde(default)]
    pub mail: bool,
}

/// An event that the draft touches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// Which.
    pub event: EventId,
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub verb: String,
    /// Whose, by the application's id.
    pub user: Option<String>,
    /// From where: the address …
    pub ip: Option<String>,
    /// … and its place.
    pub place: Option<String>,
    /// On what.
    pub client: Option<String>,
    /// As it is.
    pub before: Sketch,
    /// With the draft.
    pub after: Sketch,
    /// The rules that hit with the draft.
    pub rules: Vec<String>,
    /// Why, with the draft.
    pub reasons: Vec<String>,
    /// Why, as it is, where that differs.
    #[serde(default)]
    pub reasons_before: Vec<String>,
    /// What the user answered.
    pub answer: Option<Answer>,
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Events played before the stretch, to learn.
    pub warm_up: u64,
    /// Events within the stretch.
    pub events: u64,
    /// Logins among them.
    pub logins: u64,
    /// Logins that no user denied: those of [`Outcome::open`] are among them.
    pub honest: u64,
    /// Logins that are orange or red by their user's habits, whatever rules say, and that nobody has answered for.
    #[serde(default)]
    pub open: u64,
    /// As it is.
    pub before: Side,
    /// With the draft.
    pub after: Side,
    /// Alerts that only the draft opens: as it is, with these and without those that vanish, makes the draft's. One that
    /// opens at another event counts as both.
    pub alerts_appear: u64,
    /// Alerts that the draft does not open any more.
    pub alerts_vanish: u64,
    /// Mails that only the draft sends.
    pub mails_appear: u64,
    /// Mails that the draft does not send any more.
    pub mails_vanish: u64,
    /// Events that the draft touches: a changed rule hits, or the alert, the mail or the decision
    /// differs.
    pub touched: u64,
    /// Logins among them that no user denied …
    pub touched_honest: u64,
    /// … and of these the unusual ones that nobody has answered for.
    #[serde(default)]
    pub touched_open: u64,
    /// The answers to them.
    pub touched_answers: Precision,
    /// Users touched, counted anew for each 30 days.
    pub touched_users: u64,
    /// The stretch that has events, in days; at least one.
    pub days: f64,
    /// How often each rule hit.
    pub rules: Vec<RuleHits>,
    /// How far the draft and the rules hit the same; the closest first.
    pub overlaps: Vec<Overlap>,
    /// Some of the events that the draft touches, in the order of time.
    pub examples: Vec<Example>,
}

impl Outcome {
    /// What is to be said of alerts that the two sides open at different events.
    pub fn moved(&self) -> Option<&'static str> {
        let both = self.alerts_appear > 0 && self.alerts_vanish > 0;
        both.then_some("An alert that opens at another event with the draft both appears and vanishes.")
    }

    /// What is to be said of the mails: some that live sends, or does not send, are not known here.
    pub fn mails_counted(&self) -> Option<String> {
        (self.before.mails + self.after.mails > 0).then(|| {
            format!(
                "Mails are the questions asked when an alert opens: not what is asked again after a day, and as if nobody were \
                 spared by the limit of {MAX_A_DAY} a day for one user."
            )
        })
    }

    /// Touched logins for each 10,000 honest ones: if none of those that are [open](Outcome::open) is honest, and if all
    /// are; the smaller first.
    pub fn per_10_000(&self) -> (f64, f64) {
        let of = |touched: u64, all: u64| if all == 0 { 0.0 } else { touched as f64 * 10_000.0 / all as f64 };
        let (touched, all) = (self.touched_honest, self.honest);
        let none = of(touched.saturating_sub(self.touched_open), all.saturating_sub(self.open));
        let every = of(touched, all);
        (none.min(every), none.max(every))
    }

    /// The same in words: `2.1`, or `2.1 to 5.3` where it depends on what nobody has answered.
    pub fn per_10_000_told(&self) -> String {
        let (low, high) = self.per_10_000();
        let (low, high) = (format!("{low:.1}"), format!("{high:.1}"));
        if low == high { low } else { format!("{low} to {high}") }
    }

    /// Users touched in 30 days, on average; of a shorter stretch, within it.
    pub fn users_a_month(&self) -> f64 {
        self.touched_users as f64 / (self.days / 30.0).max(1.0)
    }
}

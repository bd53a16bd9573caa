//! What one side of a replay sets in motion: alerts, questions to users, orders to end sessions.

use super::orders::Orders;
use super::profiles::Recent;
use super::replay::{Line, Terms, Verdict};
use crate::Timestamp;
use crate::alert::headline::dedup_key;
use crate::event::EventUser;
use crate::risk::budget::{Asked, Budget, Limits};
use crate::risk::session::log_odds;
use crate::risk::{Assessment, Level};
use crate::rule::verdict::{denier, notifier};
use crate::time::DAY;

/// How many alerts are remembered as open, at least.
const ALERTS: usize = 50_000;
/// How long an alert is taken to be open after its last event: until operators are taken to have closed it.
const OPEN: i64 = DAY;

/// One side's alerts, questions and orders.
#[derive(Debug)]
pub(super) struct Desk {
    alerts: Recent<String, Timestamp>,
    asked: Asked,
    orders: Orders,
}

impl Default for Desk {
    fn default() -> Self {
        Self { alerts: Recent::new(ALERTS), asked: Asked::default(), orders: Orders::default() }
    }
}

impl Terms {
    fn is_unusual(&self, line: &Line, assessment: &Assessment) -> bool {
        line.person.is_some() && !line.late && assessment.alarms(self.settings.alert_level)
    }

    /// True when the event belongs to an alert.
    pub(super) fn alarms(&self, line: &Line, assessment: &Assessment) -> bool {
        self.is_unusual(line, assessment) || (!line.late && notifier(&assessment.account.rules).is_some())
    }

    /// True when what the user answered about it, or an operator said of it, is heard.
    pub(super) fn hears(&self, line: &Line, assessment: &Assessment) -> bool {
        let has_words = line.answer.is_some() || !line.closings.is_empty();
        has_words && line.person.is_some() && (self.hears_all || self.alarms(line, assessment))
    }
}

impl Desk {
    /// As the live log does: an alert on a user's unusual event, or because a rule wants it told; one while it is open.
    pub(super) fn take(
        &mut self,
        line: &Line,
        assessment: Assessment,
        wave: bool,
        terms: &Terms,
        budget: &mut Budget,
    ) -> Verdict {
        let person = line.person.as_ref();
        let unusual = terms.is_unusual(line, &assessment);
        let order = self.orders.take(line, &assessment);
        // What comes late is judged and learned, and alarms nobody.
        let wave = wave && !line.late;
        let mut verdict = Verdict { assessment, wave, order, ..Verdict::default() };
        let key = if unusual {
            let user = person.map(|person| EventUser { key: person.key, id: String::new(), name: None });
            let own = || dedup_key(user.as_ref(), &line.seen, &verdict.assessment);
            Some(denier(&verdict.assessment).map_or_else(own, |rule| format!("deny|{}", rule.rule)))
        } else {
            notifier(&verdict.assessment.account.rules)
                .filter(|_| !line.late)
                .map(|rule| format!("rule|{}|{:?}", rule.rule, person.map(|person| person.key)))
        };
        if let Some(key) = key {
            verdict.alarm = true;
            let last = self.alerts.take(&key);
            verdict.opened = last.is_none_or(|last| line.seen.at.since(last) > OPEN);
            self.alerts.put(key, line.seen.at);
        }
        let denied = denier(&verdict.assessment).is_some();
        if verdict.opened && unusual && !denied && person.is_some_and(|person| person.has_mail) {
            budget.exchange(&mut self.asked);
            verdict.mail = asks(line, &verdict.assessment, terms, budget);
            budget.exchange(&mut self.asked);
        }
        verdict
    }

    /// What is known in the end: who was asked.
    pub(super) fn close(mut self, budget: &mut Budget) {
        budget.exchange(&mut self.asked);
    }
}

fn asks(line: &Line, assessment: &Assessment, terms: &Terms, budget: &mut Budget) -> bool {
    if !terms.settings.ask_users || !line.seen.is_login() {
        return false;
    }
    if let Some(ask_a_day) = terms.settings.ask_a_day {
        let limits = Limits { challenge: 1.0, ask_a_day };
        let floor = log_odds(terms.settings.alert_level.max(Level::Orange).least());
        if log_odds(assessment.probability) < budget.ask_from(&limits, floor, line.seen.at) {
            return false;
        }
    }
    budget.asked(line.seen.at);
    true
}

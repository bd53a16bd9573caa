//! What the file's trial comes to, as markdown.

use std::fmt::Write;

use super::{Column, Trial};
use crate::lab::attack::Attacker;
use crate::lab::measure::{Estimate, Scored, bootstrap, descending, share_above, threshold};
use crate::lab::report::percent;

/// Shares of honest logins that may be challenged.
const BUDGETS: [f64; 3] = [0.005, 0.01, 0.05];

impl Trial {
    /// The table: at each policy's own threshold if it has one, else at each budget.
    /// `rows` is how many the file has.
    pub fn report(&self, rows: u64) -> String {
        let mut text = String::new();
        let honest = self.columns.first().map_or(0, |column| column.honest.len());
        let takeovers = self.columns.first().map_or(0, |column| column.takeovers.len());
        let _ = writeln!(
            text,
            "# Detection on the RBA data set\n\n{rows} rows; one user in {} taken: {} users, {honest} honest logins measured after \
             {} days. 95 % intervals by {} resamples of the users. {takeovers} marked takeovers of accounts with a login before; \
             {} of accounts without one are left out.\n\nShare of honest logins challenged, shares of attackers caught, in %.\n",
            self.options.one_in,
            self.accounts.len(),
            self.options.warm_up,
            self.options.resamples,
            self.first,
        );
        text.push_str("| policy | challenged |");
        for attacker in Attacker::ALL {
            let _ = write!(text, " {} |", attacker.name());
        }
        text.push_str(" marked takeovers |\n|---|---|---|---|---|---|---|\n");
        for column in &self.columns {
            match column.policy.limit() {
                Some(limit) => self.row(&mut text, column, "", |_, _| limit),
                None => BUDGETS.iter().for_each(|share| {
                    let at = format!(", at {:.1} %", share * 100.0);
                    self.row(&mut text, column, &at, |honest, weights| threshold(honest, *share, weights));
                }),
            }
        }
        text
    }

    fn row(&self, text: &mut String, column: &Column, at: &str, limit: impl Fn(&[Scored], &[f64]) -> f64) {
        let honest = descending(column.honest.clone());
        let attacks = || column.attacks.iter().chain(std::iter::once(&column.takeovers));
        let shares = bootstrap(self.accounts.len(), self.options.resamples, 1, |weights| {
            let limit = limit(&honest, weights);
            let caught = attacks().map(|scores| share_above(scores, limit, weights));
            std::iter::once(share_above(&honest, limit, weights)).chain(caught).collect()
        });
        let cells: Vec<String> = shares.into_iter().map(cell).collect();
        let _ = writeln!(text, "| {}{at} | {} |", column.policy.name(), cells.join(" | "));
    }
}

/// Of nothing there is no share.
fn cell(estimate: Estimate) -> String {
    if estimate.value.is_finite() { percent(estimate) } else { "–".to_owned() }
}

//! `porchlight backtest …`: a draft played against the stored log.

mod report;

use std::path::PathBuf;

use clap::Args;
use porchlight_domain::backtest::store::{run, span};
use porchlight_domain::backtest::{Draft, RuleChange};
use porchlight_domain::db::Db;
use porchlight_domain::risk::Level;
use porchlight_domain::rule::store as rules;
use porchlight_domain::time::DAY;
use porchlight_domain::{Error, Timestamp};

use super::progress::Progress;
use crate::clock;

/// How much of the log is played when nothing else is asked for.
const STRETCH: i64 = 30 * DAY;

#[derive(Debug, Args)]
pub(super) struct Backtest {
    /// The project's name or id.
    #[arg(long)]
    project: String,
    /// The first moment that counts: a time, a date, or days ago as `90d`. The default: 30 days before the end.
    #[arg(long)]
    from: Option<String>,
    /// The moment from which on nothing counts. The default: now.
    #[arg(long, visible_alias = "until")]
    to: Option<String>,
    /// A folder with *.toml rules to be tried: each is added, or replaces the one of its name.
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// A rule to be left out, by its name; may be given again.
    #[arg(long, value_name = "NAME")]
    without: Vec<String>,
    /// Another alert level: orange or red.
    #[arg(long)]
    alert_level: Option<Level>,
    /// Another budget: challenge at most this share of logins, as `0.5%`. It holds in the long run: of a few days a little
    /// more may be.
    #[arg(long, value_parser = share)]
    challenge: Option<u32>,
    /// Another budget: ask at most so many users a day.
    #[arg(long)]
    ask_a_day: Option<u32>,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn play(db: &Db, asked: Backtest) -> Result<(), String> {
    let told = |error: Error| error.to_string();
    let found = super::key::find(db, &asked.project).await?;
    let now = clock::now();
    let json = asked.json;
    let existing = rules::list(db, found.id).await.map_err(told)?;
    let draft = draft(asked, &existing, now)?.checked().map_err(told)?;
    for rule in draft.written() {
        rule.doubts(now).iter().for_each(|doubt| eprintln!("{}: {doubt}", rule.name));
    }
    let mut progress = Progress::new("events");
    let played = run(db, found.id, &draft, now, |at| {
        progress.at(at.done, at.share());
        std::future::ready(Ok(true))
    });
    let outcome = played.await.map_err(told)?.ok_or("stopped")?;
    progress.end(outcome.warm_up + outcome.events);
    if json {
        let told = report::json(&outcome).and_then(|told| serde_json::to_string_pretty(&told));
        println!("{}", told.map_err(|error| error.to_string())?);
        return Ok(());
    }
    println!("{}: {}", found.name, draft.label(&existing));
    println!("{} to {}", draft.from.human(), draft.to.human());
    print!("{}", report::text(&outcome));
    if outcome.events == 0
        && let Some((first, last)) = span(db, found.id).await.map_err(told)?
    {
        println!("The log reaches from {} to {}.", first.human(), last.human());
    }
    Ok(())
}

fn draft(
    asked: Backtest,
    existing: &[porchlight_domain::rule::Rule],
    now: Timestamp,
) -> Result<Draft, String> {
    let to = asked.to.as_deref().map_or(Ok(now), |text| moment("--to", text, now))?;
    let from = asked.from.as_deref().map_or(Ok(to.plus(-STRETCH)), |text| moment("--from", text, now))?;
    if to <= from {
        return Err("--from must be before --to, which is now when absent".into());
    }
    let mut changes = Vec::new();
    if let Some(folder) = &asked.rules {
        let written = super::rules::written(folder)?;
        changes.extend(written.into_iter().map(|rule| RuleChange::Write { rule: Box::new(rule) }));
    }
    for name in &asked.without {
        let rule = existing.iter().find(|rule| rule.name == *name);
        let rule = rule.ok_or_else(|| format!("--without: there is no rule {name}"))?;
        changes.push(RuleChange::Remove { rule: rule.id });
    }
    Ok(Draft {
        alert_level: asked.alert_level,
        challenge_per_10_000: asked.challenge,
        ask_a_day: asked.ask_a_day,
        rules: changes,
        ..Draft::of(from, to)
    })
}

/// A time, a date, or days ago: `90d`.
pub(super) fn moment(flag: &str, text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok());
    let ago = days.filter(|days| (0..=36_600).contains(days)).map(|days| now.plus(-days * DAY));
    ago.or_else(|| Timestamp::parse(text))
        .ok_or_else(|| format!("{flag}: {text} is no time like 2026-03-02T08:00:00Z, date, or 90d"))
}

/// A share of logins, in 10,000ths.
fn share(text: &str) -> Result<u32, String> {
    let fault = || format!("{text} is not a share like 0.5%");
    let percent: f64 = text.trim().trim_end_matches('%').trim_end().parse().map_err(|_| fault())?;
    if !(0.0..=100.0).contains(&percent) {
        return Err(fault());
    }
    let parts = (percent * 100.0).round();
    if (parts - percent * 100.0).abs() > 1e-6 {
        return Err(format!("{text} is finer than a budget is kept: 0.01%"));
    }
    Ok(parts as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_shares_are_read_as_people_write_them() {
        let now = Timestamp::from_seconds(1_772_438_400);
        assert_eq!(moment("--to", "90d", now), Ok(now.plus(-90 * DAY)));
        assert_eq!(
            moment("--to", "2026-03-02", now).map(|at| at.to_string()),
            Ok("2026-03-02T00:00:00.000Z".into())
        );
        assert!(moment("--to", "yesterday", now).is_err_and(|error| error.starts_with("--to: yesterday")));
        assert_eq!((share("0.5%"), share("1"), share("100 %")), (Ok(50), Ok(100), Ok(10_000)));
        assert!(share("0.001%").is_err_and(|error| error.contains("0.01%")), "not taken for none at all");
        assert!(share("101%").is_err() && share("x").is_err() && share("NaN").is_err());
    }
}

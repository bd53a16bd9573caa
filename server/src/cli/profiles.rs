//! `porchlight profiles …`: what is known of users' habits.

use std::io::{BufRead, IsTerminal};

use clap::Subcommand;
use porchlight_domain::backtest::store::rebuild;
use porchlight_domain::db::Db;
use porchlight_domain::retention::store::deleted_before;

use super::progress::{Progress, count};
use crate::clock;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Learn a project's profiles anew from its stored log, in the order of time, by the engine, rules and settings of
    /// now. Nothing stored of events and alerts changes. Stop the server first: what it judges meanwhile would be lost.
    Rebuild {
        /// The project's name or id.
        #[arg(long)]
        project: String,
        /// Go on although events were deleted because the project no longer keeps them: what was learned of them is
        /// forgotten.
        #[arg(long)]
        forget_older: bool,
    },
}

pub(super) async fn run(db: &Db, command: Command) -> Result<(), String> {
    let Command::Rebuild { project, forget_older } = command;
    let found = super::key::find(db, &project).await?;
    let deleted = deleted_before(db, found.id).await.map_err(|error| error.to_string())?;
    if let Some(before) = deleted {
        eprintln!(
            "{}: its events before {} UTC were deleted. The profiles still know what was learned of them, and of what users and \
             operators said of them; learned anew from the rest of the log, they would not.",
            found.name,
            before.human()
        );
        if !forget_older && !agreed()? {
            return Err("nothing was changed: --forget-older goes on, and forgets what is older".to_owned());
        }
    }
    let mut progress = Progress::new("events");
    let rebuilt = rebuild(db, found.id, clock::now(), |told| progress.at(told.done, told.share())).await;
    let rebuilt = rebuilt.map_err(|error| error.to_string())?;
    progress.end(rebuilt.events);
    println!(
        "{}: {} learned from {}",
        found.name,
        count(rebuilt.users, "profile"),
        count(rebuilt.events, "event")
    );
    if rebuilt.beside {
        println!(
            "Another process judged for this project within the last two minutes. If a server still runs, it goes on with \
             what it knew before: stop it and run this again."
        );
    }
    Ok(())
}

/// Asks whoever sits at a terminal; a script is never kept waiting.
fn agreed() -> Result<bool, String> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(false);
    }
    eprint!("Forget it? [y/N] ");
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|error| format!("cannot read the answer: {error}"))?;
    Ok(["y", "yes"].contains(&line.trim().to_lowercase().as_str()))
}

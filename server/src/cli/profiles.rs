//! `porchlight profiles …`: what is known of users' habits.

use clap::Subcommand;
use porchlight_domain::backtest::store::rebuild;
use porchlight_domain::db::Db;

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
    },
}

pub(super) async fn run(db: &Db, command: Command) -> Result<(), String> {
    let Command::Rebuild { project } = command;
    let found = super::key::find(db, &project).await?;
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

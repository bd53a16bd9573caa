//! `porchlight key …`

use clap::Subcommand;
use porchlight_domain::Error;
use porchlight_domain::db::Db;
use porchlight_domain::operator::Actor;
use porchlight_domain::project::{Project, store};

use crate::clock;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an API key and print it: it is shown this once.
    Create {
        /// The project's name or id.
        #[arg(long)]
        project: String,
        /// What the key is for.
        #[arg(long, default_value = "command line")]
        name: String,
    },
}

pub(super) async fn run(db: &Db, command: Command) -> Result<(), String> {
    let Command::Create { project, name } = command;
    let found = find(db, &project).await.map_err(|error| match error {
        Error::NotFound => format!("there is no project {project}; `porchlight project list` shows them"),
        error => error.to_string(),
    })?;
    let made = store::create_key(db, &Actor::System, found.id, &name, clock::now()).await;
    let (_, key) = made.map_err(|error| error.to_string())?;
    println!("{key}");
    Ok(())
}

/// A project by what an operator calls it.
pub(super) async fn find(db: &Db, name_or_id: &str) -> Result<Project, Error> {
    match name_or_id.parse() {
        Ok(id) => store::get(db, id).await,
        Err(_) => store::by_name(db, name_or_id).await,
    }
}

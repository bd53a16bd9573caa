//! `porchlight key …`

use clap::Subcommand;
use porchlight_domain::Error;
use porchlight_domain::db::Db;
use porchlight_domain::id::KeyId;
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
    /// List a project's keys: id, how it begins, when it was last used, name.
    List {
        /// The project's name or id.
        #[arg(long)]
        project: String,
    },
    /// Revoke a key: whatever still uses it is refused.
    Revoke {
        /// The project's name or id.
        #[arg(long)]
        project: String,
        /// The key's id, as `key list` shows it.
        #[arg(long)]
        key: KeyId,
    },
}

pub(super) async fn run(db: &Db, command: Command) -> Result<(), String> {
    match command {
        Command::Create { project, name } => {
            let project = find(db, &project).await?.id;
            let made = store::create_key(db, &Actor::Cli, project, &name, clock::now()).await;
            let (_, key) = made.map_err(|error| error.to_string())?;
            println!("{key}");
        }
        Command::List { project } => {
            let keys =
                store::keys(db, find(db, &project).await?.id).await.map_err(|error| error.to_string())?;
            for key in keys {
                let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |at| at.to_string());
                println!("{}\t{}…\t{used}\t{}", key.id, key.hint, key.name);
            }
        }
        Command::Revoke { project, key } => {
            let project = find(db, &project).await?.id;
            let revoked = store::revoke_key(db, &Actor::Cli, project, key, clock::now()).await;
            revoked.map_err(|error| match error {
                Error::NotFound => {
                    format!("the project has no live key {key}; `porchlight key list` shows them")
                }
                error => error.to_string(),
            })?;
        }
    }
    Ok(())
}

/// A project by what an operator calls it.
pub(super) async fn find(db: &Db, name_or_id: &str) -> Result<Project, String> {
    let found = match name_or_id.parse() {
        Ok(id) => store::get(db, id).await,
        Err(_) => store::by_name(db, name_or_id).await,
    };
    found.map_err(|error| match error {
        Error::NotFound => format!("there is no project {name_or_id}; `porchlight project list` shows them"),
        error => error.to_string(),
    })
}

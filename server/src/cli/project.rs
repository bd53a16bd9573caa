//! `porchlight project …`

use clap::Subcommand;
use porchlight_domain::db::Db;
use porchlight_domain::operator::Actor;
use porchlight_domain::project::{Settings, store};

use crate::clock;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a project: one tracked application.
    Create {
        /// Its name; users see it in mails.
        #[arg(long)]
        name: String,
        /// Ask users "Was this you?" by mail.
        #[arg(long)]
        ask_users: bool,
    },
    /// List the projects.
    List,
}

pub(super) async fn run(db: &Db, command: Command) -> Result<(), String> {
    match command {
        Command::Create { name, ask_users } => {
            let settings = Settings { ask_users, ..Settings::default() };
            let made = store::create(db, &Actor::System, &name, settings, clock::now()).await;
            let project = made.map_err(|error| error.to_string())?;
            println!("{}\t{}", project.id, project.name);
        }
        Command::List => {
            for project in store::list(db).await.map_err(|error| error.to_string())? {
                let asks = if project.settings.ask_users { "asks users" } else { "does not ask users" };
                println!("{}\t{}\t{asks}", project.id, project.name);
            }
        }
    }
    Ok(())
}

//! `porchlight project …`

use clap::Subcommand;
use porchlight_domain::db::Db;
use porchlight_domain::operator::Actor;
use porchlight_domain::project::{Project, Settings, store};

use super::key::find;
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
        /// Keep events for so many days; without it, for ever.
        #[arg(long, value_name = "DAYS")]
        keep_days: Option<u32>,
    },
    /// Say for how many days a project's events are kept.
    Keep {
        /// The project's name or id.
        #[arg(long)]
        project: String,
        /// How many days; without it, for ever.
        #[arg(long)]
        days: Option<u32>,
    },
    /// Say who is mailed about a project's alerts; those before are not any more.
    Tell {
        /// The project's name or id.
        #[arg(long)]
        project: String,
        /// An operator's address, up to ten of them: each by itself or with commas between. Without it nobody is.
        #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
        mail: Vec<String>,
    },
    /// List the projects.
    List,
}

pub(super) async fn run(db: &Db, command: Command) -> Result<(), String> {
    match command {
        Command::Create { name, ask_users, keep_days } => {
            let settings = Settings { ask_users, keep_days, ..Settings::default() };
            let made = store::create(db, &Actor::Cli, &name, settings, clock::now()).await;
            let project = made.map_err(|error| error.to_string())?;
            println!("{}\t{}", project.id, project.name);
        }
        Command::Keep { project, days } => {
            let project = find(db, &project).await?;
            let settings = Settings { keep_days: days, ..project.settings.clone() };
            change(db, project, settings, &kept(days)).await?;
        }
        Command::Tell { project, mail } => {
            let project = find(db, &project).await?;
            let said = told(&mail);
            let settings = Settings { operator_mails: mail, ..project.settings.clone() };
            change(db, project, settings, &said)
                .await
                .map_err(|told| told.replace("operator_mails", "--mail"))?;
        }
        Command::List => {
            for project in store::list(db).await.map_err(|error| error.to_string())? {
                let asks = if project.settings.ask_users { "asks users" } else { "does not ask users" };
                let (kept, told) = (kept(project.settings.keep_days), told(&project.settings.operator_mails));
                println!("{}\t{}\t{asks}\t{kept}\t{told}", project.id, project.name);
            }
        }
    }
    Ok(())
}

async fn change(db: &Db, project: Project, settings: Settings, said: &str) -> Result<(), String> {
    let changed = store::update(db, &Actor::Cli, project.id, &project.name, settings, clock::now()).await;
    changed.map_err(|error| error.to_string())?;
    println!("{}\t{said}", project.name);
    Ok(())
}

fn told(mails: &[String]) -> String {
    if mails.is_empty() { "tells nobody".to_owned() } else { format!("tells {}", mails.join(", ")) }
}

fn kept(days: Option<u32>) -> String {
    days.map_or_else(|| "keeps events for ever".to_owned(), |days| format!("keeps events for {days} days"))
}

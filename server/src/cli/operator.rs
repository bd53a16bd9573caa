//! `porchlight operator …`

use std::io::BufRead;

use clap::Subcommand;
use porchlight_domain::db::Db;
use porchlight_domain::operator::{Actor, Role, store};

use crate::clock;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an operator; the password is read from standard input (one line).
    Create {
        /// What they sign in with.
        #[arg(long)]
        email: String,
        /// Their name; the e-mail when left out.
        #[arg(long, default_value = "")]
        name: String,
        /// owner, admin, analyst or viewer.
        #[arg(long)]
        role: Role,
    },
    /// List the operators.
    List,
}

pub(super) async fn run(db: &Db, command: Command) -> Result<(), String> {
    match command {
        Command::Create { email, name, role } => {
            let mut password = String::new();
            std::io::stdin()
                .lock()
                .read_line(&mut password)
                .map_err(|error| format!("cannot read the password: {error}"))?;
            let password = password.trim_end_matches(['\r', '\n']);
            let made = store::create(db, &Actor::System, &email, &name, password, role, clock::now()).await;
            let operator = made.map_err(|error| error.to_string())?;
            println!("{}\t{}\t{}", operator.id, operator.email, operator.role.as_str());
        }
        Command::List => {
            for operator in store::list(db).await.map_err(|error| error.to_string())? {
                println!(
                    "{}\t{}\t{}\t{}",
                    operator.id,
                    operator.email,
                    operator.role.as_str(),
                    operator.name
                );
            }
        }
    }
    Ok(())
}

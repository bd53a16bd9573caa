//! `porchlight operator …`

use std::io::BufRead;

use clap::Subcommand;
use porchlight_domain::Error;
use porchlight_domain::db::Db;
use porchlight_domain::id::OperatorId;
use porchlight_domain::operator::{Actor, Operator, Role, store};

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
    /// List the operators: id, e-mail, role, name, and whether they are disabled.
    List,
    /// Give an operator another password, read from standard input (one line), and end their sessions.
    Password {
        /// What they sign in with.
        #[arg(long)]
        email: String,
    },
    /// Give an operator another role.
    Role {
        /// What they sign in with.
        #[arg(long)]
        email: String,
        /// owner, admin, analyst or viewer.
        #[arg(long)]
        role: Role,
    },
    /// Remove an operator; what they did stays in the ledger. The last owner stays.
    Remove {
        /// What they sign in with.
        #[arg(long)]
        email: String,
    },
}

pub(super) async fn run(db: &Db, command: Command) -> Result<(), String> {
    let (by, now) = (Actor::Cli, clock::now());
    let done = match command {
        Command::Create { email, name, role } => {
            let made = store::create(db, &by, &email, &name, &password()?, role, now).await;
            made.map(|made| println!("{}\t{}\t{}", made.id, made.email, made.role.as_str()))
        }
        Command::List => {
            store::list(db).await.map(|all| all.iter().for_each(|operator| println!("{}", line(operator))))
        }
        Command::Password { email } => {
            store::set_password(db, &by, find(db, &email).await?, &password()?, now).await
        }
        Command::Role { email, role } => {
            store::change_role(db, &by, find(db, &email).await?, role, now).await
        }
        Command::Remove { email } => store::remove(db, &by, find(db, &email).await?, now).await,
    };
    done.map_err(|error| error.to_string())
}

fn line(operator: &Operator) -> String {
    let state = if operator.disabled_at.is_some() { "\tdisabled" } else { "" };
    format!("{}\t{}\t{}\t{}{state}", operator.id, operator.email, operator.role.as_str(), operator.name)
}

async fn find(db: &Db, email: &str) -> Result<OperatorId, String> {
    match store::by_email(db, email).await {
        Ok(operator) => Ok(operator.id),
        Err(Error::NotFound) => {
            Err(format!("there is no operator {email}; `porchlight operator list` shows them"))
        }
        Err(error) => Err(error.to_string()),
    }
}

fn password() -> Result<String, String> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|error| format!("cannot read the password: {error}"))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

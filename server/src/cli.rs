//! The command line: what the executable can be asked to do.

#[macro_use]
mod output;

mod backtest;
pub mod bench;
mod calibrate;
mod import;
mod key;
mod operator;
mod profiles;
mod progress;
mod project;
mod rules;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use porchlight_domain::db::Db;

use crate::clock;
use crate::config::{Config, prepared};
use crate::private;

const AFTER_HELP: &str = "\
First steps:
  porchlight serve                                   start; the log prints a one-time link that makes the first operator
  porchlight project create --name Shop --ask-users  make a project without the console
  porchlight key create --project Shop               print an API key for it
  curl -H \"Authorization: Bearer $KEY\" -H 'Content-Type: application/json' \\
       -d '{\"verb\":\"log-in\",\"ip\":\"1.2.3.4\",\"user\":{\"id\":\"1\"}}' http://127.0.0.1:3000/api/v1/events

Every setting is a flag or a PORCHLIGHT_… variable. The API is described at /api/openapi.json.";

/// Porchlight: a self-hosted login watch. It judges logins, asks users \"Was this you?\", pushes signed webhooks, and
/// proves that stolen sessions died.
#[derive(Debug, Parser)]
#[command(name = "porchlight", version, about, after_help = AFTER_HELP, max_term_width = 110)]
pub struct Cli {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (the default).
    Serve,
    /// Operators: the people who use the console.
    #[command(subcommand)]
    Operator(operator::Command),
    /// Projects: the tracked applications.
    #[command(subcommand)]
    Project(project::Command),
    /// API keys of projects.
    #[command(subcommand)]
    Key(key::Command),
    /// Rules as files: test them, apply them to a project.
    #[command(subcommand)]
    Rules(rules::Command),
    /// Play a draft (rules, alert level, budget) against the stored log, and tell what it would change.
    Backtest(backtest::Backtest),
    /// Bring history in from elsewhere: judged and learned in the order of time, so that day one looks like day 365.
    Import(import::Import),
    /// What is known of users' habits.
    #[command(subcommand)]
    Profiles(profiles::Command),
    /// Refit the weights of the evidence to users' answers, show them, or put the shipped ones back.
    Calibrate(calibrate::Calibrate),
    /// Measure how good the detection is.
    #[command(subcommand)]
    Bench(bench::Command),
}

impl Cli {
    /// Reads the command line and the environment; ends the process where they are wrong, or ask for help.
    pub fn read() -> Self {
        let asked = prepared(Self::command()).get_matches();
        Self::from_arg_matches(&asked).unwrap_or_else(|error| error.exit())
    }
}

/// Does what was asked; says on standard error why it could not.
pub fn run(cli: Cli) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let result = runtime.block_on(async {
        match cli.command.unwrap_or(Command::Serve) {
            Command::Serve => crate::serve::serve(cli.config).await,
            Command::Operator(command) => operator::run(&open(&cli.config).await?, command).await,
            Command::Project(command) => project::run(&open(&cli.config).await?, command).await,
            Command::Key(command) => key::run(&open(&cli.config).await?, command).await,
            Command::Backtest(asked) => backtest::play(&open(&cli.config).await?, asked).await,
            Command::Calibrate(asked) => calibrate::run(&open(&cli.config).await?, asked).await,
            Command::Bench(command) => bench::run(command),
            Command::Import(asked) => import::run(&open(&cli.config).await?, &cli.config, asked).await,
            Command::Profiles(command) => profiles::run(&open(&cli.config).await?, command).await,
            Command::Rules(command) => match rules::without_database(&command) {
                Some(done) => done,
                None => rules::run(&open(&cli.config).await?, command).await,
            },
        }
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("porchlight: {}", printable(&error.to_string()));
    ExitCode::FAILURE
}

/// Text that may hold what a file or a server said: controls, which a terminal would obey, are escaped.
fn printable(text: &str) -> String {
    let obeyed = |letter: char| letter.is_control() && letter != '\n';
    text.chars().fold(String::with_capacity(text.len()), |mut out, letter| {
        if obeyed(letter) {
            out.extend(letter.escape_default())
        } else {
            out.push(letter)
        }
        out
    })
}

/// Makes the data folder when it is not there.
pub fn data_folder(config: &Config) -> Result<(), String> {
    private::folder(&config.data_dir)
        .map_err(|error| format!("cannot make the data folder {}: {error}", config.data_dir.display()))
}

/// Opens the store as the settings say, making the data folder when it is not there.
pub async fn open(config: &Config) -> Result<Db, String> {
    data_folder(config)?;
    let key = config.secret_key()?;
    if let Some(file) = config.database_file() {
        private::file(&file).map_err(|error| format!("cannot make {}: {error}", file.display()))?;
    }
    let connected = Db::connect(&config.database_url(), *key, clock::now()).await;
    connected.map_err(|error| format!("cannot open the database: {error}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_file_says_is_shown_and_not_obeyed() {
        let told = super::printable("column \u{1b}[31mEVIL\u{1b}]0;pwn\u{7}: “é”\nline 2\r");
        assert_eq!(told, "column \\u{1b}[31mEVIL\\u{1b}]0;pwn\\u{7}: “é”\nline 2\\r");
    }
}

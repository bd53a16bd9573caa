//! The executable: reads the command line and the environment, runs what they ask for.

use std::process::ExitCode;

use clap::Parser;
use porchlight_server::cli::Cli;

fn main() -> ExitCode {
    porchlight_server::cli::run(Cli::parse())
}

//! The executable: reads the command line and the environment, runs what they ask for.

use std::process::ExitCode;

use porchlight_server::cli::{self, Cli};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run(Cli::read())
}

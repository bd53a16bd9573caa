//! `porchlight bench`: how good the detection is, measured on made-up logins with published seeds.

mod rba;
pub mod speed;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use porchlight_domain::lab::{self, Options, parameters};

/// What is measured.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// What the engine catches beside published policies, and whether its targets are met.
    Detection(Detection),
}

/// Where the defaults are used, the figures are the published ones.
#[derive(Debug, Args)]
pub struct Detection {
    /// Use the seeds that the engine was tuned on instead of the held-out ones.
    #[arg(long)]
    tuning: bool,
    /// Only single logins: no waves, sessions and storms.
    #[arg(long)]
    logins_only: bool,
    /// Seeds of your own.
    #[arg(long, value_delimiter = ',')]
    seeds: Vec<u64>,
    /// Users a seed, at least 100: of fewer nothing can be said.
    #[arg(long, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    users: Option<u32>,
    /// Write the charts into this folder, as SVG.
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
    /// Real logins instead of made-up ones: das-group's data set, rba-dataset.csv.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["tuning", "logins_only", "seeds", "users", "svg"])]
    rba: Option<PathBuf>,
    /// With --rba: one user in so many is taken (the whole file has 3.3 million).
    #[arg(long, value_name = "N", default_value_t = 20, requires = "rba", value_parser = clap::value_parser!(u64).range(1..))]
    one_in: u64,
}

/// Measures. It needs no database and no settings.
pub fn run(Command::Detection(asked): Command) -> Result<(), String> {
    if let Some(file) = &asked.rba {
        print!(
            "{}",
            rba::run(file, lab::rba::Options { one_in: asked.one_in, ..lab::rba::Options::default() })?
        );
        return Ok(());
    }
    let mut options = Options::default();
    if asked.tuning {
        options.seeds = parameters::TUNING_SEEDS.to_vec();
    }
    if !asked.seeds.is_empty() {
        options.seeds = asked.seeds;
    }
    options.users = asked.users.map_or(options.users, |users| users as usize);
    options.scenarios = !asked.logins_only;
    let report = lab::run(&options);
    print!("{}", report.text);
    if options.scenarios {
        println!("\n## Speed, on this machine\n\n| | what | target | figure | |\n|---|---|---|---|---|");
        print!("{}", speed::measure().rows());
    }
    asked.svg.map_or(Ok(()), |folder| write(&folder, &report.charts))
}

fn write(folder: &Path, charts: &[(&'static str, String)]) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for (name, svg) in charts {
        let path = folder.join(name);
        std::fs::write(&path, svg).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

//! Prints what the engine catches, beside published policies, on made-up logins.
//!
//! `cargo run --release -p porchlight-domain --features lab --example detection -- [--tuning] [--logins-only] [--seeds 1,2]
//! [--users N] [--resamples N] [--svg DIR]`: without arguments the published figures, from the held-out seeds.

use std::path::PathBuf;

use porchlight_domain::lab::{self, Options, parameters};

fn main() -> Result<(), String> {
    let (options, folder) = read(std::env::args().skip(1))?;
    let report = lab::run(&options);
    print!("{}", report.text);
    if let Some(folder) = folder {
        for (name, svg) in &report.charts {
            std::fs::write(folder.join(name), svg).map_err(|error| format!("{name}: {error}"))?;
        }
    }
    Ok(())
}

fn read(mut arguments: impl Iterator<Item = String>) -> Result<(Options, Option<PathBuf>), String> {
    let (mut options, mut folder) = (Options::default(), None);
    while let Some(name) = arguments.next() {
        match name.as_str() {
            "--tuning" => {
                options.seeds = parameters::TUNING_SEEDS.to_vec();
                continue;
            }
            "--logins-only" => {
                options.scenarios = false;
                continue;
            }
            _ => {}
        }
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{name} {text}: {error}"));
        match name.as_str() {
            "--seeds" => options.seeds = value.split(',').map(number).collect::<Result<_, _>>()?,
            "--users" => options.users = number(&value)?.max(1) as usize,
            "--resamples" => options.resamples = number(&value)? as usize,
            "--svg" => folder = Some(PathBuf::from(value)),
            _ => {
                return Err(format!(
                    "{name} is not known: --tuning, --logins-only, --seeds, --users, --resamples, --svg"
                ));
            }
        }
    }
    Ok((options, folder))
}

//! `porchlight calibrate`: refits the weights of the evidence to users' answers, as the server does every night.

use clap::Args;
use porchlight_domain::db::Db;
use porchlight_domain::risk::calibration::{LEAST_LABELS, Refusal};
use porchlight_domain::risk::store::refit;

use super::key;
use crate::clock;

/// Whose answers.
#[derive(Debug, Args)]
pub struct Calibrate {
    /// The project's name or id.
    #[arg(long)]
    project: String,
}

/// Refits, and tells what came of it.
pub async fn run(db: &Db, asked: Calibrate) -> Result<(), String> {
    let project = key::find(db, &asked.project).await?;
    match refit(db, project.id, clock::now()).await.map_err(|error| error.to_string())? {
        Ok(fit) => {
            let ([before, after], c) = ([fit.loss.0, fit.loss.1], fit.calibration);
            println!("Refitted to {} answers.", fit.labels);
            println!("Mean log loss on answers that were held out: {before:.4} before, {after:.4} now.");
            println!("alpha {:.3}, beta {:.3}, attackers {:.3?}", c.alpha, c.beta, c.pi);
        }
        Err(Refusal::TooFew(count)) => {
            println!("Nothing changed: {count} answers, {LEAST_LABELS} are needed.");
        }
        Err(Refusal::OneSided) => println!("Nothing changed: all answers are the same."),
        Err(Refusal::Worse(before, after)) => {
            println!(
                "Nothing changed: on answers it had not seen the refit did worse ({before:.4} before, {after:.4} after)."
            );
        }
    }
    Ok(())
}

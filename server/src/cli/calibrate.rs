//! `porchlight calibrate`: refits the weights of the evidence to users' answers, as the server does every night; shows
//! those in force, and puts the shipped ones back.

use clap::Args;
use porchlight_domain::db::Db;
use porchlight_domain::id::ProjectId;
use porchlight_domain::operator::Actor;
use porchlight_domain::risk::Calibration;
use porchlight_domain::risk::calibration::Standing;
use porchlight_domain::risk::store::{Refit, refit, reset, standing};

use super::key;
use crate::clock;

/// Whose answers.
#[derive(Debug, Args)]
pub struct Calibrate {
    /// The project's name or id.
    #[arg(long)]
    project: String,
    /// Change nothing: print the weights in force.
    #[arg(long)]
    show: bool,
    /// Put the shipped weights back in force.
    #[arg(long, conflicts_with = "show")]
    reset: bool,
}

/// Refits, shows or takes back, and tells what came of it.
pub async fn run(db: &Db, asked: Calibrate) -> Result<(), String> {
    let project = key::find(db, &asked.project).await?.id;
    let told = match (asked.show, asked.reset) {
        (true, _) => standing(db, project).await.map(|standing| said(&standing)),
        (_, true) => put_back(db, project).await,
        _ => refit(db, &Actor::Cli, project, clock::now()).await.map(|refit| came(&refit)),
    };
    println!("{}", told.map_err(|error| error.to_string())?);
    Ok(())
}

async fn put_back(db: &Db, project: ProjectId) -> porchlight_domain::Result<String> {
    let before = reset(db, &Actor::Cli, project, clock::now()).await?;
    if before.calibration == Calibration::SHIPPED {
        return Ok("The shipped weights were in force.".to_owned());
    }
    Ok(format!("Was: {}\nNow: {}", said(&before), said(&standing(db, project).await?)))
}

fn came(refit: &Refit) -> String {
    let (before, after) = (said(&refit.before), said(&refit.after));
    match refit.came {
        Ok(fit) if refit.before.calibration == refit.after.calibration => {
            format!(
                "Nothing changed: no weights fit {} answers, {} of them no, better.\n{after}",
                fit.labels, fit.denied
            )
        }
        Ok(fit) => format!(
            "Refitted to {} answers, {} of them no.\n\
             Mean log loss on answers that were held out: {:.4} before, {:.4} now.\nWas: {before}\nNow: {after}",
            fit.labels, fit.denied, fit.loss.0, fit.loss.1
        ),
        Err(refusal) if refit.before.calibration == refit.after.calibration => {
            format!("Nothing changed: {refusal}.\n{after}")
        }
        Err(refusal) => format!(
            "The shipped weights are in force again: {refusal}, and the refitted ones let thieves go.\n\
             Was: {before}\nNow: {after}"
        ),
    }
}

/// Which weights, and where they come from.
fn said(standing: &Standing) -> String {
    let from = match (standing.fit, standing.version) {
        (Some(fit), Some(version)) => format!("refitted to {} answers, version {version}", fit.labels),
        _ if standing.taken_back => "shipped; put back by hand, no night refits them".to_owned(),
        _ => "shipped".to_owned(),
    };
    format!("{} ({from})", standing.calibration)
}

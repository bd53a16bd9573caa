//! The running server: everything started in order, everything ended in order, nothing lost between.

use std::fs::File;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use porchlight_domain::db::Db;
use porchlight_domain::operator;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::connections::{self, Patience};
use crate::enrich::{Enricher, GeoSettings};
use crate::http::listeners::Listeners;
use crate::http::{HttpState, Parts, auth, router};
use crate::ingest::Ingest;
use crate::{cli, clock, notify, private, telemetry};

/// Runs until the process is told to end.
pub async fn serve(config: Config) -> Result<(), String> {
    telemetry::start_logs(&config)?;
    notify::check(config.smtp_url.as_deref(), &config.mail_from)?;
    let _alone = alone(&config)?;
    let db = cli::open(&config).await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", config.listen))?;
    if config.listen.ip().is_unspecified() && config.public_url.is_none() {
        let url = config.public_url();
        tracing::warn!(%url, "PUBLIC_URL is not set: links in mails and receipts begin with an address that nobody reaches");
    }
    welcome(&db, &config).await?;
    run(config, db, listener, told_to_end()).await
}

/// An SQLite file is served by one process: a second one would take over what the first has on its way. Commands may use it
/// beside the server.
fn alone(config: &Config) -> Result<Option<File>, String> {
    let Some(database) = config.database_file() else { return Ok(None) };
    cli::data_folder(config)?;
    let mut name = database.clone().into_os_string();
    name.push(".serving");
    match private::alone(Path::new(&name)) {
        Ok(Some(file)) => Ok(Some(file)),
        Ok(None) => Err(format!(
            "another Porchlight serves {}: stop it first; many processes share a PostgreSQL",
            database.display()
        )),
        Err(error) => Err(format!("cannot lock {}: {error}", Path::new(&name).display())),
    }
}

/// Prints the one-time link that makes the first operator.
async fn welcome(db: &Db, config: &Config) -> Result<(), String> {
    let invited = operator::store::invite_first(db, clock::now()).await.map_err(|error| error.to_string())?;
    if let Some(token) = invited {
        // Not by the logger: a link that makes an owner does not belong into collected logs.
        eprintln!(
            "\n  Make the first operator (once, within a day):\n  {}/welcome/{token}\n",
            config.public_url()
        );
    }
    Ok(())
}

/// Serves on `listener` until `shutdown`: the seam by which tests and benches run the whole server.
pub async fn run(
    config: Config,
    db: Db,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), String> {
    let config = Arc::new(config);
    tell_geo_dir(&config);
    let enricher = Arc::new(Enricher::open(&GeoSettings { dir: config.geo_dir() }));
    let (ingest, writer) = Ingest::start(db.clone(), enricher.clone(), config.public_url());
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let state = HttpState::from(Parts {
        db: db.clone(),
        enricher: enricher.clone(),
        ingest,
        listeners: Listeners::new(stop.clone()),
        keys: Arc::new(auth::Keys::default()),
        metrics: telemetry::start_metrics(),
        app: crate::http::pages::app_state(&db, &config),
        config: config.clone(),
    });
    crate::workers::start(&state, &stop, &tasks)?;
    tasks.close();
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    tracing::info!(%address, url = config.public_url(), "listening");
    let ending = stop.clone();
    let told = async move {
        shutdown.await;
        ending.cancel();
    };
    tokio::join!(told, connections::serve(listener, router(state), Patience::default(), stop));
    // In this order: no more requests, then the writer empties its queue, then the workers finish their step.
    tasks.wait().await;
    let _ = tokio::time::timeout(GRACE, writer).await;
    if let Err(error) = crate::inbound::step(&db, clock::now()).await {
        tracing::error!(%error, "the last second's inbound webhooks could not be counted");
    }
    if let Err(error) = porchlight_domain::risk::store::step(&db, clock::now()).await {
        tracing::error!(%error, "what was learned in the last minute could not be saved");
    }
    db.close().await;
    tracing::info!("ended");
    Ok(())
}

/// A folder that was asked for and cannot be read is no choice to go without: it says so.
fn tell_geo_dir(config: &Config) {
    let Some(folder) = &config.geo_dir else { return };
    if let Err(error) = std::fs::read_dir(folder) {
        let folder = folder.display();
        tracing::warn!(%folder, %error, "GEO_DIR cannot be read: no address has a place or a network");
    }
}

/// How long the writer may take to empty its queue.
const GRACE: std::time::Duration = std::time::Duration::from_secs(10);

/// Resolves on SIGTERM or Ctrl-C.
async fn told_to_end() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}

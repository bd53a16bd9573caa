//! The first connection: by itself, so that what is wrong is said at once, with its cause and without the password.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AnyConnection, Connection};

use super::trouble;
use crate::{Error, Result};

/// How long a database server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks PostgreSQL once. Names the host and the database where it cannot be reached, and why.
pub(super) async fn postgres(url: &str, options: &PgConnectOptions) -> Result<()> {
    let connected = tokio::time::timeout(PATIENCE, AnyConnection::connect(url)).await;
    let why = match connected {
        Ok(Ok(connection)) => {
            // It answered: how it says goodbye is of no interest.
            let _ = connection.close().await;
            return Ok(());
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
    };
    let host = options.get_socket().map_or_else(
        || format!("{}:{}", options.get_host(), options.get_port()),
        |socket| socket.display().to_string(),
    );
    let name = options.get_database().unwrap_or_else(|| options.get_username());
    let text = format!("names the database {name} on {host}, which cannot be opened: {why}");
    Err(Error::invalid("DATABASE_URL", text))
}

/// Opens SQLite's file and reads its first pages once: a pool would try a damaged one again and again.
pub(super) async fn sqlite(url: &str) -> Result<()> {
    let read = async {
        let mut connection = AnyConnection::connect(url).await?;
        let read = sqlx::raw_sql("SELECT COUNT(*) FROM sqlite_master").execute(&mut connection).await;
        // What was read tells; the goodbye does not.
        let _ = connection.close().await;
        read
    };
    let Err(error) = read.await else { return Ok(()) };
    let file = url.trim_start_matches("sqlite:").split('?').next().unwrap_or_default();
    let text = format!("names the file {file}, which cannot be opened: {}", trouble::told(&error));
    Err(Error::invalid("DATABASE_URL", text))
}

//! Connections: how SQLite's are set up, and migrations before anything else.

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Connection};

use crate::{Error, Result};

/// WAL with FULL: a commit is on disk when it returns, and readers never wait for the writer. The log's pages go into the
/// file by [`Db::checkpoint`]; only what that cannot keep up with is left to a commit, which then takes longer.
const SQLITE_PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; \
     PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864";
/// The one that writes goes back to the same index pages all the time.
const SQLITE_WRITER_PRAGMAS: &str = "PRAGMA cache_size = -24576";

pub(super) fn join(url: &str) -> char {
    if url.contains('?') { '&' } else { '?' }
}

/// Connections that are kept for as long as they work: each is tried before it is used. sqlx looks every few minutes for
/// old ones, as often as its count of idle ones says; that count is one too few, and so the largest number there is, for
/// a moment whenever somebody waits for a connection that comes back
/// (`sqlx_core::pool::inner`, 0.9: `release` counts after it has woken). Read then, it keeps a core busy for ever.
pub(super) fn lasting() -> AnyPoolOptions {
    AnyPoolOptions::new().max_lifetime(None).idle_timeout(None)
}

pub(super) async fn sqlite(url: &str, connections: u32) -> Result<AnyPool> {
    let options = lasting()
        .max_connections(connections)
        .min_connections(1)
        .after_connect(move |conn, _| {
            Box::pin(async move {
                sqlx::raw_sql(SQLITE_PRAGMAS).execute(&mut *conn).await?;
                if connections == 1 {
                    sqlx::raw_sql(SQLITE_WRITER_PRAGMAS).execute(conn).await?;
                }
                Ok(())
            })
        })
        // After a failed write (a full disk) SQLite ends a transaction by itself, and its driver never learns of it.
        .before_acquire(|conn, _| Box::pin(async move { Ok(!conn.is_in_transaction()) }));
    Ok(options.connect(url).await?)
}

pub(super) async fn migrate(pool: &AnyPool, migrator: &sqlx::migrate::Migrator) -> Result<()> {
    migrator.run(pool).await.map_err(|error| Error::Internal(format!("migration: {error}")))
}

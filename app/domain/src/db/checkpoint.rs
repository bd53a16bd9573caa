//! SQLite's write-ahead log goes into the database file beside the commits, not within one of them.

use super::{Db, Engine};
use crate::Result;
use crate::time::SECOND;

/// How often [`Db::checkpoint`] should be called, in microseconds.
pub const CHECKPOINT_EVERY: i64 = SECOND;

impl Db {
    /// Copies what is in SQLite's write-ahead log into the file, as far as no reader needs it where it is
    /// (<https://www.sqlite.org/c3ref/wal_checkpoint_v2.html>, PASSIVE): whoever commits waits for none of it. On
    /// PostgreSQL there is nothing to do.
    pub async fn checkpoint(&self) -> Result<()> {
        if self.engine() == Engine::Sqlite {
            sqlx::raw_sql("PRAGMA wal_checkpoint(PASSIVE)").execute(self.reader()).await?;
        }
        Ok(())
    }
}

//! What is wrong with the database, in words that an operator can act on, and whether it takes writes.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Db;
use crate::time::SECOND;
use crate::{Error, Result, Timestamp};

/// What keeps the database from working.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No room for what is to be written.
    DiskFull,
    /// It may be read alone.
    ReadOnly,
    /// What it says is not what was written.
    Damaged,
    /// It does not answer.
    Away,
    /// The disk or the server fails in another way.
    Failing,
}

/// "No space left on device", as operating systems number it.
const NO_SPACE: i32 = 28;

impl Trouble {
    /// What an error says of the database itself; None when it is about what was asked of it.
    pub fn of(error: &Error) -> Option<Self> {
        match error {
            Error::Database(error) => Self::of_driver(error),
            _ => None,
        }
    }

    pub(crate) fn of_driver(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::Io(error) if error.raw_os_error() == Some(NO_SPACE) => Some(Self::DiskFull),
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Some(Self::Away),
            sqlx::Error::WorkerCrashed => Some(Self::Failing),
            sqlx::Error::Database(error) => {
                if error.message().contains("No space left on device") {
                    return Some(Self::DiskFull);
                }
                let code = error.code()?;
                match code.parse::<u32>().ok().filter(|_| code.len() < SQLSTATE) {
                    Some(code) => Self::of_sqlite(code),
                    None => Self::of_sqlstate(&code),
                }
            }
            _ => None,
        }
    }

    /// <https://www.sqlite.org/rescode.html>; the low byte of an extended code is the primary one.
    fn of_sqlite(code: u32) -> Option<Self> {
        match code & 0xff {
            8 => Some(Self::ReadOnly),
            10 => Some(Self::Failing),
            11 | 26 => Some(Self::Damaged),
            13 => Some(Self::DiskFull),
            14 => Some(Self::Away),
            _ => None,
        }
    }

    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    fn of_sqlstate(code: &str) -> Option<Self> {
        match code {
            "53100" => Some(Self::DiskFull),
            "25006" => Some(Self::ReadOnly),
            "XX001" | "XX002" => Some(Self::Damaged),
            _ if code.starts_with("08") || code.starts_with("57P") || code == "53300" => Some(Self::Away),
            _ if code.starts_with("58") || code.starts_with("53") => Some(Self::Failing),
            _ => None,
        }
    }

    /// `the disk is full`.
    pub fn words(self) -> &'static str {
        match self {
            Self::DiskFull => "the disk is full",
            Self::ReadOnly => "the database may only be read",
            Self::Damaged => "the database is damaged",
            Self::Away => "the database does not answer",
            Self::Failing => "the disk or the database server fails",
        }
    }
}

/// An error of the driver with what it means, where that is not what it says.
pub(crate) fn told(error: &sqlx::Error) -> String {
    match Trouble::of_driver(error) {
        Some(trouble @ (Trouble::DiskFull | Trouble::ReadOnly | Trouble::Damaged)) => {
            format!("{}: {error}", trouble.words())
        }
        _ => error.to_string(),
    }
}

/// A SQLSTATE has five characters; SQLite's numbers have fewer.
const SQLSTATE: usize = 5;
/// How often it is tried whether the database takes writes again.
const TRY_EVERY: i64 = SECOND;
/// Larger than what fits where something was deleted: it needs room of its own, in bytes.
const PROBE: usize = 64 * 1024;

/// Whether writes were refused lately.
#[derive(Debug, Default)]
pub(super) struct Writing {
    failing: AtomicBool,
    why: Mutex<Option<(Trouble, Timestamp)>>,
}

impl Writing {
    fn failed(&self, trouble: Trouble) {
        if let Ok(mut why) = self.why.lock() {
            let tried_at = why.map_or(Timestamp::default(), |(_, tried_at)| tried_at);
            *why = Some((trouble, tried_at));
            self.failing.store(true, Ordering::Relaxed);
        }
    }

    fn succeeded(&self) {
        if self.failing.swap(false, Ordering::Relaxed)
            && let Ok(mut why) = self.why.lock()
        {
            *why = None;
        }
    }

    fn why(&self) -> Option<Trouble> {
        self.why.lock().ok().and_then(|why| why.map(|(trouble, _)| trouble))
    }

    /// True for one caller a second.
    fn may_try(&self, now: Timestamp) -> bool {
        match self.why.lock().ok().as_deref_mut() {
            Some(Some((_, tried_at))) if now.since(*tried_at) >= TRY_EVERY => {
                *tried_at = now;
                true
            }
            _ => false,
        }
    }
}

impl Db {
    /// Remembers whether what was written came to be: [`Db::readiness`] tells. What is wrong with a request says nothing.
    pub(crate) fn noted<T>(&self, written: Result<T>) -> Result<T> {
        match &written {
            Ok(_) => self.0.writing.succeeded(),
            Err(error) => {
                if let Some(trouble) = Trouble::of(error) {
                    self.0.writing.failed(trouble);
                }
            }
        }
        written
    }

    /// The same for what only shows whether it failed: a commit may have had nothing to write.
    pub(super) fn noted_failure<T>(&self, written: Result<T>) -> Result<T> {
        if written.is_err() { self.noted(written) } else { written }
    }

    /// Whether requests can be served: the database answers, and takes writes. After a write that it refused it is tried
    /// again here, at most once a second, until one succeeds.
    pub async fn readiness(&self, now: Timestamp) -> Result<(), Trouble> {
        if let Err(error) = sqlx::query("SELECT 1").execute(self.reader()).await {
            return Err(Trouble::of_driver(&error).unwrap_or(Trouble::Away));
        }
        if self.0.writing.why().is_some() && self.0.writing.may_try(now) {
            // What failed is remembered; nobody waits for what was written.
            let _ = self.noted(self.try_to_write().await);
        }
        self.0.writing.why().map_or(Ok(()), Err)
    }

    async fn try_to_write(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("INSERT INTO write_probe (replica_id, body) VALUES ($1, $2)")
            .bind(self.replica())
            .bind("x".repeat(PROBE))
            .execute(tx.conn())
            .await?;
        sqlx::query("DELETE FROM write_probe WHERE replica_id = $1")
            .bind(self.replica())
            .execute(tx.conn())
            .await?;
        tx.commit().await
    }
}

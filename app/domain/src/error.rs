//! What can go wrong, by what the caller can do about it.

use serde::{Deserialize, Serialize};

/// The result of anything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One thing wrong with one field of what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The field's path as the sender wrote it: `user.id`, `filters[2]`.
    pub field: String,
    /// What is wrong, to be read after the field's name: `must not be blank`.
    pub message: String,
}

impl FieldError {
    /// A complaint about `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl std::fmt::Display for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.field, self.message)
    }
}

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or it is another project's: callers cannot tell which.
    #[error("not found")]
    NotFound,
    /// The thing is not in a state that allows this; the text says which.
    #[error("{0}")]
    Conflict(String),
    /// What was sent is wrong; each complaint names its field.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldError>),
    /// Who asks may not.
    #[error("not allowed")]
    Forbidden,
    /// The database failed. The text is for the log, never for the caller.
    #[cfg(feature = "store")]
    #[error("database: {}", crate::db::told(.0))]
    Database(#[source] sqlx::Error),
    /// Nobody knows whether it happened: whoever asked stopped waiting while it was under way.
    #[error("it may or may not have happened yet")]
    Unsure,
    /// Something that we wrote cannot be read back. The text is for the log, never for the caller.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// One complaint about one field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// A state that does not allow the operation.
    pub fn conflict(text: impl Into<String>) -> Self {
        Self::Conflict(text.into())
    }

    /// True when a unique or primary key was violated: somebody else was first.
    #[cfg(feature = "store")]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }

    /// True when this transaction and another waited for each other: done again it succeeds.
    #[cfg(feature = "store")]
    pub fn is_deadlock(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| code == DEADLOCK_DETECTED)
    }
}

/// SQLSTATE of two transactions that wait for each other: PostgreSQL ends one of them.
#[cfg(feature = "store")]
const DEADLOCK_DETECTED: &str = "40P01";

/// SQLSTATE of text that the database cannot hold.
#[cfg(feature = "store")]
const CHARACTER_NOT_IN_REPERTOIRE: &str = "22021";

#[cfg(feature = "store")]
impl From<sqlx::Error> for Error {
    /// PostgreSQL's text cannot hold NUL: whoever sent one, wherever, is told; it is no failure of the database.
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().and_then(|error| error.code()) {
            Some(code) if code == CHARACTER_NOT_IN_REPERTOIRE => {
                Self::invalid("text", "must not hold the character NUL")
            }
            _ => Self::Database(error),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(format!("stored JSON: {error}"))
    }
}

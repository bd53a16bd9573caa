//! What Porchlight knows: the nouns, the rules of judgement and, behind the feature `store`, all SQL.
//!
//! Nothing here knows HTTP, Leptos, the environment or a clock: time is an argument.

pub mod agent;
pub mod alert;
pub mod backtest;
pub mod error;
pub mod event;
pub mod id;
pub mod inbound;
pub mod latency;
pub mod mix;
pub mod notice;
pub mod operator;
pub mod page;
pub mod place;
pub mod profile;
pub mod project;
pub mod question;
pub mod repeats;
pub mod replica;
pub mod retention;
pub mod revocation;
pub mod risk;
pub mod rule;
pub mod session;
pub mod signal;
pub mod time;
pub mod user;
pub mod version;
pub mod webhook;

#[cfg(feature = "lab")]
pub mod lab;

#[cfg(feature = "store")]
pub mod db;
#[cfg(feature = "store")]
pub mod ledger;
#[cfg(feature = "store")]
pub mod signature;
#[cfg(feature = "store")]
pub mod vault;

pub use error::{Error, FieldError, Result};
pub use time::Timestamp;

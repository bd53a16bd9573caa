//! What is judged how: tables of logins whose rows read as sentences.

mod evidence;
mod explanation;
mod hidden;
mod invariants;
mod otherwise;
pub(crate) mod random;
pub(crate) mod story;
mod verdicts;

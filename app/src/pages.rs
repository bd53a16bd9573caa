//! The pages: one file for each URL, with its server functions, its component and its private parts.

#![expect(missing_docs, reason = "the arguments of server functions become fields that cannot carry documentation")]

pub mod keys;
pub mod projects;
pub mod settings;
pub mod sign_in;
pub mod start;
pub mod welcome;

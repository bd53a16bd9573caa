//! Waves and what only looks like one, told over a small town of users.

mod beside;
mod bounds;
mod factors;
mod guessing;
mod one_account;
mod own_provider;
mod town;
mod waves;

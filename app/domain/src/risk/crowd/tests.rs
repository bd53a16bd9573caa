//! Waves and what only looks like one, told over a small town of users.

mod beside;
mod bounds;
mod factors;
mod guessing;
mod one_account;
mod town;
mod waves;
